// Cells notice what is wrong: another file's, another place's, an old or a torn cell.
import { describe, expect, test } from 'vitest';
import { u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { fillCells } from '#src/lab/workload/content/cells.ts';
import { verifyCells } from '#src/lab/workload/content/verify.ts';

const at = USER.start + 0x10000;
const BYTES = 256;

function filled(offset: number, shift = 0): number {
  fillCells(at + shift, BYTES, 7, offset, 3);
  return at + shift;
}

describe('cells', () => {
  test.each([[0, 0], [5, 0], [16, 3], [33, 2], [2 ** 32 + 16, 0]])(
    'are right where they were written: offset %i, buffer at %i', (offset, shift) => {
      const address = filled(offset, shift);
      expect(verifyCells(address, BYTES, 7, offset)).toBe(-1);
      expect(verifyCells(address + 1, 37, 7, offset + 1)).toBe(-1);
    });

  test('of another file or place are wrong', () => {
    filled(64);
    expect(verifyCells(at, BYTES, 8, 64)).toBe(4);
    expect(verifyCells(at, BYTES, 7, 80)).toBe(5);
  });

  test('that differ in one bit are wrong, each of them', () => {
    for (let i = 0; i < BYTES; i++) {
      filled(0);
      u8[at + i] = u8[at + i]! ^ 0x10;
      expect(verifyCells(at, BYTES, 7, 0)).toBe(i >> 4);
    }
  });

  test('are zero where nothing was written, and only there', () => {
    filled(0);
    u8.fill(0, at + 32, at + 48);
    expect(verifyCells(at, BYTES, 7, 0)).toBe(-1);
    const ids = new Uint32Array(16).fill(3);
    expect(verifyCells(at, BYTES, 7, 0, ids)).toBe(2);
    ids[2] = 0;
    expect(verifyCells(at, BYTES, 7, 0, ids)).toBe(-1);
    ids[5] = 0;
    expect(verifyCells(at, BYTES, 7, 0, ids)).toBe(5);
    ids[5] = 4;
    expect(verifyCells(at, BYTES, 7, 0, ids)).toBe(5);
  });
});
