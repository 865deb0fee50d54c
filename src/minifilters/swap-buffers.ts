// swap-buffers: what lies in the files differs from what applications read and write. On the way
// down a buffer of the filter's own takes the place of the caller's; writes are disguised into it,
// reads are received in it and undisguised into the caller's buffer on the way up.
//
// What it shows: swapping a buffer together with its MDL; making the caller's buffer reachable from
// any thread at any IRQL before the operation goes down, so that the post-operation callback may
// run at DISPATCH_LEVEL; one code for cached, non-cached, paging and fast I/O.
//
// The disguise replaces each byte by another one, whatever its place: a filter does not know where
// a write to the end of the file will land. Zero stays zero, because a file system makes zeroes by
// itself (a file that is extended, a hole in a sparse file) and nobody disguised those.
//
// File systems here keep no cache below the filter, so data pass once. Above a cache manager this
// filter would have to leave cached I/O alone and disguise paging I/O only.
import { DISPATCH_LEVEL, ExAllocateFromNPagedLookasideList, ExDeleteNPagedLookasideList,
  ExFreeToNPagedLookasideList, ExInitializeNPagedLookasideList, FILE_OBJECT,
  FLTFL_POST_OPERATION_DRAINING, FLT_IS_FASTIO_OPERATION, FLT_IS_IRP_OPERATION,
  FLT_IS_SYSTEM_BUFFER, FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_COMPLETE,
  FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FO_VOLUME_OPEN, FltAllocatePoolAlignedWithTag, FltDoCompletionProcessingWhenSafe,
  FltFreePoolAlignedWithTag, FltLockUserBuffer, FltRegisterFilter, FltSetCallbackDataDirty,
  FltStartFiltering, FltUnregisterFilter, IRP_MJ_MDL_READ, IRP_MJ_PREPARE_MDL_WRITE, IRP_MJ_READ,
  IRP_MJ_WRITE, IRP_MN_COMPRESSED, IRP_MN_MDL, IoAllocateMdl, KeGetCurrentIrql,
  MmBuildMdlForNonPagedPool, MmGetSystemAddressForMdlSafe, NPAGED_LOOKASIDE_LIST, NT_SUCCESS,
  NonPagedPool, PAGE_SIZE, PFLT_FILTER_UNLOAD_CALLBACK, PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK,
  PFLT_POST_OPERATION_CALLBACK, PFLT_PRE_OPERATION_CALLBACK, POINTER, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_NOT_SUPPORTED, STATUS_SUCCESS, ULONG, driverGlobals, fltRegistration, out, pointer,
  poolTag, struct, u8 } from '../fltKernel.ts';
import type { FltCallbackData, FltRelatedObjects, NTSTATUS, Out, PDRIVER_OBJECT, PFLT_FILTER,
  PFLT_INSTANCE, PMDL, View } from '../fltKernel.ts';

/** In the load-order group FSFilter Encryption. */
export const altitude = '141000';
/** What lies in a file is not what applications read. */
export const transformsData = true;
export const description = 'disguises what lies in the files with swapped buffers';

const TAG = poolTag('Swap');
/** Bytes that may be undisguised at DISPATCH_LEVEL. */
const SHORT_READ = 64 * 1024;
const memory = u8;

/** From the pre- to the post-operation callback. Nonpaged. */
const SWAP_CONTEXT = struct('SWAP_CONTEXT', {
  /** Ours, and where the caller's can be reached from any thread. */
  Buffer: POINTER,
  Caller: POINTER,
  Length: ULONG,
});
type Swap = View<typeof SWAP_CONTEXT>;

const Globals = driverGlobals('SWAP_BUFFERS_DATA', {
  Filter: pointer('FLT_FILTER'),
  Contexts: NPAGED_LOOKASIDE_LIST,
});

// Constants may be JavaScript's own: every thread has the same.
const disguised = Uint8Array.from({ length: 256 }, (_, b) => (b === 0 ? 0 : ((b + 100) % 255) + 1));
const plain = new Uint8Array(256);
disguised.forEach((to, from) => (plain[to] = from));

function convert(table: Uint8Array, to: number, from: number, length: number): void {
  for (let i = 0; i < length; i++) memory[to + i] = table[memory[from + i] ?? 0] ?? 0;
}

/**
 * An address of the caller's buffer that is good in any thread at any IRQL; a failing status
 * (negative) when the buffer is bad. <= APC_LEVEL. The parameters of reads and writes have the
 * same layout.
 */
