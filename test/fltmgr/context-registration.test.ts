// What a filter may register as contexts, and what it is given for it (8.1, 8.2, CTX-1 to CTX-6).
import { beforeEach, describe, expect, test } from 'vitest';
import { setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { u8 } from '#src/mem/memory.ts';
import { PAGED } from '#src/mem/memory-map.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import * as k from '#src/fltmgr/constants.ts';
import * as st from '#src/ntos/status-codes.ts';
import { FltAllocateContext, FltReleaseContext, registerContexts, unregisterContexts }
  from '#src/fltmgr/context/context.ts';
import * as objects from '#src/fltmgr/context/context-objects.ts';
import * as m from './context-machine.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const KEEP = k.FLT_SET_CONTEXT_KEEP_IF_EXISTS;
const VARIABLE = k.FLT_VARIABLE_SIZED_CONTEXTS;
const INVALID = st.STATUS_FLT_INVALID_CONTEXT_REGISTRATION;
const tag = m.CONTEXT_TAG;
const allocateCallback = imageRoutine('test!Allocate', () => 0);
const freeCallback = imageRoutine('test!Free', () => 0);

let filter: PFLT_FILTER;
let instance: PFLT_INSTANCE;

beforeEach(() => {
  m.freshKernel();
  filter = m.makeFilter();
  instance = m.makeInstance(filter, m.makeVolume());
});

function register(...rows: Parameters<typeof m.registrationOf>[0]): number {
  const other = m.bareFilter();
  const status = registerContexts(other, m.registrationOf(rows));
  if (status === 0) unregisterContexts(other);
  return status;
}

const row = (Size: number, more = {}): Parameters<typeof m.registrationOf>[0][number] =>
  ({ ContextType: k.FLT_STREAM_CONTEXT, Size, PoolTag: tag, ...more });

describe('a context registration', () => {
  test('CTX-1, CTX-4: takes three fixed sizes and a variable one for each type', () => {
    expect(register(row(8), row(16), row(32), row(VARIABLE))).toBe(0);
    expect(register(row(8), row(16), row(32), row(64))).toBe(INVALID);
    expect(register(row(VARIABLE), row(VARIABLE, { PoolTag: 77 }))).toBe(INVALID);
    const ofFile = { ContextType: k.FLT_FILE_CONTEXT };
    expect(register(row(8), row(16), row(32), row(64, ofFile))).toBe(0);
  });

  test('CTX-1: counts identical entries once', () => {
    expect(register(row(8), row(8), row(8), row(8), row(VARIABLE), row(VARIABLE))).toBe(0);
  });

  test('CTX-1: takes one entry with callbacks of its own, and nothing beside it', () => {
    const own = { ContextAllocateCallback: allocateCallback, ContextFreeCallback: freeCallback };
    expect(register(row(0, { ...own, PoolTag: 0 }))).toBe(0);
    expect(register(row(8), row(0, own))).toBe(INVALID);
    expect(register(row(0, own), row(8))).toBe(INVALID);
    expect(register(row(8, { ContextAllocateCallback: allocateCallback }))).toBe(INVALID);
    expect(register(row(8, { ContextFreeCallback: freeCallback }))).toBe(INVALID);
  });

  test('CTX-1: may register size 0, but needs a tag, a known type and known flags', () => {
    expect(register(row(0))).toBe(0);
    expect(register(row(8, { PoolTag: 0 }))).toBe(INVALID);
    expect(register(row(8, { ContextType: 0x80 }))).toBe(INVALID);
    expect(register(row(8, { ContextType: 3 }))).toBe(INVALID);
    expect(register(row(8, { Flags: 2 }))).toBe(INVALID);
    expect(register(row(0x10000))).toBe(INVALID);
  });

  test('may be left out, and then nothing can be allocated', () => {
    const other = m.bareFilter();
    expect(registerContexts(other, 0)).toBe(0);
    expect(m.outOf((out) => FltAllocateContext(other, k.FLT_STREAM_CONTEXT, 8, 0, out)))
      .toEqual([st.STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND, 0]);
  });
});

function tryIt(who: PFLT_FILTER, type: number, bytes: number, pool = 0): number {
  return m.outOf((out) => FltAllocateContext(who, type, bytes, pool, out))[0];
}

describe('FltAllocateContext', () => {
  test('CTX-3, DIS-10: serves a fixed size only when it matches exactly', () => {
    const fixed = m.makeFilter([row(16), row(64)]);
    expect(tryIt(fixed, k.FLT_STREAM_CONTEXT, 16)).toBe(0);
    expect(tryIt(fixed, k.FLT_STREAM_CONTEXT, 15)).toBe(st.STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND);
    expect(tryIt(fixed, k.FLT_FILE_CONTEXT, 16)).toBe(st.STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND);
  });

  test('CTX-3: takes the first that is large enough where the flag says so', () => {
    const loose = m.makeFilter([row(16, { Flags: 1 }), row(64, { Flags: 1 })]);
    expect(tryIt(loose, k.FLT_STREAM_CONTEXT, 1)).toBe(0);
    expect(tryIt(loose, k.FLT_STREAM_CONTEXT, 40)).toBe(0);
    expect(tryIt(loose, k.FLT_STREAM_CONTEXT, 65)).toBe(st.STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND);
  });

  test('CTX-4, CTX-6: refuses sizes, types and pools that are none', () => {
    expect(tryIt(filter, k.FLT_STREAM_CONTEXT, 0)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(tryIt(filter, k.FLT_STREAM_CONTEXT, 65535)).toBe(0);
    expect(tryIt(filter, k.FLT_STREAM_CONTEXT, 65536)).toBe(st.STATUS_INVALID_BUFFER_SIZE);
    expect(tryIt(filter, 0x80, 8)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(tryIt(filter, 0, 8)).toBe(st.STATUS_INVALID_PARAMETER);
    expect(tryIt(filter, k.FLT_VOLUME_CONTEXT, 8, 1)).toBe(st.STATUS_FLT_MUST_BE_NONPAGED_POOL);
  });

  test('CTX-2: fixed sizes come from lookaside lists of their pool, variable ones from the ' +
    'pool', () => {
    const some = m.makeFilter([row(24), row(48), row(VARIABLE)]);
    const asked: number[] = [];
    const allocate = (bytes: number, pool: number): number => {
      setAllocationGate((kind) => (asked.push(kind), true));
      const context = m.allocate(some, k.FLT_STREAM_CONTEXT, bytes, pool);
      setAllocationGate(null);
      expect(context >= PAGED.start && context < PAGED.end).toBe(pool === 1);
      return context;
    };
    for (const [bytes, pool] of [[24, 0], [24, 1], [48, 0], [48, 1]] as const) {
      const first = allocate(bytes, pool);
      FltReleaseContext(first);
      asked.length = 0;
      // The list has it still: the pool is asked for nothing but the node of a paged context.
      expect(allocate(bytes, pool)).toBe(first);
      expect(asked).toEqual(pool === 1 ? [0] : []);
      FltReleaseContext(first);
    }
    for (const pool of [0, 1]) {
      FltReleaseContext(allocate(100, pool));
      asked.length = 0;
      FltReleaseContext(allocate(100, pool));
      expect(asked).toContain(pool);
    }
  });

  test('8.2: is refused once the filter unloads', () => {
    const other = m.makeFilter();
    m.unload(other);
    expect(tryIt(other, k.FLT_STREAM_CONTEXT, 8)).toBe(st.STATUS_FLT_DELETING_OBJECT);
  });

  test('CTX-6: zeroes variable sizes, puts paged contexts into paged pool, and counts', () => {
    const context = m.allocate(filter, k.FLT_STREAM_CONTEXT, 100, 1);
    expect(context >= PAGED.start && context < PAGED.end).toBe(true);
    expect(u8.subarray(context, context + 100).every((byte) => byte === 0)).toBe(true);
    expect(m.contextsOf(filter)).toBe(1);
    FltReleaseContext(context);
    expect(m.contextsOf(filter)).toBe(0);
  });

  test('gives transaction contexts, which cannot be set, and section contexts', () => {
    const transaction = m.allocate(filter, k.FLT_TRANSACTION_CONTEXT);
    const section = m.allocate(filter, k.FLT_SECTION_CONTEXT);
    expect(objects.FltSetTransactionContext(instance, 4, KEEP, transaction, 0))
      .toBe(st.STATUS_NOT_SUPPORTED);
    FltReleaseContext(transaction);
    FltReleaseContext(section);
    expect(m.cleaned).toEqual([[transaction, 0x20], [section, 0x40]]);
  });

  test('CTX-5: calls the filter for memory, cleans up, and gives it back to the filter', () => {
    const memory = m.make(256);
    const calls: number[][] = [];
    const own = m.makeFilter([row(0, {
      ContextAllocateCallback: imageRoutine('test!Take', (...args) => {
        calls.push([1, ...args]);
        return memory;
      }),
      ContextFreeCallback: imageRoutine('test!Give', (...args) => calls.push([0, ...args])),
      ContextCleanupCallback: m.cleanup,
    })]);
    const context = m.allocate(own, k.FLT_STREAM_CONTEXT, 40, 1);
    expect(context).toBe(memory + 8);
    FltReleaseContext(context);
    expect(calls).toEqual([[1, 1, 48, 8], [0, memory, 8]]);
    expect(m.cleaned).toEqual([[context, 8]]);
  });

  test('8.2: answers STATUS_INSUFFICIENT_RESOURCES when the filter has no memory', () => {
    const own = m.makeFilter([row(0, {
      ContextAllocateCallback: allocateCallback, ContextFreeCallback: freeCallback,
    })]);
    expect(tryIt(own, k.FLT_STREAM_CONTEXT, 40)).toBe(st.STATUS_INSUFFICIENT_RESOURCES);
    m.unload(own);
  });
});
