// Contexts: what a filter may register and allocate, and how references decide when one goes
// (8.1 to 8.6, CTX-1 to CTX-21).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32, u8 } from '#src/mem/memory.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { drainWorkQueues } from '#src/ntos/ex/work-queue.ts';
import { KeGetCurrentIrql } from '#src/ntos/ke/irql.ts';
import * as k from '#src/fltmgr/constants.ts';
import * as st from '#src/ntos/status-codes.ts';
import { FltDeleteContext, FltReferenceContext, FltReleaseContext }
  from '#src/fltmgr/context/context.ts';
import * as objects from '#src/fltmgr/context/context-objects.ts';
import * as files from '#src/fltmgr/context/context-files.ts';
import { FltGetContexts, FltGetContextsEx, FltReleaseContexts, FltReleaseContextsEx }
  from '#src/fltmgr/context/context-several.ts';
import { controlCount } from '#src/fltmgr/context/context-control.ts';
import { deleteVolumeContexts } from '#src/fltmgr/context/context-teardown.ts';
import { FLT_RELATED_CONTEXTS, FLT_RELATED_CONTEXTS_EX, FLT_RELATED_OBJECTS }
  from '#src/fltmgr/types.ts';
import { ExWaitForRundownProtectionRelease } from '#src/ntos/ex/lock/rundown.ts';
import { FLT_OBJECT } from '#src/fltmgr/attach/object.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import * as m from './context-machine.ts';
import type { PFILE_OBJECT } from '#src/ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '#src/fltmgr/types.ts';

const KEEP = k.FLT_SET_CONTEXT_KEEP_IF_EXISTS;
const REPLACE = k.FLT_SET_CONTEXT_REPLACE_IF_EXISTS;
const VARIABLE = k.FLT_VARIABLE_SIZED_CONTEXTS;
const tag = m.CONTEXT_TAG;

let filter: PFLT_FILTER;
let volume: PFLT_VOLUME;
let instance: PFLT_INSTANCE;
let stream: number;
let file: PFILE_OBJECT;

beforeEach(() => {
  m.freshKernel();
  filter = m.makeFilter();
  volume = m.makeVolume();
  instance = m.makeInstance(filter, volume);
  stream = m.makeStream();
  file = m.openOn(stream);
});

const row = (Size: number, more = {}): Parameters<typeof m.registrationOf>[0][number] =>
  ({ ContextType: k.FLT_STREAM_CONTEXT, Size, PoolTag: tag, ...more });

describe('the references of a stream context', () => {
  test('CTX-7, CTX-15, DIS-12: ' +
    'go as the table of 8.6 says, from the allocation to the stream\'s end', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT);
    expect(files.FltSetStreamContext(instance, file, KEEP, context, 0)).toBe(0);
    FltReleaseContext(context);
    expect(m.outOf((out) => files.FltGetStreamContext(instance, file, out))).toEqual([0, context]);
    FltReleaseContext(context);
    expect(m.cleaned).toEqual([]);
    m.endStream(stream);
    expect(m.cleaned).toEqual([[context, k.FLT_STREAM_CONTEXT]]);
    expect(controlCount()).toBe(0);
  });

  test('CTX-13, CTX-17: outlive the stream while somebody holds one', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT);
    files.FltSetStreamContext(instance, file, KEEP, context, 0);
    m.endStream(stream);
    expect(m.cleaned).toEqual([]);
    FltReferenceContext(context);
    FltReleaseContext(context);
    FltReleaseContext(context);
    expect(m.cleaned).toEqual([[context, k.FLT_STREAM_CONTEXT]]);
  });

  test('CTX-5, CTX-14: dropped at DISPATCH_LEVEL are cleaned up by a worker at ' +
    'PASSIVE_LEVEL', () => {
    const levels: number[] = [];
    const other = m.makeFilter([row(VARIABLE, {
      ContextCleanupCallback: imageRoutine('test!Level', () => levels.push(KeGetCurrentIrql())),
    })]);
    const context = m.allocate(other, k.FLT_STREAM_CONTEXT);
    atIrql(2, () => FltReleaseContext(context));
    expect(levels).toEqual([]);
    expect(m.contextsOf(other)).toBe(1);
    drainWorkQueues();
    expect(levels).toEqual([0]);
    expect(m.contextsOf(other)).toBe(0);
  });

  test('CTX-14: of a paged context may not be dropped at DISPATCH_LEVEL', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT, 8, 1);
    atIrql(1, () => FltReferenceContext(context));
    expect(bugCheckAt(2, () => FltReleaseContext(context))).toEqual([0xc4, 0xf516]);
    FltReleaseContext(context);
    FltReleaseContext(context);
  });

  test('CTX-16: dropped once too often while it is set are bug check 0xF5/0x6D', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT);
    files.FltSetStreamContext(instance, file, KEEP, context, 0);
    FltReleaseContext(context);
    expect(bugCheckOf(() => FltReleaseContext(context))).toEqual([0xf5, 0x6d]);
  });

  test('CTX-16: taken or dropped after it was freed are bug check 0xF5/0x6E', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT);
    FltReleaseContext(context);
    expect(bugCheckOf(() => FltReleaseContext(context))).toEqual([0xf5, 0x6e]);
    expect(bugCheckOf(() => FltReferenceContext(context))).toEqual([0xf5, 0x6e]);
    expect(bugCheckOf(() => FltDeleteContext(0))).toEqual([0xf5, 0x6e]);
  });
});

