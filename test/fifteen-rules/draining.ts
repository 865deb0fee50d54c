// The driver of the draining rule: an instance that is detached gets its post-operation callback at
// once for each operation that it let pass, with a copy of the callback data, below DISPATCH_LEVEL,
// in any thread, and never again for that operation; the detach does not wait for it (TD-4, TD-5).
// A second instance below holds a read back, has a worker detach the first, and waits until it is
// gone.
import { CriticalWorkQueue, FLTFL_CALLBACK_DATA_DRAINING_IO, FLTFL_POST_OPERATION_DRAINING,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FLT_PREOP_SYNCHRONIZE, FltAllocateGenericWorkItem, FltAttachVolume, FltDetachVolume,
  FltFreeGenericWorkItem, FltIsOperationSynchronous, FltQueueGenericWorkItem,
  FLT_IS_IRP_OPERATION, IRP_MJ_READ, InterlockedCompareExchange, InterlockedDecrement,
  InterlockedIncrement, KeGetCurrentIrql, NT_SUCCESS, PFLT_GENERIC_WORKITEM_ROUTINE,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, PsGetCurrentThread,
  RTL_CONSTANT_STRING, STATUS_FLT_DELETING_OBJECT, atomic, driverGlobals }
  from '../../src/fltKernel.ts';
import { EVERYBODY, load, notify, store } from '../../src/atomics-sync/atomics.ts';
import { parkWhile } from '../../src/atomics-sync/park.ts';
import { broken, holds, isNaive, ruleDriver } from './rule-driver.ts';
import { attachAt, newSerial, numberOf, record, recordOf, recorded, setKey }
  from './instance-stack.ts';
import type { FltCallbackData, FltRelatedObjects } from '../../src/fltKernel.ts';
import type { PFLT_VOLUME } from '../../src/fltmgr/types.ts';

const Low = RTL_CONSTANT_STRING('100000');
/** The words of a record. */
const STATE = 0;
const DATA = 1;
const THREAD = 2;
const LENGTH = 3;
const SYNCHRONIZED = 4;
const UNDER_WAY = 1;
const ENDED = 2;
const DRAINED = 3;
/** Ten milliseconds each: a detach that has not ended by then waits for the operation. */
const PATIENCE = 500;

const Globals = driverGlobals('DRAIN_DATA', {
  /** Operations that the upper instance waits for. */
  UnderWay: atomic(),
  /** Whether an operation is held back, and how often the upper instance was gone. */
  Holding: atomic(),
  Gone: atomic(),
  Fast: atomic(),
  Irp: atomic(),
  Synchronized: atomic(),
});

/** The upper instance has its post-operation callback: once. */
function end(serial: number, state: number): void {
  holds(InterlockedCompareExchange(recordOf(serial, STATE), state, UNDER_WAY) === UNDER_WAY,
    'a post-op is called once, drained or not', serial, recorded(serial, STATE));
  InterlockedDecrement(Globals.UnderWay);
}

function checkDrained(data: FltCallbackData, serial: number): void {
  holds(KeGetCurrentIrql() < 2, 'draining is below DISPATCH_LEVEL', KeGetCurrentIrql());
  holds((data.address as number) !== (recorded(serial, DATA) >>> 0), 'draining gives a copy');
  holds((data.Flags & FLTFL_CALLBACK_DATA_DRAINING_IO) !== 0, 'the copy says that it is one');
  holds((data.Thread as number) === (recorded(serial, THREAD) >>> 0), 'the copy has the thread');
  const { Key, Length } = data.Iopb.Parameters.Read;
  holds(Key === 0 && Length === recorded(serial, LENGTH),
    'a drained operation has the parameters of its pre-op', Key, Length);
  InterlockedIncrement(FLT_IS_IRP_OPERATION(data) ? Globals.Irp : Globals.Fast);
  // It does not come back to the thread that would wait (PRE-11, DIS-22).
  if (recorded(serial, SYNCHRONIZED) === 0) return;
  holds(PsGetCurrentThread() !== (recorded(serial, THREAD) >>> 0),
    'a synchronised operation is drained where the detach is');
  InterlockedIncrement(Globals.Synchronized);
}