function locate(Data: FltCallbackData): number {
  const { Read } = Data.Iopb.Parameters;
  if (Read.MdlAddress === 0) {
    // Fast I/O ends in the thread it began in; a system buffer is kernel memory already.
    if (FLT_IS_FASTIO_OPERATION(Data) || FLT_IS_SYSTEM_BUFFER(Data)) return Read.ReadBuffer;
    const status = FltLockUserBuffer(Data);
    if (!NT_SUCCESS(status)) return status;
  }
  // No address space left is no reason to touch the NULL page.
  return MmGetSystemAddressForMdlSafe(Read.MdlAddress) || STATUS_INSUFFICIENT_RESOURCES;
}

function free(Instance: PFLT_INSTANCE, swap: Swap): void {
  if (swap.Buffer !== 0) FltFreePoolAlignedWithTag(Instance, swap.Buffer, TAG);
  ExFreeToNPagedLookasideList(Globals.Contexts, swap);
}

/** Whole pages: a file system reads whole sectors at the end of a file (PRE-17). */
function wholePages(length: number): number {
  return Math.ceil(length / PAGE_SIZE) * PAGE_SIZE;
}

/** Memory for one swap: context and buffer; undefined when there is none. */
function allocate(Instance: PFLT_INSTANCE, caller: number, length: number): Swap | undefined {
  const context = ExAllocateFromNPagedLookasideList(Globals.Contexts);
  if (context === 0) return undefined;
  const swap = SWAP_CONTEXT.at(context);
  swap.Caller = caller;
  swap.Length = length;
  swap.Buffer =
    FltAllocatePoolAlignedWithTag(Instance, NonPagedPool, wholePages(length), TAG);
  if (swap.Buffer !== 0) return swap;
  free(Instance, swap);
  return undefined;
}

/** The MDL that an IRP needs beside its buffer. The Filter Manager frees it (BUF-4). */
function describeBuffer(Data: FltCallbackData, swap: Swap): PMDL | undefined {
  const none = 0 as PMDL;
  if (!FLT_IS_IRP_OPERATION(Data) || FLT_IS_SYSTEM_BUFFER(Data)) return none;
  const mdl = IoAllocateMdl(swap.Buffer, wholePages(swap.Length), false, false, 0);
  if (mdl === 0) return undefined;
  MmBuildMdlForNonPagedPool(mdl);
  return mdl;
}

function fail(Data: FltCallbackData, status: number): number {
  Data.IoStatus.Status = status as NTSTATUS;
  Data.IoStatus.Information = 0;
  return FLT_PREOP_COMPLETE;
}

