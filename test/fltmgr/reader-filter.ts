// A filter that reads each file it sees opened, twice in its post-create callback: with
// FltReadFile, and with callback data of its own that the file system completes in any thread. Both
// must give the same, and the file's standard information must agree with them.
import { FILE_OBJECT, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FLTFL_POST_OPERATION_DRAINING, FltAllocateCallbackData, FltFreeCallbackData,
  FltPerformAsynchronousIo, FltQueryInformationFile, FltReadFile, FltRegisterFilter,
  FltStartFiltering, FltUnregisterFilter, IRP_MJ_CREATE, IRP_MJ_READ, InterlockedIncrement,
  KeBugCheckEx, KeInitializeEvent, KeSetEvent, NT_SUCCESS, PFLT_COMPLETED_ASYNC_IO_CALLBACK,
  PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, STATUS_END_OF_FILE, STATUS_SUCCESS,
  atomic, driverGlobals, fltRegistration, i32, local, localBytes, out, pointer, u32 }
  from '../../src/fltKernel.ts';
import { FLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';
import { FILE_STANDARD_INFORMATION } from '../../src/ntos/io/information/file-information.ts';
import { FileStandardInformation } from '../../src/ntos/io/information/information-classes.ts';
import { Executive, waitForObject } from '../../src/ntos/ke/dispatcher.ts';
import { KEVENT } from '../../src/ntos/ke/types.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';
import type { FltRelatedObjects } from '../../src/image/role.ts';
import type { PFLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';

const LENGTH = 256;
const Globals = driverGlobals('READER_DATA', {
  Filter: pointer('FLT_FILTER'),
  Read: atomic(),
  Empty: atomic(),
});

interface Result {
  readonly status: number;
  readonly length: number;
}

/** The context of the asynchronous read: its event, then status and length. */
const Done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('ReaderDone', (Data, Context) => {
  i32[(Context + 16) >> 2] = Data.IoStatus.Status;
  i32[(Context + 20) >> 2] = Data.IoStatus.Information;
  FltFreeCallbackData(Data);
  KeSetEvent(Context, 0, false);
});

function readAsynchronously(objects: FltRelatedObjects, buffer: number): Result {
  const word = out<PFLT_CALLBACK_DATA>();
  const allocated = FltAllocateCallbackData(objects.Instance, objects.FileObject, word);
  if (!NT_SUCCESS(allocated)) return { status: allocated, length: 0 };
  const context = localBytes(KEVENT.size + 8);
  KeInitializeEvent(context, 0, false);
  const data = FLT_CALLBACK_DATA.at(word.value);
  data.Iopb.MajorFunction = IRP_MJ_READ;
  data.Iopb.Parameters.Read.Length = LENGTH;
  data.Iopb.Parameters.Read.ReadBuffer = buffer;
  FltPerformAsynchronousIo(data.address, Done, context);
  waitForObject(context, Executive);
  return { status: i32[(context + 16) >> 2] ?? 0, length: i32[(context + 20) >> 2] ?? 0 };
}

function readAndWait(objects: FltRelatedObjects, buffer: number): Result {
  const offset = localBytes(8);
  const read = out();
  const status = FltReadFile(objects.Instance, objects.FileObject, offset, LENGTH, buffer, 4, read,
    0 as never, 0);
  return { status, length: read.value };
}

function mismatch(text: string, a: number, b: number): never {
  return KeBugCheckEx(0xe2, a, b, 0, 0, `two reads of one file differ: ${text}`);
}

function compare(objects: FltRelatedObjects): void {
  const first = localBytes(LENGTH);
  const second = localBytes(LENGTH);
  const a = readAndWait(objects, first);
  const b = readAsynchronously(objects, second);
  // Another thread may write to a file that was empty, or at its end, between the two.
  if (a.status === STATUS_END_OF_FILE) {
    InterlockedIncrement(Globals.Empty);
    return;
  }
  if (a.status !== b.status) mismatch('status', a.status, b.status);
  if (a.length > b.length) mismatch('length', a.length, b.length);
  for (let i = 0; i < a.length; i += 4) {
    const [x = 0, y = 0] = [u32[(first + i) >> 2], u32[(second + i) >> 2]];
    if (x !== y) mismatch(`word ${i / 4}`, x, y);
  }
  const information = local(FILE_STANDARD_INFORMATION);
  const status = FltQueryInformationFile(objects.Instance, objects.FileObject, information,
    FILE_STANDARD_INFORMATION.size, FileStandardInformation, 0);
  if (!NT_SUCCESS(status) || information.EndOfFile < a.length) {
    mismatch('size', information.EndOfFile, a.length);
  }
  InterlockedIncrement(Globals.Read);
}

const Pre = PFLT_PRE_OPERATION_CALLBACK('ReaderPre', () => FLT_PREOP_SUCCESS_WITH_CALLBACK);
const Post = PFLT_POST_OPERATION_CALLBACK('ReaderPost', (Data, FltObjects, _Context, Flags) => {
  const isDraining = (Flags & FLTFL_POST_OPERATION_DRAINING) !== 0;
  if (isDraining || !NT_SUCCESS(Data.IoStatus.Status)) return FLT_POSTOP_FINISHED_PROCESSING;
  if (FILE_OBJECT.at(FltObjects.FileObject).FileName.Length > 2) compare(FltObjects);
  return FLT_POSTOP_FINISHED_PROCESSING;
});
const QueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('ReaderQuery', () => STATUS_SUCCESS);
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('ReaderUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});

const Registration = fltRegistration({
  OperationRegistration: [{ MajorFunction: IRP_MJ_CREATE, PreOperation: Pre, PostOperation: Post }],
  InstanceQueryTeardownCallback: QueryTeardown,
  FilterUnloadCallback: Unload,
});

/** Registers and starts. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(filter.value);
}
