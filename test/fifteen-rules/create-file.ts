// The driver of the FltCreateFile rule: with an instance the create, and the file's cleanup and
// close, begin below that instance; without one at the top of the stack, so that the caller's own
// instance sees them (IO-13). It opens a file of its own in every post-create.
import { FILE_NON_DIRECTORY_FILE, FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ,
  FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, FLTFL_POST_OPERATION_DRAINING,
  FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FltClose, FltCreateFile, GENERIC_READ, IRP_MJ_CLEANUP, IRP_MJ_CREATE, InterlockedIncrement,
  NT_SUCCESS, OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, RTL_CONSTANT_STRING, SYNCHRONIZE, atomic, driverGlobals, local,
  localBytes, out } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { MAX_PROCESSORS } from '../../src/mem/param.ts';
import { boot } from '../../src/mem/boot-options.ts';
import { holds, isNaive, ruleDriver } from './rule-driver.ts';
import type { FltRelatedObjects } from '../../src/fltKernel.ts';
import { ULONG, array } from '../../src/mem/field.ts';
import { i32 } from '../../src/mem/memory.ts';

const Path = RTL_CONSTANT_STRING('\\??\\C:\\own file');
const Globals = driverGlobals('CREATE_DATA', {
  Below: atomic(),
  Whole: atomic(),
  /** Per processor: creates and cleanups of its own that the thread has under way, and saw. */
  Busy: array(ULONG, MAX_PROCESSORS),
  Seen: array(ULONG, MAX_PROCESSORS),
});
const busy = (Globals.Busy >> 2) + boot.processor;
const seen = (Globals.Seen >> 2) + boot.processor;

/** Opens and closes a file; how many creates and cleanups of it this filter has seen. */
function openOwn(objects: FltRelatedObjects, withInstance: boolean): number {
  const attributes = local(OBJECT_ATTRIBUTES);
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.ObjectName = Path.address as never;
  attributes.Attributes = OBJ_KERNEL_HANDLE;
  const handle = out();
  // The faulty twin always sends to the top of the stack.
  const instance = withInstance && !isNaive(import.meta.url) ? objects.Instance : 0;
  i32[busy] = 1;
  i32[seen] = 0;
  const status = FltCreateFile(objects.Filter, instance as never, handle, GENERIC_READ | SYNCHRONIZE,
    attributes, localBytes(8), 0, 0x80, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
    FILE_OPEN_IF, FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, 0, 0, 0);
  if (NT_SUCCESS(status)) FltClose(handle.value);
  i32[busy] = 0;
  return NT_SUCCESS(status) ? i32[seen]! : -1;
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('CreatePre', (Data) => {
  if (i32[busy] !== 0) {
    i32[seen] = i32[seen]! + 1;
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  return Data.Iopb.MajorFunction === IRP_MJ_CREATE ? FLT_PREOP_SUCCESS_WITH_CALLBACK
    : FLT_PREOP_SUCCESS_NO_CALLBACK;
});
const Post = PFLT_POST_OPERATION_CALLBACK('CreatePost', (Data, Objects, _Context, Flags) => {
  if ((Flags & FLTFL_POST_OPERATION_DRAINING) !== 0 || !NT_SUCCESS(Data.IoStatus.Status)) {
    return FLT_POSTOP_FINISHED_PROCESSING;
  }
  const below = openOwn(Objects, true);
  holds(below <= 0, 'with an instance nothing comes back to it', below);
  const whole = openOwn(Objects, false);
  holds(whole !== 0 && whole !== 1, 'without one its create and cleanup come back to it', whole);
  if (below === 0) InterlockedIncrement(Globals.Below);
  if (whole === 2) InterlockedIncrement(Globals.Whole);
  return FLT_POSTOP_FINISHED_PROCESSING;
});

export const { DriverEntry } = ruleDriver({
  name: 'Create',
  operations: [
    { MajorFunction: IRP_MJ_CREATE, PreOperation: Pre, PostOperation: Post },
    { MajorFunction: IRP_MJ_CLEANUP, PreOperation: Pre },
  ],
  finish() {
    holds(load(Globals.Below) > 0, 'some files were opened below');
    holds(load(Globals.Whole) > 0, 'some files were opened from the top');
  },
});