// The five kinds that can be set, with the same promises.
const kinds = [
  {
    name: 'volume',
    type: k.FLT_VOLUME_CONTEXT,
    set: (op: number, c: number, old: number): number =>
      objects.FltSetVolumeContext(volume, op, c, old),
    get: (out: number): number => objects.FltGetVolumeContext(filter, volume, out),
    remove: (old: number): number => objects.FltDeleteVolumeContext(filter, volume, old),
  },
  {
    name: 'instance',
    type: k.FLT_INSTANCE_CONTEXT,
    set: (op: number, c: number, old: number): number =>
      objects.FltSetInstanceContext(instance, op, c, old),
    get: (out: number): number => objects.FltGetInstanceContext(instance, out),
    remove: (old: number): number => objects.FltDeleteInstanceContext(instance, old),
  },
  ...([
    ['file', k.FLT_FILE_CONTEXT, files.FltSetFileContext, files.FltGetFileContext,
      files.FltDeleteFileContext],
    ['stream', k.FLT_STREAM_CONTEXT, files.FltSetStreamContext, files.FltGetStreamContext,
      files.FltDeleteStreamContext],
    ['stream handle', k.FLT_STREAMHANDLE_CONTEXT, files.FltSetStreamHandleContext,
      files.FltGetStreamHandleContext, files.FltDeleteStreamHandleContext],
  ] as const).map(([name, type, set, get, remove]) => ({
    name,
    type,
    set: (op: number, c: number, old: number): number => set(instance, file, op, c, old),
    get: (out: number): number => get(instance, file, out),
    remove: (old: number): number => remove(instance, file, old),
  })),
];

