// Run by the oplock tests on several threads: a duel of one owner against writers.
import { add, load, store } from '#src/atomics-sync/atomics.ts';
import { parkWhile } from '#src/atomics-sync/park.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { stackAlloc } from '#src/mem/stack.ts';
import { FSCTL_REQUEST_OPLOCK } from '#src/ntos/io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_OUTPUT_BUFFER }
  from '#src/ntos/io/control-types.ts';
import { IoCancelIrp } from '#src/ntos/io/irp/cancel.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation, IoSetCompletionRoutine,
  IoSetNextIrpStackLocation } from '#src/ntos/io/irp/irp.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_CLEANUP, IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MJ_WRITE }
  from '#src/ntos/io/types.ts';
import { acquireKernelLock, releaseKernelLock } from '#src/ntos/ke/kernel-lock.ts';
import { FsRtlCheckOplock, FsRtlCheckOplockEx } from '#src/ntos/fsrtl/oplock/oplock.ts';
import { FsRtlOplockFsctrl } from '#src/ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { OPLOCK_FLAG_COMPLETE_IF_OPLOCKED } from '#src/ntos/fsrtl/oplock/oplock-types.ts';
import { STATUS_MORE_PROCESSING_REQUIRED, STATUS_OPLOCK_BREAK_IN_PROGRESS, STATUS_PENDING }
  from '#src/ntos/status-codes.ts';
import './irps.ts';
import type { Thread } from '#test/support/thread.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '#src/ntos/io/types.ts';

const location = IO_STACK_LOCATION.bound;
const irpOf = IRP.bound;

/** Counts completions in the word that is its context. */
const counted = kernelRoutine('TestOplockCounted', (_device, _irp, context) => {
  add(context!, 1);
  return STATUS_MORE_PROCESSING_REQUIRED;
});

function makeIrp(
  major: number,
  file: PFILE_OBJECT,
  word: number,
  fill: (sp: PIO_STACK_LOCATION, irp: PIRP) => void = () => undefined,
): PIRP {
  const irp = IoAllocateIrp(1);
  const next = IoGetNextIrpStackLocation(irp);
  location.set_MajorFunction(next, major);
  location.set_FileObject(next, file);
  fill(next, irp);
  IoSetCompletionRoutine(irp, counted, word, true, true, true);
  IoSetNextIrpStackLocation(irp);
  return irp;
}

export interface DuelArgs {
  readonly rounds: number;
  /** The OPLOCK variable. */
  readonly oplock: number;
  readonly files: readonly PFILE_OBJECT[];
  /** Words: the file system's lock, what the owner believes to hold, writes done, the end. */
  readonly shared: number;
}

export interface DuelResult {
  grants: number;
  breaks: number;
  cancels: number;
  writes: number;
  violations: number;
}

const LOCK = 0;
const BELIEF = 64;
const ENDED = 128;
const RWH = 7;

function control(
  file: PFILE_OBJECT,
  buffer: number,
  flags: number,
  level: number,
  word: number,
): PIRP {
  const input = REQUEST_OPLOCK_INPUT_BUFFER.at(buffer);
  input.StructureVersion = 1;
  input.StructureLength = REQUEST_OPLOCK_INPUT_BUFFER.size;
  input.RequestedOplockLevel = level;
  input.Flags = flags;
  store(word, 0);
  return makeIrp(IRP_MJ_FILE_SYSTEM_CONTROL, file, word, (sp, irp) => {
    location.set_Parameters_FileSystemControl_FsControlCode(sp, FSCTL_REQUEST_OPLOCK);
    location.set_Parameters_FileSystemControl_InputBufferLength(sp, 12);
    location.set_Parameters_FileSystemControl_OutputBufferLength(sp, 24);
    irpOf.set_AssociatedIrp_SystemBuffer(irp, buffer);
  });
}

/** How the owner ends a break or an oplock: an answer, a cleanup, or a cancelled request. */
function answer(
  args: DuelArgs,
  round: number,
  file: PFILE_OBJECT,
  buffer: number,
  word: number,
): void {
  if (round % 3 === 0) {
    const irp = makeIrp(IRP_MJ_CLEANUP, file, word);
    FsRtlCheckOplock(args.oplock, irp, 0, 0, 0);
    IoFreeIrp(irp);
    return;
  }
  const irp = control(file, buffer, 2, 0, word);
  FsRtlOplockFsctrl(args.oplock, irp, 0);
  IoFreeIrp(irp);
}

function own(thread: Thread<DuelArgs>, result: DuelResult): void {
  const { args } = thread;
  const file = args.files[0]!;
  const [word, other] = [stackAlloc(8), stackAlloc(8)];
  const [buffer, second] = [stackAlloc(24), stackAlloc(24)];
  for (let round = 0; round < args.rounds; round++) {
    thread.at('own', round);
    const irp = control(file, buffer, 1, RWH, word);
    acquireKernelLock(args.shared + LOCK);
    store(args.shared + BELIEF, RWH);
    const status = FsRtlOplockFsctrl(args.oplock, irp, 1);
    if (status !== STATUS_PENDING) store(args.shared + BELIEF, 0);
    releaseKernelLock(args.shared + LOCK);
    if (status === STATUS_PENDING) {
      result.grants++;
      if (round % 7 === 0) {
        // It stops believing before it cancels: nobody tells it when the cancel has come through.
        store(args.shared + BELIEF, 0);
        IoCancelIrp(irp);
      }
      while (load(word) === 0) parkWhile(word, 0, 1);
      const out = REQUEST_OPLOCK_OUTPUT_BUFFER.at(buffer);
      const broken = irpOf.IoStatus_Status(irp) >= 0;
      store(args.shared + BELIEF, 0);
      if (!broken) result.cancels++;
      else if (out.NewOplockLevel !== 0 || (out.Flags & 1) === 0) result.violations++;
      else result.breaks++;
      if (broken) answer(args, round, file, second, other);
    }
    if (load(word) !== 1) result.violations++;
    IoFreeIrp(irp);
  }
  store(args.shared + ENDED, 1);
}

function write(thread: Thread<DuelArgs>, result: DuelResult): void {
  const { args } = thread;
  const file = args.files[thread.index]!;
  const word = stackAlloc(8);
  for (let round = 0; load(args.shared + ENDED) === 0; round++) {
    thread.at('write', round);
    const irp = makeIrp(IRP_MJ_WRITE, file, word);
    for (;;) {
      acquireKernelLock(args.shared + LOCK);
      const flags = OPLOCK_FLAG_COMPLETE_IF_OPLOCKED;
      const status = FsRtlCheckOplockEx(args.oplock, irp, flags, 0, 0, 0);
      const waits = status === STATUS_OPLOCK_BREAK_IN_PROGRESS;
      if (!waits) result.writes++;
      if (!waits && load(args.shared + BELIEF) !== 0) result.violations++;
      releaseKernelLock(args.shared + LOCK);
      if (!waits) break;
      if (FsRtlCheckOplock(args.oplock, irp, 0, 0, 0) !== 0) result.violations++;
    }
    IoFreeIrp(irp);
  }
}

/** Thread 0 asks for RWH again and again, the others write. */
export function duel(thread: Thread<DuelArgs>): DuelResult {
  const result = { grants: 0, breaks: 0, cancels: 0, writes: 0, violations: 0 };
  if (thread.index === 0) own(thread, result);
  else write(thread, result);
  return result;
}
