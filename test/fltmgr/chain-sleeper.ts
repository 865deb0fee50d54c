// A filter whose pre-operation callback goes to sleep once, long after the walk was compiled, until
// the filter below it has been unloaded; and the application that flushes until then and after.
import { FLT_POSTOP_FINISHED_PROCESSING, FLT_PREOP_SUCCESS_WITH_CALLBACK, FltRegisterFilter, FltStartFiltering, FltUnregisterFilter,
  IRP_MJ_FLUSH_BUFFERS, InterlockedIncrement, NT_SUCCESS, PFLT_FILTER_UNLOAD_CALLBACK,
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK, PFLT_POST_OPERATION_CALLBACK,
  PFLT_PRE_OPERATION_CALLBACK, STATUS_SUCCESS, atomic, driverGlobals, fltRegistration, out,
  pointer } from '../../src/fltKernel.ts';
import { load } from '../../src/atomics-sync/atomics.ts';
import { filterByName } from '../../src/fltmgr/attach/unload.ts';
import { delayExecution } from '../../src/ntos/ke/thread.ts';
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { NtFlushBuffersFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { open } from '../support/open-file.ts';
import type { NTSTATUS, PDRIVER_OBJECT, PFLT_FILTER } from '../../src/fltKernel.ts';

const OTHER = 'pass-through';
const SLEEPS_AT = 400;
const CALLS = 600;
const MILLISECOND = -10_000;
const PATIENCE = 15_000;
const IOSB = 0x40000;

const Globals = driverGlobals('CHAIN_SLEEPER', {
  Filter: pointer('FLT_FILTER'), Pre: atomic(), Post: atomic(), Late: atomic(),
});

const isOtherThere = (): boolean => filterByName(OTHER) !== 0;

const Pre = PFLT_PRE_OPERATION_CALLBACK('SleeperPre', () => {
  if (InterlockedIncrement(Globals.Pre) === SLEEPS_AT) {
    let left = PATIENCE;
    while (isOtherThere() && left > 0) {
      delayExecution(MILLISECOND);
      left--;
    }
    if (left === 0) InterlockedIncrement(Globals.Late);
  }
  return FLT_PREOP_SUCCESS_WITH_CALLBACK;
});
const Post = PFLT_POST_OPERATION_CALLBACK('SleeperPost', () => {
  InterlockedIncrement(Globals.Post);
  return FLT_POSTOP_FINISHED_PROCESSING;
});
const QueryTeardown = PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK('SleeperQuery', () => STATUS_SUCCESS);
const Unload = PFLT_FILTER_UNLOAD_CALLBACK('SleeperUnload', () => {
  FltUnregisterFilter(Globals.Filter);
  return STATUS_SUCCESS;
});
const Registration = fltRegistration({
  OperationRegistration:
    [{ MajorFunction: IRP_MJ_FLUSH_BUFFERS, PreOperation: Pre, PostOperation: Post }],
  InstanceQueryTeardownCallback: QueryTeardown,
  FilterUnloadCallback: Unload,
});

export function DriverEntry(DriverObject: PDRIVER_OBJECT): NTSTATUS {
  const filter = out<PFLT_FILTER>();
  const status = FltRegisterFilter(DriverObject, Registration, filter);
  if (!NT_SUCCESS(status)) return status;
  Globals.Filter = filter.value;
  return FltStartFiltering(filter.value);
}

export interface SleeperResult {
  readonly pre: number;
  readonly post: number;
  readonly late: number;
  readonly failed: number;
}

/** Flushes; what the callbacks counted. */
export function flushes(): SleeperResult {
  const { handle } = open('C:\\flushed', { disposition: FILE_OPEN_IF });
  let failed = 0;
  for (let i = 0; i < CALLS; i++) if (NtFlushBuffersFile(handle, IOSB) !== 0) failed++;
  NtClose(handle);
  return { pre: load(Globals.Pre), post: load(Globals.Post), late: load(Globals.Late), failed };
}