function above(data: FltCallbackData): number {
  const serial = newSerial();
  record(serial, STATE, UNDER_WAY);
  record(serial, DATA, data.address);
  record(serial, THREAD, PsGetCurrentThread());
  record(serial, LENGTH, data.Iopb.Parameters.Read.Length);
  const synchronous = FLT_IS_IRP_OPERATION(data) && FltIsOperationSynchronous(data);
  record(serial, SYNCHRONIZED, synchronous ? (serial >> 1) & 1 : 0);
  InterlockedIncrement(Globals.UnderWay);
  setKey(data, serial);
  return serial;
}

const Detach = PFLT_GENERIC_WORKITEM_ROUTINE('DrainDetach', (Item, Filter, Context) => {
  FltFreeGenericWorkItem(Item);
  const volume = Context as PFLT_VOLUME;
  const detached = FltDetachVolume(Filter as never, volume, 0);
  holds(NT_SUCCESS(detached), 'the upper instance is detached', detached);
  const attached = FltAttachVolume(Filter as never, volume, 0, 0);
  // The application may be through by now, and the filter leaving.
  holds(NT_SUCCESS(attached) || attached === STATUS_FLT_DELETING_OBJECT,
    'the upper instance is attached again', attached);
  store(Globals.Holding, 0);
});

/** Holds an operation back until the instance above is gone. */
function hold(objects: FltRelatedObjects, serial: number): void {
  if (InterlockedCompareExchange(Globals.Holding, 1, 0) !== 0) return;
  const gone = load(Globals.Gone);
  const item = FltAllocateGenericWorkItem();
  const queued =
    FltQueueGenericWorkItem(item, objects.Filter, Detach, CriticalWorkQueue, objects.Volume);
  holds(NT_SUCCESS(queued), 'a work item is queued', queued);
  for (let n = 0; n < PATIENCE && load(Globals.Gone) === gone; n++) {
    parkWhile(Globals.Gone, gone, 10);
  }
  if (load(Globals.Gone) === gone) broken('a detach does not wait for what it drains', serial);
  holds(recorded(serial, STATE) === DRAINED, 'what passed the instance is drained', serial);
  // The faulty twin's kernel forgets that it drained the operation, and ends it once more.
  if (isNaive(import.meta.url)) end(serial, ENDED);
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('DrainPre', (Data, Objects, Context) => {
  if (numberOf(Objects) !== 0) {
    const serial = Data.Iopb.Parameters.Read.Key;
    if (serial !== 0) hold(Objects, serial);
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  const serial = above(Data);
  Context.value = serial;
  return recorded(serial, SYNCHRONIZED) !== 0 ? FLT_PREOP_SYNCHRONIZE
    : FLT_PREOP_SUCCESS_WITH_CALLBACK;
});
const Post = PFLT_POST_OPERATION_CALLBACK('DrainPost', (Data, _Objects, Context, Flags) => {
  const draining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (draining) checkDrained(Data, Context);
  end(Context, draining ? DRAINED : ENDED);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Drain',
  operations: [{ MajorFunction: IRP_MJ_READ, PreOperation: Pre, PostOperation: Post }],
  started: (filter) => attachAt(filter, Low, 1),
  teardownComplete(objects) {
    if (numberOf(objects) !== 0) return;
    holds(load(Globals.UnderWay) === 0, 'everything is drained before the teardown is complete',
      load(Globals.UnderWay));
    InterlockedIncrement(Globals.Gone);
    notify(Globals.Gone, EVERYBODY);
  },
  finish() {
    for (const [what, count] of Object.entries({
      'fast operations': Globals.Fast, IRPs: Globals.Irp,
      'synchronised operations': Globals.Synchronized,
    })) holds(load(count) > 0, `some ${what} are drained`);
  },
});
