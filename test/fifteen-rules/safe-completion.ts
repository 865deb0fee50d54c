// The driver of the safe completion rule: what runs "when safe" runs below DISPATCH_LEVEL, once,
// and the Filter Manager goes on with the operation by itself (POST-12, POST-13).
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLTFL_POST_OPERATION_DRAINING,
  FLT_IS_IRP_OPERATION, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltDoCompletionProcessingWhenSafe, FltLockUserBuffer,
  IRP_MJ_READ, IRP_MJ_WRITE, InterlockedDecrement, InterlockedIncrement, KeGetCurrentIrql,
  NT_SUCCESS, NonPagedPool, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  PsGetCurrentThread, atomic, driverGlobals, out, poolTag, u32 } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { broken, holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltCallbackData, FltRelatedObjects, Out } from '../../src/fltKernel.ts';

const TAG = poolTag('Rsaf');
const OPEN = 0x0be70be7;
const Globals = driverGlobals('SAFE_DATA', {
  /** Boxes that are out; safe callbacks that ran at once, and in another thread. */
  Boxes: atomic(),
  Inline: atomic(),
  Posted: atomic(),
  Refused: atomic(),
});

/** A box is made in the pre-op and opened once; it remembers its thread. */
function makeBox(): number {
  const box = ExAllocatePoolWithTag(NonPagedPool, 16, TAG);
  u32[box >> 2] = OPEN;
  u32[(box >> 2) + 1] = 0;
  InterlockedIncrement(Globals.Boxes);
  return box;
}

function openBox(box: number): void {
  holds(u32[box >> 2] === OPEN, 'the completion context is delivered once', box);
  u32[box >> 2] = 0;
  InterlockedDecrement(Globals.Boxes);
  ExFreePoolWithTag(box, TAG);
}

function whenSafe(Data: FltCallbackData, Context: number): number {
  const irql = KeGetCurrentIrql();
  holds(irql <= 1, 'the safe callback runs at APC_LEVEL or below', irql);
  const elsewhere = u32[(Context >> 2) + 1] !== PsGetCurrentThread();
  InterlockedIncrement(elsewhere ? Globals.Posted : Globals.Inline);
  holds(NT_SUCCESS(FltLockUserBuffer(Data)), 'the user buffer can be locked where it is safe');
  openBox(Context);
  return FLT_POSTOP_FINISHED_PROCESSING;
}

const Safe = PFLT_POST_OPERATION_CALLBACK('SafeWhenSafe', (Data, _Objects, Context) =>
  whenSafe(Data, Context));

/** The faulty twin: it runs the callback where it stands. */
function naive(Data: FltCallbackData, Context: number, status: Out): boolean {
  status.value = whenSafe(Data, Context);
  return true;
}

function complete(
  Data: FltCallbackData, Objects: FltRelatedObjects, Context: number, Flags: number, status: Out,
): boolean {
  if (isNaive(import.meta.url)) return naive(Data, Context, status);
  return FltDoCompletionProcessingWhenSafe(Data, Objects, Context, Flags, Safe, status);
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('SafePre', (Data, _Objects, Context) => {
  if (!FLT_IS_IRP_OPERATION(Data)) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  Context.value = makeBox();
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

const Post = PFLT_POST_OPERATION_CALLBACK('SafePost', (Data, Objects, Context, Flags) => {
  if ((Flags & FLTFL_POST_OPERATION_DRAINING) !== 0) {
    openBox(Context);
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  u32[(Context >> 2) + 1] = PsGetCurrentThread();
  const status = out();
  if (complete(Data, Objects, Context, Flags, status)) return status.value;
  holds(status.value === FLT_POSTOP_FINISHED_PROCESSING, 'FALSE goes with FINISHED_PROCESSING');
  InterlockedIncrement(Globals.Refused);
  openBox(Context);
  return status.value;
});

export const { DriverEntry } = ruleDriver({
  name: 'Safe',
  operations: [IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre, PostOperation: Post })),
  finish() {
    if (load(Globals.Boxes) !== 0) broken('every completion context is delivered', load(Globals.Boxes));
    holds(load(Globals.Posted) > 0, 'some callbacks were posted');
    holds(load(Globals.Inline) > 0, 'some callbacks ran at once');
    // Paging reads that end at DISPATCH_LEVEL cannot be posted.
    holds(load(Globals.Refused) > 0, 'paging I/O is not posted');
  },
});