describe.each(kinds)('the context of a $name', ({ type, set, get, remove }) => {
  const fresh = (): number => m.allocate(filter, type);

  test('CTX-8, CTX-11, CTX-18: is NULL_CONTEXT before it is set and after it is deleted', () => {
    expect(k.NULL_CONTEXT).toBe(0);
    expect(m.outOf(get)).toEqual([st.STATUS_NOT_FOUND, 0]);
    const context = fresh();
    expect(m.outOf((old) => set(KEEP, context, old))).toEqual([0, 0]);
    expect(m.outOf(get)).toEqual([0, context]);
    expect(remove(0)).toBe(0);
    expect(m.outOf(get)).toEqual([st.STATUS_NOT_FOUND, 0]);
    expect(m.outOf(remove)).toEqual([st.STATUS_NOT_FOUND, 0]);
    FltReleaseContext(context);
    FltReleaseContext(context);
    expect(m.cleaned).toEqual([[context, type]]);
  });

  test('CTX-7, CTX-15: that exists is kept, and handed out with a reference', () => {
    const [first, second] = [fresh(), fresh()];
    set(KEEP, first, 0);
    expect(m.outOf((old) => set(KEEP, second, old)))
      .toEqual([st.STATUS_FLT_CONTEXT_ALREADY_DEFINED, first]);
    FltReleaseContext(first);
    expect(set(KEEP, second, 0)).toBe(st.STATUS_FLT_CONTEXT_ALREADY_DEFINED);
    FltReleaseContext(second);
    expect(m.cleaned).toEqual([[second, type]]);
    FltReleaseContext(first);
    expect(m.cleaned).toHaveLength(1);
  });

  test('CTX-15, CTX-8: that exists is replaced, and its reference handed over or dropped', () => {
    const [first, second, third] = [fresh(), fresh(), fresh()];
    set(REPLACE, first, 0);
    FltReleaseContext(first);
    expect(m.outOf((old) => set(REPLACE, second, old))).toEqual([0, first]);
    expect(m.cleaned).toEqual([]);
    FltReleaseContext(first);
    expect(m.cleaned).toEqual([[first, type]]);
    FltReleaseContext(second);
    expect(set(REPLACE, third, 0)).toBe(0);
    expect(m.cleaned).toEqual([[first, type], [second, type]]);
    FltReleaseContext(third);
  });

  test('CTX-10, CTX-19: is linked once in its life; FltDeleteContext unlinks at once', () => {
    const context = fresh();
    set(KEEP, context, 0);
    expect(m.outOf((old) => set(REPLACE, context, old)))
      .toEqual([st.STATUS_FLT_CONTEXT_ALREADY_LINKED, 0]);
    FltDeleteContext(context);
    expect(m.outOf(get)).toEqual([st.STATUS_NOT_FOUND, 0]);
    expect(set(KEEP, context, 0)).toBe(st.STATUS_FLT_CONTEXT_ALREADY_LINKED);
    FltReleaseContext(context);
    expect(m.cleaned).toEqual([[context, type]]);
  });

  test('CTX-15, CTX-18: deleted with OldContext is the caller\'s to release', () => {
    const context = fresh();
    set(KEEP, context, 0);
    FltReleaseContext(context);
    expect(m.outOf(remove)).toEqual([0, context]);
    expect(m.cleaned).toEqual([]);
    FltReleaseContext(context);
    expect(m.cleaned).toEqual([[context, type]]);
  });

  test('8.3, DIS-11: must be a context of this kind and filter, set by a known operation', () => {
    const otherType = type === 8 ? 2 : 8;
    const wrong = m.allocate(filter, otherType);
    const foreign = type === 1 ? 0 : m.allocate(m.makeFilter(), type);
    for (const bad of [wrong, foreign, 0, 12345, m.make(64) + 16]) {
      expect(set(KEEP, bad, 0)).toBe(st.STATUS_INVALID_PARAMETER);
    }
    const context = fresh();
    expect(set(2, context, 0)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(set(KEEP, context, 0)).toBe(0);
    FltReleaseContext(context);
  });

  test('CTX-11: is not set, got or deleted at DISPATCH_LEVEL', () => {
    const context = fresh();
    for (const act of [() => set(KEEP, context, 0), () => get(0), () => remove(0)]) {
      expect(bugCheckAt(2, act)).toEqual([0xc4, 0xf516]);
    }
    FltReleaseContext(context);
  });
});

describe('an instance that is torn down', () => {
  test('CTX-17, CTX-21: loses its contexts everywhere, others keep theirs', () => {
    const other = m.makeInstance(filter, volume);
    const mine = kinds.slice(1).map(({ type, set }) => {
      const context = m.allocate(filter, type);
      expect(set(KEEP, context, 0)).toBe(0);
      FltReleaseContext(context);
      return context;
    });
    const kept = m.allocate(filter, k.FLT_STREAM_CONTEXT);
    files.FltSetStreamContext(other, file, KEEP, kept, 0);
    m.tearDown(instance);
    expect(new Set(m.cleaned.map(([context]) => context))).toEqual(new Set(mine));
    expect(m.cleaned).toHaveLength(mine.length);
    expect(m.outOf((out) => files.FltGetStreamContext(other, file, out))).toEqual([0, kept]);
    m.tearDown(other);
    m.endStream(stream);
    FltReleaseContext(kept);
    FltReleaseContext(kept);
    expect(m.contextsOf(filter)).toBe(0);
  });

  test('CTX-18: takes no new contexts and lets none be deleted by hand', () => {
    m.tearDown(instance);
    for (const { type, set, remove } of kinds.slice(1)) {
      const context = m.allocate(filter, type);
      expect(m.outOf((old) => set(KEEP, context, old))).toEqual([st.STATUS_FLT_DELETING_OBJECT, 0]);
      const gone = remove(0);
      expect(gone).toBe(type === 4 ? st.STATUS_NOT_FOUND : st.STATUS_FLT_DELETING_OBJECT);
      FltReleaseContext(context);
    }
  });
});

describe('a volume and a filter that go', () => {
  test('CTX-21: take the volume contexts with them', () => {
    const other = m.makeFilter();
    const mine = m.allocate(filter, k.FLT_VOLUME_CONTEXT);
    const theirs = m.allocate(other, k.FLT_VOLUME_CONTEXT);
    objects.FltSetVolumeContext(volume, KEEP, mine, 0);
    objects.FltSetVolumeContext(volume, KEEP, theirs, 0);
    FltReleaseContext(mine);
    FltReleaseContext(theirs);
    m.unload(other);
    expect(m.cleaned).toEqual([[theirs, 1]]);
    ExWaitForRundownProtectionRelease(FLT_OBJECT.bound.at_Rundown(volume as never));
    deleteVolumeContexts(volume);
    expect(m.cleaned).toEqual([[theirs, 1], [mine, 1]]);
    const late = m.allocate(filter, k.FLT_VOLUME_CONTEXT);
    expect(objects.FltSetVolumeContext(volume, KEEP, late, 0)).toBe(st.STATUS_FLT_DELETING_OBJECT);
    expect(objects.FltDeleteVolumeContext(filter, volume, 0)).toBe(st.STATUS_FLT_DELETING_OBJECT);
    FltReleaseContext(late);
  });

  test('leave no block on a stream that stays', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT);
    files.FltSetStreamContext(instance, file, KEEP, context, 0);
    FltReleaseContext(context);
    m.tearDown(instance);
    expect(controlCount()).toBe(1);
    deleteVolumeContexts(volume);
    expect(controlCount()).toBe(0);
    m.endStream(stream);
  });

  test('CTX-15: wait for nothing when nothing is held, and name what is leaked', () => {
    m.unload(m.makeFilter());
    m.allocate(filter, k.FLT_STREAM_CONTEXT);
    expect(() => m.unload(filter)).toThrow(/1 of FLT_STREAM_CONTEXT \(variable\).*CTX-15/s);
  });

  test('leave nothing in the pools', () => {
    const before = m.contextBlocks();
    const fixed = m.makeFilter([row(64), row(32, { ContextType: 1 })]);
    const at = m.makeInstance(fixed, volume);
    for (const pool of [0, 1]) {
      const context = m.allocate(fixed, k.FLT_STREAM_CONTEXT, 64, pool);
      files.FltSetStreamContext(at, file, REPLACE, context, 0);
      FltReleaseContext(context);
    }
    m.tearDown(at);
    m.unload(fixed);
    m.endStream(stream);
    expect(m.contextBlocks()).toBe(before);
  });
});

