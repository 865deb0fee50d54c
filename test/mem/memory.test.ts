// Block moves inside the machine behave as RtlMoveMemory and RtlFillMemory: overlapping ranges are
// allowed, nothing outside the range changes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyBytes, fillBytes, memorySize, u8, views, viewsOf } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { boot } from '#src/mem/boot-options.ts';

const at = USER.start;
const SPAN = 256;
const offset = fc.nat({ max: SPAN / 2 });

test('a copy moves exactly its bytes, also onto itself', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: SPAN, maxLength: SPAN }), offset, offset, offset,
      (bytes, from, to, length) => {
        u8.set(bytes, at);
        const expected = Uint8Array.from(bytes);
        expected.copyWithin(to, from, from + length);
        copyBytes(at + to, at + from, length);
        expect(Uint8Array.from(u8.subarray(at, at + SPAN))).toEqual(expected);
      }),
  );
});

test('a fill sets exactly its bytes, and only the low byte of the value counts', () => {
  u8.fill(1, at, at + SPAN);
  fillBytes(at + 8, 0x1ff, 16);
  expect([...u8.subarray(at + 7, at + 25)]).toEqual([1, ...Array(16).fill(255), 1]);
});

test('a copy beyond the end of memory traps instead of wrapping round', () => {
  expect(() => copyBytes(memorySize - 4, at, 8)).toThrow(/out of bounds/);
});

test('all views of a machine show the same memory', () => {
  const others = viewsOf(boot.memory);
  others.i32[at >> 2] = -2;
  expect(views.u32[at >> 2]).toBe(0xffff_fffe);
  expect(views.i16[at >> 1]).toBe(-2);
  expect(views.u16[(at >> 1) + 1]).toBe(0xffff);
  expect(u8[at]).toBe(0xfe);
});
