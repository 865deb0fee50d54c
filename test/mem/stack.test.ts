// The shadow stack gives zeroed, aligned room that goes back when the routine returns, and running
// out of it is an error that says what a real kernel stack would have said by a double fault.
import { expect, test } from 'vitest';
import { u8 } from '#src/mem/memory.ts';
import { stackOf } from '#src/mem/memory-map.ts';
import { MAX_PROCESSORS, STACK_SIZE } from '#src/mem/param.ts';
import { isOnStack, popFrame, pushFrame, stackAlloc, stackUsed } from '#src/mem/stack.ts';

test('locals are zeroed, eight-byte aligned and lie on the stack of this processor', () => {
  const frame = pushFrame();
  const first = stackAlloc(100);
  u8.fill(0xaa, first, first + 100);
  popFrame(frame);
  const again = stackAlloc(100);
  expect(again).toBe(first);
  expect(u8.subarray(again, again + 100).every((b) => b === 0)).toBe(true);
  expect(again % 8).toBe(0);
  expect(again).toBeGreaterThanOrEqual(stackOf(0));
  expect(isOnStack(again)).toBe(true);
  popFrame(frame);
});

test('frames nest: what a routine took is back when its caller goes on', () => {
  const outer = pushFrame();
  const mine = stackAlloc(16);
  const before = stackUsed();
  const inner = pushFrame();
  const theirs = stackAlloc(4096);
  expect(theirs + 4096).toBeLessThanOrEqual(mine);
  popFrame(inner);
  expect(stackUsed()).toBe(before);
  popFrame(outer);
});

test('an exhausted stack is an error with advice, and the stack is usable afterwards', () => {
  const frame = pushFrame();
  expect(() => {
    for (;;) stackAlloc(4096);
  }).toThrow(/kernel stack exhausted: 65536 bytes/);
  expect(stackUsed()).toBeLessThanOrEqual(STACK_SIZE);
  popFrame(frame);
  expect(stackAlloc(8)).toBeGreaterThan(0);
  popFrame(frame);
});

test('NULL and pool addresses are on nobody\'s stack', () => {
  expect(isOnStack(0)).toBe(false);
  expect(isOnStack(stackOf(MAX_PROCESSORS))).toBe(false);
  expect(isOnStack(stackOf(MAX_PROCESSORS - 1))).toBe(true);
});