describe('contexts of files', () => {
  test('CTX-21, CTX-24: are one for all streams of a file', () => {
    const pointer = m.makeFile();
    const [one, two] = [m.makeStream(pointer), m.makeStream(pointer)];
    const [a, b] = [m.openOn(one), m.openOn(two)];
    expect(files.FltSupportsFileContexts(a)).toBe(true);
    const context = m.allocate(filter, k.FLT_FILE_CONTEXT);
    expect(files.FltSetFileContext(instance, a, KEEP, context, 0)).toBe(0);
    expect(m.outOf((out) => files.FltGetFileContext(instance, b, out))).toEqual([0, context]);
    FltReleaseContext(context);
    FltReleaseContext(context);
    m.endStream(one);
    m.endStream(two);
    expect(m.cleaned).toEqual([]);
    m.endFile(pointer);
    expect(m.cleaned).toEqual([[context, 4]]);
  });

  test('CTX-24: hang on the stream where the file system has none for files', () => {
    expect(files.FltSupportsFileContexts(file)).toBe(false);
    expect(files.FltSupportsFileContextsEx(file, instance)).toBe(true);
    expect(files.FltSupportsFileContextsEx(file, 0 as PFLT_INSTANCE)).toBe(false);
  });
});

describe('a file object', () => {
  test('CTX-9, CTX-23: that is not open carries no contexts', () => {
    const closed = m.openOn(0);
    expect(files.FltSupportsStreamContexts(closed)).toBe(false);
    expect(files.FltSupportsStreamHandleContexts(closed)).toBe(false);
    for (const type of [4, 8, 16]) {
      const context = m.allocate(filter, type);
      const { FltSetFileContext, FltSetStreamContext, FltSetStreamHandleContext } = files;
      const set = type === 4 ? FltSetFileContext : type === 8 ? FltSetStreamContext
        : FltSetStreamHandleContext;
      expect(set(instance, closed, KEEP, context, 0)).toBe(st.STATUS_NOT_SUPPORTED);
      FltReleaseContext(context);
    }
    expect(m.outOf((out) => files.FltGetStreamContext(instance, closed, out)))
      .toEqual([st.STATUS_NOT_SUPPORTED, 0]);
    expect(m.outOf((out) => files.FltDeleteStreamHandleContext(instance, closed, out)))
      .toEqual([st.STATUS_NOT_SUPPORTED, 0]);
  });

  test('CTX-21: takes its stream-handle contexts along when it goes, not those of another', () => {
    const second = m.openOn(stream);
    const [a, b] = [16, 16].map((type) => m.allocate(filter, type)) as [number, number];
    files.FltSetStreamHandleContext(instance, file, KEEP, a, 0);
    files.FltSetStreamHandleContext(instance, second, KEEP, b, 0);
    FltReleaseContext(a);
    FltReleaseContext(b);
    m.close(file);
    expect(m.cleaned).toEqual([[a, 16]]);
    m.close(second);
    expect(m.cleaned).toEqual([[a, 16], [b, 16]]);
  });

  test('CTX-23: on a paging file carries no contexts', () => {
    u8[stream + 6]! |= 0x08;
    expect(files.FltSupportsStreamContexts(file)).toBe(false);
  });
});

