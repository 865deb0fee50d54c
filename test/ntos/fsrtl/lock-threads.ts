// Run by byte-range-lock.test.ts on several threads: each asks for an exclusive lock of one range,
// waits for it or cancels its request, checks that it is alone, and unlocks. Completions run in
// whichever thread unlocks or cancels.
import { add, load, store } from '#src/atomics-sync/atomics.ts';
import { parkWhile } from '#src/atomics-sync/park.ts';
import { USER } from '#src/mem/memory-map.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { stackAlloc } from '#src/mem/stack.ts';
import { FsRtlFastUnlockSingle, FsRtlProcessFileLock }
  from '#src/ntos/fsrtl/lock/byte-range-lock.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoSetCompletionRoutine,
  IoSetNextIrpStackLocation } from '#src/ntos/io/irp/irp.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_LOCK_CONTROL, IRP_MN_LOCK, SL_EXCLUSIVE_LOCK }
  from '#src/ntos/io/types.ts';
import { currentThread } from '#src/ntos/ke/prcb.ts';
import { requestorOf } from '#src/ntos/fsrtl/requestor.ts';
import { STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING } from '#src/ntos/status-codes.ts';
import type { Thread } from '#test/support/thread.ts';
import type { PFILE_LOCK } from '#src/ntos/io/control-types.ts';
import type { PFILE_OBJECT, PIRP } from '#src/ntos/io/types.ts';

export interface LockThreadResult {
  granted: number;
  cancelled: number;
  violations: number;
}

const lock = USER.start as PFILE_LOCK;
const inside = USER.start + 512;
const location = IO_STACK_LOCATION.bound;
const irpOf = IRP.bound;

/** The completion routine's context is a word that counts completions of the request. */
const ended = kernelRoutine('TestLockEnded', (_device, _irp, context) => {
  add(context!, 1);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

function send(file: PFILE_OBJECT, length: number, word: number): { irp: PIRP; status: number } {
  const irp = IoAllocateIrp(1);
  const next = IoGetNextIrpStackLocation(irp);
  location.set_MajorFunction(next, IRP_MJ_LOCK_CONTROL);
  location.set_MinorFunction(next, IRP_MN_LOCK);
  location.set_Flags(next, SL_EXCLUSIVE_LOCK);
  location.set_FileObject(next, file);
  location.set_Parameters_LockControl_Length(next, length as never);
  location.set_Parameters_LockControl_ByteOffset(next, 100);
  IoSetCompletionRoutine(irp, ended, word, true, true, true);
  IoSetNextIrpStackLocation(irp);
  irpOf.set_Tail_Overlay_Thread(irp, currentThread);
  return { irp, status: FsRtlProcessFileLock(lock, irp, 0) };
}

function isGranted(irp: PIRP, result: LockThreadResult): boolean {
  const granted = irpOf.IoStatus_Status(irp) >= 0;
  if (granted) result.granted++;
  else result.cancelled++;
  return granted;
}

/** Each round ends in a grant or a cancellation. */
export function lockAndCancel(
  thread: Thread<{ rounds: number; files: PFILE_OBJECT[] }>,
): LockThreadResult {
  const result: LockThreadResult = { granted: 0, cancelled: 0, violations: 0 };
  const file = thread.args.files[thread.index]!;
  const word = stackAlloc(8);
  const [offset, length] = [stackAlloc(8), stackAlloc(8)];
  store(offset, 100);
  store(length, 10);
  for (let round = 0; round < thread.args.rounds; round++) {
    thread.at('round', round);
    store(word, 0);
    const { irp, status } = send(file, length, word);
    if (status === STATUS_PENDING && round % 3 === thread.index) IoCancelIrp(irp);
    while (load(word) === 0) parkWhile(word, 0, 1);
    if (load(word) !== 1) result.violations++;
    if (isGranted(irp, result)) {
      if (add(inside, 1) !== 0) result.violations++;
      add(inside, -1);
      FsRtlFastUnlockSingle(lock, file, offset, length, requestorOf(irp), 0, 0, false);
    }
    IoFreeIrp(irp);
  }
  return result;
}
