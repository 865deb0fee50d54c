// The driver of the thread and IRQL rules of post-operation callbacks (S1, section 4.2): after a
// create, after fast I/O and after FLT_PREOP_SYNCHRONIZE they come back to a thread and a level;
// after any other IRP they run wherever the operation ended, up to DISPATCH_LEVEL.
import { DISPATCH_LEVEL, ExAllocatePoolWithTag, ExFreePoolWithTag, FLTFL_POST_OPERATION_DRAINING,
  FLT_IS_IRP_OPERATION, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FLT_PREOP_SYNCHRONIZE, FltIsOperationSynchronous, FltLockUserBuffer, IRP_MJ_CREATE, IRP_MJ_READ,
  IRP_MJ_WRITE, InterlockedIncrement, KeGetCurrentIrql, NT_SUCCESS, NonPagedPool, PASSIVE_LEVEL,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, PsGetCurrentThread, atomic,
  driverGlobals, poolTag, u32 } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltCallbackData } from '../../src/fltKernel.ts';

const TAG = poolTag('Rctx');
const CREATE = 1;
const FAST = 2;
const SYNCHRONIZED = 3;
const ORDINARY = 4;

const Globals = driverGlobals('POST_CONTEXT_DATA', {
  Reads: atomic(),
  Creates: atomic(),
  Fast: atomic(),
  Synchronized: atomic(),
  /** Ordinary completions at DISPATCH_LEVEL, and in another thread than the pre-operation's. */
  High: atomic(),
  Elsewhere: atomic(),
});

function kindOf(Data: FltCallbackData): number {
  if (Data.Iopb.MajorFunction === IRP_MJ_CREATE) return CREATE;
  if (!FLT_IS_IRP_OPERATION(Data)) return FAST;
  if (!FltIsOperationSynchronous(Data)) return ORDINARY;
  return InterlockedIncrement(Globals.Reads) % 2 === 0 ? SYNCHRONIZED : ORDINARY;
}

/** What the pre-operation callback knows travels in nonpaged pool: { thread, kind }. */
const Pre = PFLT_PRE_OPERATION_CALLBACK('ContextPre', (Data, _Objects, Context) => {
  const box = ExAllocatePoolWithTag(NonPagedPool, 8, TAG);
  const kind = kindOf(Data);
  u32[box >> 2] = PsGetCurrentThread();
  u32[(box >> 2) + 1] = kind;
  Context.value = box;
  return kind === SYNCHRONIZED ? FLT_PREOP_SYNCHRONIZE : FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

function checkReturned(Data: FltCallbackData, kind: number, isSame: boolean, irql: number): void {
  if (kind === SYNCHRONIZED) {
    holds(isSame, 'a synchronised operation comes back to the thread of its pre-op');
    holds(irql < DISPATCH_LEVEL, 'a synchronised operation comes back below DISPATCH_LEVEL', irql);
    holds(NT_SUCCESS(FltLockUserBuffer(Data)), 'its buffer can be locked there');
    InterlockedIncrement(Globals.Synchronized);
    return;
  }
  holds(isSame, 'a create and fast I/O come back to the thread of the pre-op', kind);
  holds(irql === PASSIVE_LEVEL, 'a create and fast I/O come back at PASSIVE_LEVEL', kind, irql);
  InterlockedIncrement(kind === CREATE ? Globals.Creates : Globals.Fast);
}

function checkOrdinary(isSame: boolean, irql: number): void {
  holds(irql <= DISPATCH_LEVEL, 'a post-op is never called above DISPATCH_LEVEL', irql);
  // The faulty twin believes that every operation comes back.
  if (isNaive(import.meta.url)) holds(isSame, 'every operation comes back to its thread');
  if (irql === DISPATCH_LEVEL) InterlockedIncrement(Globals.High);
  if (!isSame) InterlockedIncrement(Globals.Elsewhere);
}

const Post = PFLT_POST_OPERATION_CALLBACK('ContextPost', (Data, _Objects, Context, Flags) => {
  const isSame = u32[Context >> 2] === PsGetCurrentThread();
  const kind = u32[(Context >> 2) + 1] ?? 0;
  ExFreePoolWithTag(Context, TAG);
  const irql = KeGetCurrentIrql();
  if ((Flags & FLTFL_POST_OPERATION_DRAINING) !== 0) {
    holds(irql < DISPATCH_LEVEL, 'draining is below DISPATCH_LEVEL', irql);
  } else if (kind === ORDINARY) checkOrdinary(isSame, irql);
  else checkReturned(Data, kind, isSame, irql);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Context',
  operations: [IRP_MJ_CREATE, IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre, PostOperation: Post })),
  finish() {
    for (const [what, count] of Object.entries({
      creates: Globals.Creates, 'fast operations': Globals.Fast,
      'synchronised ones': Globals.Synchronized, 'ones at DISPATCH_LEVEL': Globals.High,
      'ones in another thread': Globals.Elsewhere,
    })) holds(load(count) > 0, `there were ${what}`);
  },
});
