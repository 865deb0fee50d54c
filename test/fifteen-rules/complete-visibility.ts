// The driver of the completion rule: an operation that a pre-operation callback completes is not
// seen below it, its own post-op is not called, those above are. A fast operation that it disallows
// ends the same way, with STATUS_FLT_DISALLOW_FAST_IO above, and comes back as an IRP from the top
// (3.1). Three instances; the middle one completes reads by reading below itself.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, FLTFL_POST_OPERATION_DRAINING,
  FLT_IS_FASTIO_OPERATION, FLT_IS_IRP_OPERATION, FLT_POSTOP_FINISHED_PROCESSING,
  FLT_PREOP_COMPLETE, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_NO_CALLBACK,
  FLT_PREOP_SUCCESS_WITH_CALLBACK, FltReadFile, IRP_MJ_READ, IRP_NOCACHE, IRP_PAGING_IO,
  InterlockedIncrement, KeGetCurrentIrql, NT_SUCCESS, NonPagedPool,
  FltLockUserBuffer, MmGetSystemAddressForMdlSafe, PASSIVE_LEVEL, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, RtlCopyMemory, STATUS_FLT_DISALLOW_FAST_IO,
  atomic, driverGlobals, localBytes, out, poolTag } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import { attachAt, newSerial, numberOf, record, recorded, setKey } from './instance-stack.ts';
import type { FltCallbackData, FltRelatedObjects, Out } from '../../src/fltKernel.ts';

const MiddleAltitude = RTL_CONSTANT_STRING('200000');
const LowAltitude = RTL_CONSTANT_STRING('100000');
const MIDDLE = 1;
const LOW = 2;
const TAG = poolTag('Rcom');
/** The words of a record. */
const FATE = 0;
const SEEN_BELOW = 1;
/** What became of an operation at the middle instance. */
const PASSED = 1;
const COMPLETED = 2;
const DISALLOWED = 3;

const Globals = driverGlobals('COMPLETE_DATA', {
  Passed: atomic(),
  Completed: atomic(),
  Disallowed: atomic(),
  Retried: atomic(),
});

/** This thread's fast read that was disallowed: the next read of the file is its retry. */
let disallowedFile = 0;

function above(data: FltCallbackData, context: Out): number {
  const serial = newSerial();
  if (disallowedFile !== 0) {
    holds((data.Iopb.TargetFileObject as number) === disallowedFile &&
      FLT_IS_IRP_OPERATION(data) !== 0,
      'a disallowed fast operation comes back as an IRP, at the top', serial);
    disallowedFile = 0;
    InterlockedIncrement(Globals.Retried);
  }
  context.value = serial;
  setKey(data, serial);
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

/** Reads what the application asked for below this instance, into the application's buffer. */
function readBelow(data: FltCallbackData, objects: FltRelatedObjects): boolean {
  const { Length, ByteOffset } = data.Iopb.Parameters.Read;
  if (!NT_SUCCESS(FltLockUserBuffer(data))) return false;
  const target = MmGetSystemAddressForMdlSafe(data.Iopb.Parameters.Read.MdlAddress);
  const buffer = ExAllocatePoolWithTag(NonPagedPool, Length, TAG);
  if (buffer === 0 || target === 0) return false;
  const offset = localBytes(8);
  RtlCopyMemory(offset, ByteOffset, 8);
  const bytes = out();
  const status =
    FltReadFile(objects.Instance, objects.FileObject, offset, Length, buffer, 0, bytes, 0, 0);
  RtlCopyMemory(target, buffer, bytes.value);
  ExFreePoolWithTag(buffer, TAG);
  data.IoStatus.Status = status;
  data.IoStatus.Information = bytes.value;
  return true;
}

function mayReadBelow(data: FltCallbackData): boolean {
  return FLT_IS_IRP_OPERATION(data) !== 0 && KeGetCurrentIrql() === PASSIVE_LEVEL &&
    (data.Iopb.IrpFlags & (IRP_PAGING_IO | IRP_NOCACHE)) === 0;
}

function middle(data: FltCallbackData, objects: FltRelatedObjects, context: Out): number {
  const serial = data.Iopb.Parameters.Read.Key;
  if (serial === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  if (FLT_IS_FASTIO_OPERATION(data) && serial % 2 === 0) {
    record(serial, FATE, DISALLOWED);
    InterlockedIncrement(Globals.Disallowed);
    return FLT_PREOP_DISALLOW_FASTIO;
  }
  if (mayReadBelow(data) && readBelow(data, objects)) {
    record(serial, FATE, COMPLETED);
    InterlockedIncrement(Globals.Completed);
    // The faulty twin's kernel sends what was completed further down all the same.
    return isNaive(import.meta.url) ? FLT_PREOP_SUCCESS_NO_CALLBACK : FLT_PREOP_COMPLETE;
  }
  context.value = serial;
  record(serial, FATE, PASSED);
  InterlockedIncrement(Globals.Passed);
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

function low(data: FltCallbackData): number {
  const serial = data.Iopb.Parameters.Read.Key;
  if (serial === 0) return FLT_PREOP_SUCCESS_NO_CALLBACK;
  holds(recorded(serial, FATE) === PASSED,
    'what was completed or disallowed above is not seen below', serial, recorded(serial, FATE));
  record(serial, SEEN_BELOW, 1);
  return FLT_PREOP_SUCCESS_NO_CALLBACK;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('CompletePre', (Data, Objects, Context) => {
  const number = numberOf(Objects);
  if (number === LOW) return low(Data);
  return number === MIDDLE ? middle(Data, Objects, Context) : above(Data, Context);
});

const Post = PFLT_POST_OPERATION_CALLBACK('CompletePost', (Data, Objects, Context, Flags) => {
  holds((Flags & FLTFL_POST_OPERATION_DRAINING) === 0, 'nothing is detached here');
  const fate = recorded(Context, FATE);
  const { Status } = Data.IoStatus;
  holds(recorded(Context, SEEN_BELOW) === (fate === PASSED ? 1 : 0),
    'what passed was seen below, nothing else', Context, fate);
  if (numberOf(Objects) === MIDDLE) {
    holds(fate === PASSED, 'who completes or disallows is not called afterwards', Context, fate);
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  holds((Status === STATUS_FLT_DISALLOW_FAST_IO) === (fate === DISALLOWED),
    'above, a disallowed fast operation has ended with that status', Status, fate);
  if (fate === DISALLOWED) disallowedFile = Data.Iopb.TargetFileObject;
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Complete',
  operations: [{ MajorFunction: IRP_MJ_READ, PreOperation: Pre, PostOperation: Post }],
  started(filter) {
    const status = attachAt(filter, MiddleAltitude, MIDDLE);
    return NT_SUCCESS(status) ? attachAt(filter, LowAltitude, LOW) : status;
  },
  finish() {
    for (const [what, count] of Object.entries({
      passed: Globals.Passed, completed: Globals.Completed, disallowed: Globals.Disallowed,
    })) holds(load(count) > 0, `some reads are ${what}`);
    holds(load(Globals.Retried) === load(Globals.Disallowed), 'each disallowed read comes back',
      load(Globals.Retried), load(Globals.Disallowed));
  },
});