/** Puts our buffer in the place of the caller's. Without memory the operation has to fail. */
function swapBuffer(
  Data: FltCallbackData,
  FltObjects: FltRelatedObjects,
  CompletionContext: Out,
  isWrite: boolean,
): number {
  const { Instance } = FltObjects;
  const { Read } = Data.Iopb.Parameters;
  const caller = locate(Data);
  if (caller < 0) return fail(Data, caller);
  const swap = allocate(Instance, caller, Read.Length);
  if (swap === undefined) return fail(Data, STATUS_INSUFFICIENT_RESOURCES);
  const mdl = describeBuffer(Data, swap);
  if (mdl === undefined) {
    free(Instance, swap);
    return fail(Data, STATUS_INSUFFICIENT_RESOURCES);
  }
  if (isWrite) convert(disguised, swap.Buffer, caller, swap.Length);
  Read.ReadBuffer = swap.Buffer;
  Read.MdlAddress = mdl;
  FltSetCallbackDataDirty(Data);
  CompletionContext.value = swap;
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

/** <= APC_LEVEL. */
function preTransfer(
  Data: FltCallbackData,
  FltObjects: FltRelatedObjects,
  CompletionContext: Out,
  isWrite: boolean,
): number {
  const { Iopb } = Data;
  const { Flags } = FILE_OBJECT.at(FltObjects.FileObject);
  // The volume itself holds no file data; a transfer of nothing needs no buffer.
  if (Flags & FO_VOLUME_OPEN || Iopb.Parameters.Read.Length === 0) {
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
  }
  // These would hand out the file system's own pages.
  const giving = IRP_MN_MDL | IRP_MN_COMPRESSED;
  if (Iopb.MinorFunction & giving) return fail(Data, STATUS_NOT_SUPPORTED);
  return swapBuffer(Data, FltObjects, CompletionContext, isWrite);
}

const SwapPreRead = PFLT_PRE_OPERATION_CALLBACK('SwapPreRead', (Data, FltObjects, Context) =>
  preTransfer(Data, FltObjects, Context, false));

const SwapPreWrite = PFLT_PRE_OPERATION_CALLBACK('SwapPreWrite', (Data, FltObjects, Context) =>
  preTransfer(Data, FltObjects, Context, true));

/** Any thread: both buffers are locked or nonpaged. Up to DISPATCH_LEVEL for a short read. */
function finishRead(Data: FltCallbackData, FltObjects: FltRelatedObjects, context: number): number {
  const swap = SWAP_CONTEXT.at(context);
  const { Status, Information } = Data.IoStatus;
  if (NT_SUCCESS(Status)) {
    convert(plain, swap.Caller, swap.Buffer, Math.min(Information, swap.Length));
  }
  free(FltObjects.Instance, swap);
  return FLT_POSTOP_FINISHED_PROCESSING;
}

const SwapReadWhenSafe = PFLT_POST_OPERATION_CALLBACK('SwapReadWhenSafe', finishRead);

const SwapPostRead = PFLT_POST_OPERATION_CALLBACK(
  'SwapPostRead',
  (Data, FltObjects, CompletionContext, Flags) => {
    if (Flags & FLTFL_POST_OPERATION_DRAINING) {
      free(FltObjects.Instance, SWAP_CONTEXT.at(CompletionContext));
      return FLT_POSTOP_FINISHED_PROCESSING;
    }
    if (KeGetCurrentIrql() < DISPATCH_LEVEL || Data.IoStatus.Information <= SHORT_READ) {
      return finishRead(Data, FltObjects, CompletionContext);
    }
    // Nothing else runs on the processor meanwhile: what takes long goes to a worker (KRN-15).
    const status = out();
    const done = FltDoCompletionProcessingWhenSafe(Data, FltObjects, CompletionContext, Flags,
      SwapReadWhenSafe, status);
    // What cannot be posted, paging I/O say, is done here all the same.
    return done ? status.value : finishRead(Data, FltObjects, CompletionContext);
  },
);

const SwapPostWrite = PFLT_POST_OPERATION_CALLBACK(
  'SwapPostWrite',
  (_Data, FltObjects, CompletionContext) => {
    free(FltObjects.Instance, SWAP_CONTEXT.at(CompletionContext));
    return FLT_POSTOP_FINISHED_PROCESSING;
  },
);

/** Refused here, the caller sends a read or write with a buffer instead. */
const SwapPreMdl = PFLT_PRE_OPERATION_CALLBACK('SwapPreMdl', () => FLT_PREOP_DISALLOW_FASTIO);

const SwapQueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK(
  'SwapQueryTeardown',
  () => STATUS_SUCCESS,
);

const SwapUnload = PFLT_FILTER_UNLOAD_CALLBACK('SwapUnload', () => {
  // Returns when every operation with a swapped buffer has come back (TD-6).
  FltUnregisterFilter(Globals.Filter);
  ExDeleteNPagedLookasideList(Globals.Contexts);
  return STATUS_SUCCESS;
});

const FilterRegistration = fltRegistration({
  OperationRegistration: [
    { MajorFunction: IRP_MJ_READ, PreOperation: SwapPreRead, PostOperation: SwapPostRead },
    { MajorFunction: IRP_MJ_WRITE, PreOperation: SwapPreWrite, PostOperation: SwapPostWrite },
    { MajorFunction: IRP_MJ_MDL_READ, PreOperation: SwapPreMdl },
    { MajorFunction: IRP_MJ_PREPARE_MDL_WRITE, PreOperation: SwapPreMdl },
  ],
  FilterUnloadCallback: SwapUnload,
  InstanceQueryTeardownCallback: SwapQueryTeardown,
});

/** Called once, in one thread, when the driver is loaded. PASSIVE_LEVEL. */
export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  ExInitializeNPagedLookasideList(Globals.Contexts, 0, 0, 0, SWAP_CONTEXT.size, TAG, 0);
  const filter = out<PFLT_FILTER>();
  let status = FltRegisterFilter(DriverObject, FilterRegistration, filter);
  if (NT_SUCCESS(status)) {
    Globals.Filter = filter.value;
    status = FltStartFiltering(Globals.Filter);
    if (!NT_SUCCESS(status)) FltUnregisterFilter(Globals.Filter);
  }
  if (!NT_SUCCESS(status)) ExDeleteNPagedLookasideList(Globals.Contexts);
  return status;
}