function related(): never {
  const at = FLT_RELATED_OBJECTS.at(m.make(FLT_RELATED_OBJECTS.size));
  at.Filter = filter;
  at.Volume = volume;
  at.Instance = instance;
  at.FileObject = file;
  return at.address as never;
}

describe('several contexts at once', () => {
  test('CTX-12: are got with a reference each and released together', () => {
    const set = kinds.map(({ type, set: put }) => {
      const context = m.allocate(filter, type);
      put(KEEP, context, 0);
      FltReleaseContext(context);
      return context;
    });
    const contexts = m.make(FLT_RELATED_CONTEXTS_EX.size);
    const found = (): number[] => Array.from(i32.subarray(contexts >> 2, (contexts >> 2) + 5));
    FltGetContexts(related(), k.FLT_VOLUME_CONTEXT | k.FLT_STREAM_CONTEXT, contexts);
    expect(found()).toEqual([set[0], 0, 0, set[3], 0]);
    FltReleaseContexts(contexts);
    expect(found()).toEqual([0, 0, 0, 0, 0]);
    expect(FltGetContextsEx(related(), 0x7f, FLT_RELATED_CONTEXTS_EX.size, contexts)).toBe(0);
    expect(found()).toEqual(set);
    FltReleaseContextsEx(FLT_RELATED_CONTEXTS_EX.size, contexts);
    m.tearDown(instance);
    expect(m.cleaned).toHaveLength(4);
  });

  test('CTX-12: are refused for a size or a type that is none', () => {
    const contexts = m.make(FLT_RELATED_CONTEXTS_EX.size);
    const tryIt = (mask: number, size: number): number =>
      FltGetContextsEx(related(), mask, size, contexts);
    expect(tryIt(1, 20)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(tryIt(0x80, FLT_RELATED_CONTEXTS.size)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(tryIt(0x40, FLT_RELATED_CONTEXTS.size)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(tryIt(0x1f, FLT_RELATED_CONTEXTS.size)).toBe(0);
  });
});
