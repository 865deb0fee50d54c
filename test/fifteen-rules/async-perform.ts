// The driver of the asynchronous perform rule: the callback of FltPerformAsynchronousIo comes
// exactly once, whatever becomes of the operation (IO-8). It asks in each post-create in every way
// that there is to end: in time, at once, by a filter below, refused, without memory.
import { FLTFL_POST_OPERATION_DRAINING, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltAllocateCallbackData, FltFreeCallbackData,
  FltPerformAsynchronousIo, IRP_MJ_CREATE, IRP_MJ_READ, InterlockedIncrement, KEVENT,
  KeInitializeEvent, KeSetEvent, KeWaitForSingleObject, NT_SUCCESS,
  PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK,
  STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST, STATUS_FLT_IO_COMPLETE,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_PENDING, STATUS_SUCCESS, STATUS_TIMEOUT, atomic,
  driverGlobals, i32, localBytes, out } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { FLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';
import { setAllocationGate } from '../../src/ntos/ex/pool/pool.ts';
import { writeInt64 } from '../../src/ntos/rtl/large-integer.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import { COMPLETED_LENGTH } from './completer.ts';
import type { FltRelatedObjects } from '../../src/fltKernel.ts';
import type { PFLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';

const LENGTH = 64;
/** Two seconds, relative, in 100 ns: a callback that has not come by then never will. */
const PATIENCE = -20_000_000;
const Globals = driverGlobals('ASYNC_DATA', {
  Pending: atomic(),
  AtOnce: atomic(),
  Above: atomic(),
  Refused: atomic(),
  NoMemory: atomic(),
});

/** The context: an event, then how often the callback came. */
const COUNT = KEVENT.size;
const Done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('AsyncDone', (Data, Context) => {
  FltFreeCallbackData(Data);
  InterlockedIncrement(Context + COUNT);
  KeSetEvent(Context, 0, false);
});

/** The faulty twin: it calls back only for what was really sent. */
function perform(data: PFLT_CALLBACK_DATA, context: number): number {
  if (isNaive(import.meta.url) && FLT_CALLBACK_DATA.at(data).Iopb.MajorFunction === IRP_MJ_CREATE) {
    FltFreeCallbackData(data);
    return STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST;
  }
  return FltPerformAsynchronousIo(data, Done, context);
}

function ask(objects: FltRelatedObjects, major: number, length: number, memory = true): number {
  const word = out<PFLT_CALLBACK_DATA>();
  const allocated = FltAllocateCallbackData(objects.Instance, objects.FileObject, word);
  if (!NT_SUCCESS(allocated)) return allocated;
  const data = FLT_CALLBACK_DATA.at(word.value);
  data.Iopb.MajorFunction = major;
  data.Iopb.Parameters.Read.Length = length;
  data.Iopb.Parameters.Read.ReadBuffer = localBytes(LENGTH);
  const context = localBytes(COUNT + 8);
  KeInitializeEvent(context, 0, false);
  if (!memory) setAllocationGate(() => false);
  const status = perform(word.value, context);
  setAllocationGate(null);
  const timeout = localBytes(8);
  writeInt64(timeout, PATIENCE);
  const waited = KeWaitForSingleObject(context, 0, 0, false, timeout);
  holds(waited !== STATUS_TIMEOUT, 'the callback comes on every outcome', status, major);
  holds(i32[(context + COUNT) >> 2] === 1, 'the callback comes once', status);
  return status;
}

function askAll(objects: FltRelatedObjects): void {
  const read = ask(objects, IRP_MJ_READ, LENGTH);
  InterlockedIncrement(read === STATUS_PENDING ? Globals.Pending : Globals.AtOnce);
  holds(read === STATUS_PENDING || read === STATUS_SUCCESS, 'a read is sent', read);
  if (ask(objects, IRP_MJ_READ, COMPLETED_LENGTH) === STATUS_FLT_IO_COMPLETE) {
    InterlockedIncrement(Globals.Above);
  }
  if (ask(objects, IRP_MJ_CREATE, 0) === STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST) {
    InterlockedIncrement(Globals.Refused);
  }
  if (ask(objects, IRP_MJ_READ, LENGTH, false) === STATUS_INSUFFICIENT_RESOURCES) {
    InterlockedIncrement(Globals.NoMemory);
  }
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('AsyncPre', () => FLT_PREOP_SUCCESS_WITH_CALLBACK);
const Post = PFLT_POST_OPERATION_CALLBACK('AsyncPost', (Data, Objects, _Context, Flags) => {
  const draining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (!draining && NT_SUCCESS(Data.IoStatus.Status)) askAll(Objects);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Async',
  operations: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: Pre, PostOperation: Post }],
  finish() {
    for (const [what, count] of [['pending', Globals.Pending], ['at once', Globals.AtOnce],
      ['above', Globals.Above], ['refused', Globals.Refused], ['no memory', Globals.NoMemory]] as const) {
      holds(load(count) > 0, `some operations end so: ${what}`);
    }
  },
});
