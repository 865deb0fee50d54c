// The driver of the parameter rule: what a pre-operation callback changes, with the dirty flag, is
// seen by the instances below it in pre and post; its own post-op and the instances above it see
// what they were given (OP-23). Three instances: the middle one changes parameters in its callback,
// or in a worker while it keeps the operation, or without the flag.
import { CriticalWorkQueue, FLTFL_POST_OPERATION_DRAINING, FLT_IS_IRP_OPERATION,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_PREOP_SYNCHRONIZE, FltAllocateDeferredIoWorkItem,
  FltCompletePendedPreOperation, FltFreeDeferredIoWorkItem, FltIsOperationSynchronous,
  FltQueueDeferredIoWorkItem, IRP_MJ_READ, IRP_MJ_WRITE, InterlockedIncrement, NT_SUCCESS,
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  RTL_CONSTANT_STRING, atomic, driverGlobals } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import { attachAt, newSerial, numberOf, setKey } from './instance-stack.ts';
import type { FltCallbackData, Out } from '../../src/fltKernel.ts';

const MiddleAltitude = RTL_CONSTANT_STRING('200000');
const LowAltitude = RTL_CONSTANT_STRING('100000');
const MIDDLE = 1;
const LOW = 2;
/** What the middle instance adds to the key: an operation's number is below it. */
const CHANGED = 0x10000;

/** What the middle instance does with an operation. */
const CHANGES = 1;
const FORGETS = 2;
const POSTS = 3;
const WAYS = 4;

const Globals = driverGlobals('VISIBLE_DATA', {
  Left: atomic(),
  Changed: atomic(),
  Forgotten: atomic(),
  Posted: atomic(),
  Synchronized: atomic(),
});
const counts = [Globals.Left, Globals.Changed, Globals.Forgotten, Globals.Posted];
const keyOf = (data: FltCallbackData): number => data.Iopb.Parameters.Read.Key;

const ChangeInWorker = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('VisibleWork', (Item, Data, Context) => {
  FltFreeDeferredIoWorkItem(Item);
  // What the pre-op was given is still there, in another thread.
  holds(Data.Iopb.Parameters.Read.Key === Context, 'a pended operation keeps its parameters');
  setKey(Data, Context + CHANGED);
  InterlockedIncrement(Globals.Posted);
  FltCompletePendedPreOperation(Data, FLT_PREOP_SUCCESS_WITH_CALLBACK, Context);
});

function post(data: FltCallbackData, key: number): boolean {
  const item = FltAllocateDeferredIoWorkItem();
  const queued =
    FltQueueDeferredIoWorkItem(item, data.address as never, ChangeInWorker, CriticalWorkQueue, key);
  if (!NT_SUCCESS(queued)) FltFreeDeferredIoWorkItem(item);
  return NT_SUCCESS(queued);
}

function middle(data: FltCallbackData, context: Out): number {
  const key = keyOf(data);
  // An operation that began below: another filter's, or the upper instance is not there.
  if (key === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  holds(key < CHANGED, 'below the upper instance its change is seen', key);
  let way = key % WAYS;
  if (way === POSTS) {
    if (FLT_IS_IRP_OPERATION(data) && post(data, key)) return FLT_PREOP_PENDING;
    way = CHANGES;
    setKey(data, key + CHANGED);
  } else if (way === CHANGES) setKey(data, key + CHANGED);
  else if (way === FORGETS) data.Iopb.Parameters.Read.Key = key + CHANGED;
  InterlockedIncrement(counts[way] ?? 0);
  context.value = key;
  if (!FLT_IS_IRP_OPERATION(data) || !FltIsOperationSynchronous(data)) {
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
  }
  InterlockedIncrement(Globals.Synchronized);
  return FLT_PREOP_SYNCHRONIZE;
}

/** The lowest instance: sees what the middle one made of the operation. */
function low(data: FltCallbackData, context: Out): number {
  const key = keyOf(data);
  if (key === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  const way = key % WAYS;
  const isChanged = key >= CHANGED;
  holds(isChanged === (way === CHANGES || way === POSTS),
    'below the middle instance a change is seen with the dirty flag only', key);
  context.value = key;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('VisiblePre', (Data, Objects, Context) => {
  const number = numberOf(Objects);
  if (number === LOW) return low(Data, Context);
  if (number === MIDDLE) return middle(Data, Context);
  holds(keyOf(Data) === 0, 'nothing is above the upper instance', keyOf(Data));
  setKey(Data, newSerial());
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});

/** The faulty twin's kernel has one set of parameters: what was changed stays so for everybody. */
function asPostOpsSee(key: number): number {
  return isNaive(import.meta.url) && key % WAYS === CHANGES ? key + CHANGED : key;
}

const Post = PFLT_POST_OPERATION_CALLBACK('VisiblePost', (Data, Objects, Context, Flags) => {
  holds((Flags & FLTFL_POST_OPERATION_DRAINING) === 0, 'nothing is detached here');
  const number = numberOf(Objects);
  const key = keyOf(Data);
  if (number === LOW) holds(key === Context, 'below, pre and post see the same', key, Context);
  else if (number === MIDDLE) {
    holds(key === asPostOpsSee(Context), 'a post-op sees what its pre-op was given', key, Context);
  } else holds(key === 0, 'above, nothing of it is seen', key);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Visible',
  operations: [IRP_MJ_READ, IRP_MJ_WRITE].map((MajorFunction) =>
    ({ MajorFunction, PreOperation: Pre, PostOperation: Post })),
  started(filter) {
    const status = attachAt(filter, MiddleAltitude, MIDDLE);
    return NT_SUCCESS(status) ? attachAt(filter, LowAltitude, LOW) : status;
  },
  finish() {
    for (const [what, count] of Object.entries({
      'left alone': Globals.Left, changed: Globals.Changed, forgotten: Globals.Forgotten,
      'changed in a worker': Globals.Posted, synchronised: Globals.Synchronized,
    })) holds(load(count) > 0, `some operations are ${what}`);
  },
});
