// The ordered table: what it holds, in which order, and that it stays balanced.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { i32, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { GenericEqual, GenericGreaterThan, GenericLessThan, RtlDeleteElementGenericTableAvl,
  RtlEnumerateGenericTableAvl, RtlEnumerateGenericTableWithoutSplayingAvl,
  RtlGetElementGenericTableAvl, RtlInitializeGenericTableAvl, RtlInsertElementGenericTableAvl,
  RtlIsGenericTableEmptyAvl, RtlLookupElementGenericTableAvl, RtlNumberGenericTableElementsAvl }
  from '#src/ntos/rtl/avl-table.ts';
import { RTL_AVL_TABLE, RTL_BALANCED_LINKS } from '#src/ntos/rtl/types.ts';
import type { PRTL_AVL_TABLE, PRTL_BALANCED_LINKS } from '#src/ntos/rtl/types.ts';

const table = USER.start as PRTL_AVL_TABLE;
const scratch = USER.start + 128;
const nodes = USER.start + 1024;
const NODE = 32;
let free: number[] = [];
let memoryLeft = true;

const compare = kernelRoutine('TestAvlCompare', (_, a, b) => {
  const x = i32[a! >> 2]!;
  const y = i32[b! >> 2]!;
  return x < y ? GenericLessThan : x > y ? GenericGreaterThan : GenericEqual;
});
const allocate = kernelRoutine('TestAvlAllocate', (_, bytes) => {
  expect(bytes).toBe(16 + 4);
  return memoryLeft ? free.pop()! : 0;
});
const release = kernelRoutine('TestAvlFree', (_, node) => free.push(node!));

function fresh(): void {
  free = Array.from({ length: 512 }, (_, i) => nodes + i * NODE);
  memoryLeft = true;
  RtlInitializeGenericTableAvl(table, compare, allocate, release, 77);
}

function key(value: number): number {
  i32[scratch >> 2] = value;
  return scratch;
}

function insert(value: number): boolean {
  const element = RtlInsertElementGenericTableAvl(table, key(value), 4, scratch + 8);
  expect(i32[element >> 2]).toBe(value);
  return u8[scratch + 8] === 1;
}

function contents(): number[] {
  const found: number[] = [];
  i32[(scratch + 16) >> 2] = 0;
  for (;;) {
    const at = RtlEnumerateGenericTableWithoutSplayingAvl(table, scratch + 16);
    if (at === 0) return found;
    found.push(i32[at >> 2]!);
  }
}

/** The height of a subtree; fails when a Balance is wrong or a parent link is. */
function height(node: PRTL_BALANCED_LINKS): number {
  if (node === 0) return 0;
  const links = RTL_BALANCED_LINKS.at(node);
  const [left, right] = [links.LeftChild, links.RightChild];
  const l = height(left);
  const r = height(right);
  expect(RTL_BALANCED_LINKS.at(node).Balance).toBe(r - l);
  for (const below of [left, right]) {
    if (below !== 0) expect(RTL_BALANCED_LINKS.at(below).Parent).toBe(node);
  }
  return Math.max(l, r) + 1;
}

function checkBalance(): void {
  height(RTL_AVL_TABLE.bound.BalancedRoot_RightChild(table));
}

test('a table stays ordered, balanced and free of duplicates under any inserts and deletes', () => {
  const step = fc.record({ add: fc.boolean(), value: fc.integer({ min: 0, max: 60 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      fresh();
      const model = new Set<number>();
      for (const { add, value } of steps) {
        if (add) {
          expect(insert(value)).toBe(!model.has(value));
          model.add(value);
        } else {
          expect(RtlDeleteElementGenericTableAvl(table, key(value))).toBe(model.delete(value));
        }
        checkBalance();
      }
      const expected = [...model].toSorted((a, b) => a - b);
      expect(contents()).toEqual(expected);
      expect(RtlNumberGenericTableElementsAvl(table)).toBe(expected.length);
      expect(RtlIsGenericTableEmptyAvl(table)).toBe(expected.length === 0);
      expect(free.length).toBe(512 - expected.length);
      for (const [i, value] of expected.entries()) {
        expect(i32[RtlGetElementGenericTableAvl(table, i) >> 2]).toBe(value);
      }
      expect(RtlGetElementGenericTableAvl(table, expected.length)).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('an element is found at the address that its insertion returned', () => {
  fresh();
  for (let i = 0; i < 100; i++) insert((i * 37) % 101);
  const at = RtlLookupElementGenericTableAvl(table, key(37));
  expect(i32[at >> 2]).toBe(37);
  expect(RtlInsertElementGenericTableAvl(table, key(37), 4, 0)).toBe(at);
  expect(RtlLookupElementGenericTableAvl(table, key(500))).toBe(0);
});

test('an insertion without memory leaves the table as it was', () => {
  fresh();
  insert(1);
  memoryLeft = false;
  expect(RtlInsertElementGenericTableAvl(table, key(2), 4, 0)).toBe(0);
  expect(contents()).toEqual([1]);
});

test('an enumeration goes on when the element it stands on is deleted', () => {
  fresh();
  for (const value of [1, 2, 3, 4, 5]) insert(value);
  expect(i32[RtlEnumerateGenericTableAvl(table, true) >> 2]).toBe(1);
  expect(i32[RtlEnumerateGenericTableAvl(table, false) >> 2]).toBe(2);
  RtlDeleteElementGenericTableAvl(table, key(2));
  expect(i32[RtlEnumerateGenericTableAvl(table, false) >> 2]).toBe(3);
});
