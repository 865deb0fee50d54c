// Doubly linked lists: what insertion and removal do, and that a corrupt list stops the machine.
import { beforeEach, expect, test } from 'vitest';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { InitializeListHead, InsertHeadList, InsertTailList, IsListEmpty, RemoveEntryList,
  RemoveHeadList, flink } from '#src/ntos/rtl/list-entry.ts';
import { bugCheckOf } from '../ex/support.ts';

const top = pushFrame();
let head: number;
let entries: number[];

beforeEach(() => {
  popFrame(top);
  head = stackAlloc(8);
  InitializeListHead(head);
  entries = [1, 2, 3].map(() => stackAlloc(8));
});

test('entries are at the end or at the front, and leave from anywhere', () => {
  const [a, b, c] = entries as [number, number, number];
  InsertTailList(head, a);
  InsertTailList(head, b);
  InsertHeadList(head, c);
  expect([flink(head), flink(c), flink(a), flink(b)]).toEqual([c, a, b, head]);
  RemoveEntryList(a);
  expect([RemoveHeadList(head), RemoveHeadList(head), IsListEmpty(head)]).toEqual([c, b, true]);
});

test('KRN-52: an entry whose neighbours do not lead back to it is 0x139, fast fail 3', () => {
  const [a, b] = entries as [number, number];
  InsertTailList(head, a);
  InsertTailList(head, b);
  RemoveEntryList(a);
  expect(bugCheckOf(() => RemoveEntryList(a))).toEqual([0x139, 3]);
  i32[(head + 4) >> 2] = a;
  expect(bugCheckOf(() => RemoveEntryList(b))).toEqual([0x139, 3]);
  expect(bugCheckOf(() => InsertTailList(head, a))).toEqual([0x139, 3]);
});
