// Lookaside lists keep entries between uses, lose none, and are watched for misuse (KRN-49).
import { beforeEach, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { isPaged } from '#src/mem/memory-map.ts';
import { ExAllocatePoolWithTag, ExFreePool, initializePool, poolTag, poolUsage }
  from '#src/ntos/ex/pool/pool.ts';
import { ExAllocateFromLookasideListEx, ExAllocateFromNPagedLookasideList,
  ExAllocateFromPagedLookasideList, ExDeleteLookasideListEx, ExDeleteNPagedLookasideList,
  ExDeletePagedLookasideList, ExFlushLookasideListEx, ExFreeToLookasideListEx,
  ExFreeToNPagedLookasideList, ExFreeToPagedLookasideList, ExInitializeLookasideListEx,
  ExInitializeNPagedLookasideList, ExInitializePagedLookasideList, LOOKASIDE_LIST_EX }
  from '#src/ntos/ex/lookaside.ts';
import { CACHE_DEPTH, activeLookasideIn, initializeLookasideLists, lookasideCounts }
  from '#src/ntos/ex/lookaside-list.ts';
import { NPAGED_LOOKASIDE_LIST, NonPagedPool, PAGED_LOOKASIDE_LIST } from '#src/ntos/ex/types.ts';
import { bugCheckOf } from './support.ts';

const TAG = poolTag('Entr');
const top = pushFrame();
let list: number;

beforeEach(() => {
  initializePool();
  initializeLookasideLists();
  popFrame(top);
  list = stackAlloc(NPAGED_LOOKASIDE_LIST.size);
});

function held(): string[] {
  return poolUsage().map((use) => use.tag);
}

test('KRN-49: an entry that was given back is given out again with its old contents', () => {
  ExInitializeNPagedLookasideList(list, 0, 0, 0, 100, TAG);
  const entry = ExAllocateFromNPagedLookasideList(list);
  i32[(entry + 40) >> 2] = 4711;
  ExFreeToNPagedLookasideList(list, entry);
  expect(ExAllocateFromNPagedLookasideList(list)).toBe(entry);
  expect(i32[(entry + 40) >> 2]).toBe(4711);
});

test('deleting a list frees every entry it keeps, and only those', () => {
  ExInitializeNPagedLookasideList(list, 0, 0, 0, 100, TAG);
  const entries = Array.from({ length: 100 }, () => ExAllocateFromNPagedLookasideList(list));
  const kept = entries.pop()!;
  for (const entry of entries) ExFreeToNPagedLookasideList(list, entry);
  expect(poolUsage().find((use) => use.tag === 'Entr')?.blocks).toBe(CACHE_DEPTH + 1);
  expect(lookasideCounts(list)).toEqual(
    { allocates: 100, allocateMisses: 100, frees: 99, freeMisses: 99 - CACHE_DEPTH });
  ExDeleteNPagedLookasideList(list);
  expect(poolUsage().map((use) => [use.tag, use.blocks])).toEqual([['Entr', 1]]);
  ExFreePool(kept);
  expect(held()).toEqual([]);
});

test('KRN-49: a paged list gives out paged pool, a nonpaged one nonpaged pool', () => {
  const paged = stackAlloc(PAGED_LOOKASIDE_LIST.size);
  ExInitializePagedLookasideList(paged, 0, 0, 0, 30, TAG);
  ExInitializeNPagedLookasideList(list, 0, 0, 0, 30, TAG);
  const one = ExAllocateFromPagedLookasideList(paged);
  const other = ExAllocateFromNPagedLookasideList(list);
  expect([isPaged(one), isPaged(other)]).toEqual([true, false]);
  ExFreeToPagedLookasideList(paged, one);
  ExFreeToNPagedLookasideList(list, other);
  ExDeletePagedLookasideList(paged);
  ExDeleteNPagedLookasideList(list);
  expect(held()).toEqual([]);
});

test('a driver\'s own routines are called when no entry is kept, and when too many are', () => {
  const asked: number[][] = [];
  const allocate = imageRoutine('MyAllocate', (type, bytes, tag, lookaside) => {
    asked.push([type!, bytes!, tag!, lookaside!]);
    return ExAllocatePoolWithTag(NonPagedPool, bytes!, TAG);
  });
  let freed = 0;
  const free = imageRoutine('MyFree', (entry, lookaside) => {
    expect(lookaside).toBe(list);
    freed++;
    ExFreePool(entry!);
    return 0;
  });
  expect(ExInitializeLookasideListEx(list, allocate, free, NonPagedPool, 0, 64, TAG, 0)).toBe(0);
  const entry = ExAllocateFromLookasideListEx(list);
  ExFreeToLookasideListEx(list, entry);
  expect(ExAllocateFromLookasideListEx(list)).toBe(entry);
  expect(asked).toEqual([[NonPagedPool, 64, TAG, list]]);
  ExFreeToLookasideListEx(list, entry);
  ExFlushLookasideListEx(list);
  expect(freed).toBe(1);
  ExDeleteLookasideListEx(list);
  expect(held()).toEqual([]);
});

test('a LOOKASIDE_LIST_EX has its 72 bytes and nothing behind them is touched', () => {
  expect(LOOKASIDE_LIST_EX.size).toBe(72);
  i32[(list + 72) >> 2] = 99;
  expect(ExInitializeLookasideListEx(list, 0, 0, NonPagedPool, 3, 64, TAG, 0)).toBeLessThan(0);
  expect(ExInitializeLookasideListEx(list, 0, 0, NonPagedPool, 1, 64, TAG, 0)).toBe(0);
  expect(i32[(list + 72) >> 2]).toBe(99);
  ExDeleteLookasideListEx(list);
});

test('KRN-49: initialising an active list is 0xC4/0xCA, deleting an unknown one 0xC4/0xCB', () => {
  expect(bugCheckOf(() => ExDeleteNPagedLookasideList(list))).toEqual([0xc4, 0xcb]);
  ExInitializeNPagedLookasideList(list, 0, 0, 0, 100, TAG);
  expect(bugCheckOf(() => ExInitializeNPagedLookasideList(list, 0, 0, 0, 100, TAG)))
    .toEqual([0xc4, 0xca]);
  expect(activeLookasideIn(list - 64, list + 64)).toBe(list);
  ExDeleteNPagedLookasideList(list);
  expect(activeLookasideIn(list - 64, list + 64)).toBe(0);
  expect(bugCheckOf(() => ExDeleteNPagedLookasideList(list))).toEqual([0xc4, 0xcb]);
});
