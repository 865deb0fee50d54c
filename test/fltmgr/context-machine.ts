// What tests of contexts work on, made by hand: a filter, instances on a volume, streams of a file
// system that does nothing, and file objects open on them. No I/O takes place.
import { i32, fillBytes } from '#src/mem/memory.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { stackAlloc } from '#src/mem/stack.ts';
import { store } from '#src/atomics-sync/atomics.ts';
import { SYSTEM_BLOCK_END, SYSTEM_BLOCK_START } from '#src/mem/memory-map.ts';
import { ExInitializeFastMutex } from '#src/ntos/ex/lock/fast-mutex.ts';
import { initializeLookasideLists } from '#src/ntos/ex/lookaside-list.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, initializePool, poolTag, poolUsage }
  from '#src/ntos/ex/pool/pool.ts';
import { initializeWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { ExInitializeRundownProtection } from '#src/ntos/ex/lock/rundown.ts';
import { NonPagedPool, FAST_MUTEX } from '#src/ntos/ex/types.ts';
import { FsRtlTeardownPerStreamContexts } from '#src/ntos/fsrtl/filter-context.ts';
import { FsRtlSetupAdvancedHeaderEx, FsRtlTeardownPerFileContexts }
  from '#src/ntos/fsrtl/per-file-context.ts';
import { FILE_OBJECT, FSRTL_ADVANCED_FCB_HEADER } from '#src/ntos/io/types.ts';
import { InitializeListHead } from '#src/ntos/rtl/list-entry.ts';
import { FLT_CONTEXT_END } from '#src/fltmgr/constants.ts';
import { FltAllocateContext, registerContexts, unregisterContexts }
  from '#src/fltmgr/context/context.ts';
import { FILTER_STARTED, FILTER_UNLOADING, FLT_FILTER, FLT_INSTANCE, FLT_OBJECT, FLT_VOLUME,
  INSTANCE_ACTIVE, INSTANCE_DETACHING } from '#src/fltmgr/attach/object.ts';
import { deleteFilterContexts, deleteInstanceContexts, FltpFileObjectClosed }
  from '#src/fltmgr/context/context-teardown.ts';
import { FLT_CONTEXT_REGISTRATION } from '#src/fltmgr/types.ts';
import { load } from '#src/atomics-sync/atomics.ts';
import type { ContextRow } from '#src/image/registration.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '#src/fltmgr/types.ts';

const TAG = poolTag('Ttst');
export const CONTEXT_TAG = poolTag('Tctx');
const { at_Rundown } = FLT_OBJECT.bound;
type POBJ = Parameters<typeof at_Rundown>[0];

/** Zeroed nonpaged memory. */
export function make(bytes: number): number {
  const at = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
  fillBytes(at, 0, bytes);
  return at;
}

/** Writes a context registration table; it lives as long as the machine. */
export function registrationOf(rows: readonly ContextRow[]): number {
  const size = FLT_CONTEXT_REGISTRATION.size;
  const table = make(size * (rows.length + 1));
  rows.forEach((row, i) => {
    const at = FLT_CONTEXT_REGISTRATION.at(table + i * size);
    Object.assign(at, row);
  });
  FLT_CONTEXT_REGISTRATION.at(table + rows.length * size).ContextType = FLT_CONTEXT_END;
  return table;
}

/** A filter that has not registered its contexts. */
export function bareFilter(): PFLT_FILTER {
  const filter = make(FLT_FILTER.size) as PFLT_FILTER;
  ExInitializeRundownProtection(at_Rundown(filter as unknown as POBJ));
  store(FLT_FILTER.bound.at_State(filter), FILTER_STARTED);
  return filter;
}

export function makeVolume(): PFLT_VOLUME {
  const volume = make(FLT_VOLUME.size) as PFLT_VOLUME;
  ExInitializeRundownProtection(at_Rundown(volume as unknown as POBJ));
  return volume;
}

export function makeInstance(filter: PFLT_FILTER, volume: PFLT_VOLUME): PFLT_INSTANCE {
  const instance = make(FLT_INSTANCE.size) as PFLT_INSTANCE;
  const s = FLT_INSTANCE.bound;
  s.set_Filter(instance, filter);
  s.set_Volume(instance, volume);
  InitializeListHead(s.at_StreamContexts(instance));
  store(s.at_State(instance), INSTANCE_ACTIVE);
  return instance;
}

/** Ends an instance as teardown.ts does. */
export function tearDown(instance: PFLT_INSTANCE): void {
  store(FLT_INSTANCE.bound.at_State(instance), INSTANCE_DETACHING);
  deleteInstanceContexts(instance);
}

/** Ends a filter without instances as FltUnregisterFilter does. */
export function unload(filter: PFLT_FILTER): void {
  store(FLT_FILTER.bound.at_State(filter), FILTER_UNLOADING);
  deleteFilterContexts(filter);
  unregisterContexts(filter);
}

/** A stream's control block; with `file`, the address of a file's pointer, one of its streams. */
export function makeStream(file = 0): number {
  const stream = make(FSRTL_ADVANCED_FCB_HEADER.size + FAST_MUTEX.size);
  const mutex = stream + FSRTL_ADVANCED_FCB_HEADER.size;
  ExInitializeFastMutex(mutex);
  FsRtlSetupAdvancedHeaderEx(stream, mutex, file);
  return stream;
}

/** The file system lets the stream go. */
export function endStream(stream: number): void {
  FsRtlTeardownPerStreamContexts(stream);
  ExFreePoolWithTag(stream, TAG);
}

/** The pointer that all streams of one file share. */
export function makeFile(): number {
  return make(8);
}

/** The file system lets the file go. */
export function endFile(file: number): void {
  FsRtlTeardownPerFileContexts(file);
  ExFreePoolWithTag(file, TAG);
}

/** A file object open on a stream; 0 for one that is not open. */
export function openOn(stream: number): PFILE_OBJECT {
  const file = make(FILE_OBJECT.size) as PFILE_OBJECT;
  FILE_OBJECT.bound.set_FsContext(file, stream);
  return file;
}

/** The file object goes. */
export function close(file: PFILE_OBJECT): void {
  FltpFileObjectClosed(file);
  ExFreePoolWithTag(file, TAG);
}

/** What cleanup callbacks were called with: [context, type]. */
export const cleaned: [number, number][] = [];
export const cleanup = imageRoutine('test!Cleanup', (context, type) => {
  cleaned.push([context!, type!]);
  return 0;
});

const word = stackAlloc(4);

/** Calls a routine that has one out parameter, last; the status and what came out. */
export function outOf(call: (out: number) => number): [number, number] {
  i32[word >> 2] = -1;
  const status = call(word);
  return [status, i32[word >> 2]!];
}

/** Allocates a context; fails the test when that fails. */
export function allocate(filter: PFLT_FILTER, type: number, bytes = 64, pool = 0): number {
  const [status, context] = outOf((out) => FltAllocateContext(filter, type, bytes, pool, out));
  if (status !== 0) throw new Error(`FltAllocateContext = 0x${(status >>> 0).toString(16)}`);
  return context;
}

/** One row per type, of variable size, with the counting cleanup callback. */
const types = [0x1, 0x2, 0x4, 0x8, 0x10, 0x20, 0x40];
export const everyType: readonly ContextRow[] = types.map((type) => ({
  ContextType: type,
  ContextCleanupCallback: cleanup,
  Size: 0xffff_ffff,
  PoolTag: CONTEXT_TAG,
}));

/** A filter with contexts of every type. */
export function makeFilter(rows: readonly ContextRow[] = everyType): PFLT_FILTER {
  const filter = bareFilter();
  const status = registerContexts(filter, registrationOf(rows));
  if (status !== 0) throw new Error(`registerContexts = 0x${(status >>> 0).toString(16)}`);
  return filter;
}

/** Contexts the filter holds. */
export function contextsOf(filter: PFLT_FILTER): number {
  return load(FLT_FILTER.bound.at_ContextCount(filter));
}

/** Pool blocks of the Filter Manager's context tags that are out, beside those of tests. */
export function contextBlocks(): number {
  const tags = ['Tctx', 'FMcn', 'FMcc', 'FMct', 'FSpf', 'FMfn', 'FMnq'];
  const uses = poolUsage().filter((use) => tags.includes(use.tag));
  return uses.reduce((sum, use) => sum + use.blocks, 0);
}

/** The parts of the kernel that contexts stand on, fresh. */
export function freshKernel(): void {
  fillBytes(SYSTEM_BLOCK_START, 0, SYSTEM_BLOCK_END - SYSTEM_BLOCK_START);
  initializePool();
  initializeLookasideLists();
  initializeWorkQueues();
  cleaned.length = 0;
}
