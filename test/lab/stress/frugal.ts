// The machine in which each request for memory is refused once: a volume, a filter with contexts, a
// port and routines, and a file. What a filter asks for, it asks as a driver: through the published
// routines, from a routine of its own.
import { bootInline } from '#test/support/boot-inline.ts';
import { makeFilter } from '#test/support/make-filter.ts';
import { bytes, mountC, openShared, putFile } from '#test/support/ramfs-volume.ts';
import { withoutFaults } from '#src/machine/faults/policy.ts';
import * as k from '#src/fltKernel.ts';
import { routineTable } from '#src/mem/routine.ts';
import { i32 } from '#src/mem/memory.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import { FLT_INSTANCE } from '#src/fltmgr/attach/object.ts';
import { NtClose } from '#src/ntos/io/service/nt-create.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { onAlone } from '#src/ntos/ke/inline-wait.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { poolTag } from '#src/ntos/ex/pool/pool.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '#src/ntos/status-codes.ts';
import type { FilterSketch, MadeFilter, Post, Pre } from '#test/support/make-filter.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '#src/fltmgr/types.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';

/** Where a routine puts what it answers, and where its input lies. */
export const OUT = 0x20000;
export const INPUT = 0x21000;
/** Whatever is the Filter Manager's may be refused: the contexts' tag is one of its own. */
export const TAG = poolTag('FMct');

/** What asks for memory: its status, of the want of memory or success, which ends the asking. */
export type Act = readonly [what: string, least: number, act: () => number];

export interface Frugal {
  readonly made: MadeFilter;
  readonly instance: PFLT_INSTANCE;
  readonly volume: PFLT_VOLUME;
  readonly handle: number;
  readonly file: PFILE_OBJECT;
}

/** Filled by `startFrugal`; acts look here when they are played. */
export const w = {} as { -readonly [K in keyof Frugal]: Frugal[K] };

/** What the filter does in a pre- or post-operation callback, while an act is played. */
export const during: { pre: Map<number, Pre>; post: Map<number, Post> } =
  { pre: new Map(), post: new Map() };

const majors: readonly number[] = [k.IRP_MJ_CREATE, k.IRP_MJ_READ, k.IRP_MJ_LOCK_CONTROL,
  k.IRP_MJ_QUERY_OPEN];
const operations: FilterSketch['operations'] = majors.map((major) => ({ major,
  pre: (data, objects, context) => {
    const pre = during.pre.get(major);
    if (pre !== undefined) return pre(data, objects, context);
    return during.post.has(major) ? k.FLT_PREOP_SUCCESS_WITH_CALLBACK
      : k.FLT_PREOP_SUCCESS_NO_CALLBACK;
  },
  post: (data, objects, context, flags) =>
    during.post.get(major)?.(data, objects, context, flags) ?? k.FLT_POSTOP_FINISHED_PROCESSING,
}));

/** Boots, mounts and opens, all without faults; what it returns ends it. */
export function startFrugal(sketch: Partial<FilterSketch>): () => void {
  const shutdown = bootInline();
  // A worker runs what is posted while the only thread waits.
  onAlone(() => drainWorkQueues() > 0);
  const unmount = mountC();
  w.made = makeFilter({ name: 'frugal', altitude: '100', operations, ...sketch });
  w.instance = instancesOfFilter(w.made.filter)[0]!;
  w.volume = FLT_INSTANCE.bound.Volume(w.instance) as PFLT_VOLUME;
  putFile('C:\\f', bytes('abc'));
  w.handle = openShared('C:\\f').handle;
  w.file = fileByHandle(w.handle, 0) as PFILE_OBJECT;
  return () => {
    releaseFile(w.file);
    NtClose(w.handle);
    w.made.unregister();
    unmount();
    onAlone(() => false);
    shutdown();
  };
}

let played: () => number = () => 0;
let answer = 0;
const asDriver = k.PFLT_DISCONNECT_NOTIFY('FrugalDriver', () => {
  answer = played();
});

/** Plays an act in a routine of a driver: the kernel then knows on whose behalf it works. */
export const byDriver = (act: () => number) => (): number => {
  played = act;
  routineTable[asDriver]!(0);
  return answer;
};

/** Lays something down, or takes it away, with no request refused. */
export const calmly = withoutFaults;

/** Takes the one word that a routine answers, and gives back what it is about. */
export const pointer = (call: () => number, free: (at: number) => void): (() => number) =>
  byDriver(() => {
    const at = call();
    if (at === 0) return STATUS_INSUFFICIENT_RESOURCES;
    free(at);
    return 0;
  });

/** The same for a routine that answers a status, and the rest by a word. */
export const byWord = (call: () => number, free: (at: number) => void): (() => number) =>
  byDriver(() => {
    i32[OUT >> 2] = 0;
    const status = call();
    if (status >= 0) free(i32[OUT >> 2]!);
    else if (i32[OUT >> 2] !== 0) throw new Error('it failed, and gave something all the same');
    return status;
  });

/** Opens the file anew, with something done in the pre-operation callback of the create. */
export function whileOpening(pre: Pre): void {
  during.pre.set(k.IRP_MJ_CREATE, pre);
  const other = openShared('C:\\f');
  during.pre.clear();
  if (other.handle !== 0) NtClose(other.handle);
}
