// Interlocked routines return what the WDK says, and the interlocked lists lose no entry (KRN-50).
import { beforeEach, describe, expect, test } from 'vitest';
import { i32, u32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ExInterlockedAddLargeInteger, ExInterlockedFlushSList, ExInterlockedInsertHeadList,
  ExInterlockedInsertTailList, ExInterlockedPopEntryList, ExInterlockedPopEntrySList,
  ExInterlockedPushEntryList, ExInterlockedPushEntrySList, ExInterlockedRemoveHeadList,
  ExQueryDepthSList, InitializeSListHead, InterlockedAdd, InterlockedAnd,
  InterlockedBitTestAndReset, InterlockedBitTestAndSet, InterlockedCompareExchange,
  InterlockedDecrement, InterlockedExchange, InterlockedExchangeAdd, InterlockedIncrement,
  InterlockedOr, InterlockedXor, KeMemoryBarrier } from '#src/ntos/ex/interlocked.ts';
import { InitializeListHead } from '#src/ntos/rtl/list-entry.ts';
import { spawnThreads } from '#test/support/spawn-threads.ts';
import { bugCheckOf } from './support.ts';

const top = pushFrame();
const MODULE = '#test/ntos/ex/lock-threads.ts';
let word: number;
let lock: number;

beforeEach(() => {
  popFrame(top);
  word = stackAlloc(8);
  lock = stackAlloc(8);
});

/** Entries of 16 bytes on the stack. */
function entries(count: number): number[] {
  return Array.from({ length: count }, () => stackAlloc(16));
}

describe('a word', () => {
  test('increment and decrement return the new value, the others the one before', () => {
    i32[word >> 2] = 0x7fffffff;
    expect(InterlockedIncrement(word)).toBe(-0x80000000);
    expect(InterlockedDecrement(word)).toBe(0x7fffffff);
    expect(InterlockedExchange(word, 5)).toBe(0x7fffffff);
    expect(InterlockedCompareExchange(word, 9, 4)).toBe(5);
    expect(InterlockedCompareExchange(word, 9, 5)).toBe(5);
    expect(InterlockedExchangeAdd(word, -3)).toBe(9);
    expect(InterlockedAdd(word, 4)).toBe(10);
    expect(InterlockedOr(word, 1)).toBe(10);
    expect(InterlockedAnd(word, 3)).toBe(11);
    expect(InterlockedXor(word, 6)).toBe(3);
    expect(InterlockedBitTestAndSet(word, 33)).toBe(0);
    expect(InterlockedBitTestAndReset(word, 33)).toBe(1);
    KeMemoryBarrier();
    expect([i32[word >> 2], i32[(word + 4) >> 2]]).toEqual([5, 0]);
  });

  test('a large integer carries into its high half, and borrows', () => {
    u32[word >> 2] = 0xffffffff;
    expect(ExInterlockedAddLargeInteger(word, 1, lock)).toBe(0xffffffff);
    expect([u32[word >> 2], i32[(word + 4) >> 2]]).toEqual([0, 1]);
    expect(ExInterlockedAddLargeInteger(word, -0x100000001, lock)).toBe(0x100000000);
    expect([i32[word >> 2], i32[(word + 4) >> 2]]).toEqual([-1, -1]);
    expect(ExInterlockedAddLargeInteger(word, 0, lock)).toBe(-1);
  });
});

describe('a list', () => {
  test('KRN-50: with a lock of its own returns the neighbour before, NULL when it was ' +
    'empty', () => {
    const [a, b, c] = entries(3) as [number, number, number];
    InitializeListHead(word);
    expect(ExInterlockedRemoveHeadList(word, lock)).toBe(0);
    expect(ExInterlockedInsertTailList(word, a, lock)).toBe(0);
    expect(ExInterlockedInsertTailList(word, b, lock)).toBe(a);
    expect(ExInterlockedInsertHeadList(word, c, lock)).toBe(a);
    const order = [1, 2, 3, 4].map(() => ExInterlockedRemoveHeadList(word, lock));
    expect(order).toEqual([c, a, b, 0]);
    expect(i32[lock >> 2]).toBe(0);
  });

  test('whose lock this processor holds is 0x0F instead of a hang', () => {
    InitializeListHead(word);
    i32[lock >> 2] = 1;
    expect(bugCheckOf(() => ExInterlockedRemoveHeadList(word, lock))[0]).toBe(0x0f);
  });

  test('KRN-50: single-linked or sequenced is last in, first out, and counts its depth', () => {
    const all = entries(3);
    for (const entry of all) ExInterlockedPushEntryList(word, entry, lock);
    expect(all.map(() => ExInterlockedPopEntryList(word, lock))).toEqual(all.toReversed());
    expect(ExInterlockedPopEntryList(word, lock)).toBe(0);
    InitializeSListHead(word);
    expect(all.map((entry) => ExInterlockedPushEntrySList(word, entry)))
      .toEqual([0, all[0], all[1]]);
    expect(ExQueryDepthSList(word)).toBe(3);
    expect(ExInterlockedPopEntrySList(word)).toBe(all[2]);
    expect(ExInterlockedFlushSList(word)).toBe(all[1]);
    expect(i32[all[1]! >> 2]).toBe(all[0]);
    expect([ExQueryDepthSList(word), ExInterlockedPopEntrySList(word)]).toEqual([0, 0]);
  });
});

describe('on three threads', () => {
  test('KRN-50: a sequenced list gives no entry out twice and loses none', async () => {
    InitializeSListHead(word);
    const all = entries(8);
    for (const entry of all) ExInterlockedPushEntrySList(word, entry);
    const args = { lock: word, counter: 0, rounds: 30000 };
    await spawnThreads({ module: MODULE, routine: 'sequencedList', threads: 3, args });
    expect(ExQueryDepthSList(word)).toBe(8);
    const left = all.map(() => ExInterlockedPopEntrySList(word));
    expect(left.toSorted()).toEqual(all.toSorted());
  });

  test('a locked list loses none', async () => {
    InitializeListHead(word);
    const all = entries(8);
    for (const entry of all) ExInterlockedInsertTailList(word, entry, lock);
    const args = { lock, counter: word, rounds: 20000 };
    await spawnThreads({ module: MODULE, routine: 'lockedList', threads: 3, args });
    const left = all.map(() => ExInterlockedRemoveHeadList(word, lock));
    expect(left.toSorted()).toEqual(all.toSorted());
  });
});
