// Where members lie: the rules of the 32-bit Windows compiler, one rule a test.
import { describe, expect, test } from 'vitest';
import { BOOLEAN, LARGE_INTEGER, LONG, UCHAR, ULONG, USHORT, array, atomic, pointer }
  from '#src/mem/field.ts';
import { declaredStructs, group, struct, union } from '#src/mem/struct.ts';
import type { Scalar } from '#src/mem/field.ts';

const DOUBLE: Scalar = { tag: 'scalar', kind: 'f64', size: 8, align: 8, c: 'double' };

describe('a structure', () => {
  test('aligns each member to its own size and pads its end', () => {
    const s = group({ A: UCHAR, B: USHORT, C: UCHAR, D: ULONG, E: UCHAR, F: LARGE_INTEGER });
    expect(s.offsets).toEqual({ A: 0, B: 2, C: 4, D: 8, E: 12, F: 16 });
    expect([s.size, s.align]).toEqual([24, 8]);
    expect(group({ A: ULONG, B: UCHAR }).size).toBe(8);
  });

  test('is as large as one element after the other for an array, without padding', () => {
    const s = group({ A: array(USHORT, 3), B: UCHAR, C: array(group({ X: ULONG, Y: UCHAR }), 2) });
    expect(s.offsets).toEqual({ A: 0, B: 6, C: 8 });
    expect(s.size).toBe(24);
  });

  test('packed to four bytes puts a 64-bit member on a four-byte boundary', () => {
    const s = group({ A: ULONG, B: LARGE_INTEGER }, { pack: 4 });
    expect([s.offsets['B'], s.size, s.align]).toEqual([4, 12, 4]);
  });

  test('aligned as a whole has a size that is a multiple of it', () => {
    const s = group({ A: ULONG }, { align: 64 });
    expect([s.size, s.align]).toEqual([64, 64]);
  });

  test('without members has no size', () => {
    expect(group({}).size).toBe(0);
  });
});

describe('a union', () => {
  test('puts all members at its start and is as large as the largest', () => {
    const u = union({ A: UCHAR, B: array(UCHAR, 5), C: USHORT });
    expect(u.offsets).toEqual({ A: 0, B: 0, C: 0 });
    expect([u.size, u.align]).toEqual([6, 2]);
  });
});

describe('an anonymous member', () => {
  test('lends its members to the structure around it, however deep', () => {
    const s = group({
      Head: ULONG,
      $either: union({
        Word: atomic(),
        $parts: group({ Low: USHORT, $rest: group({ Middle: UCHAR, High: UCHAR }) }),
      }),
      Tail: UCHAR,
    });
    expect(s.offsets).toMatchObject({ Head: 0, Word: 4, Low: 4, Middle: 6, High: 7, Tail: 8 });
  });

  test('must be a structure or a union', () => {
    expect(() => group({ $n: ULONG })).toThrow(/only a struct or union can be anonymous/);
  });

  test('may not bring a name that is there already', () => {
    expect(() => group({ A: ULONG, $x: union({ A: ULONG }) })).toThrow(/A is declared twice/);
    expect(() => group({ $x: group({ B: ULONG }), $y: group({ B: ULONG }) })).toThrow(/B/);
  });
});

describe('a declaration', () => {
  test('that puts a member where no typed array reaches it is refused by name', () => {
    const packed = { pack: 1 };
    expect(() => group({ A: UCHAR, B: ULONG }, packed)).toThrow(/member B lies at 1/);
    expect(() => group({ A: UCHAR, B: atomic() }, packed)).toThrow(/member B/);
    expect(() => group({ A: UCHAR, B: array(USHORT, 2) }, packed)).toThrow(/member B/);
    expect(() => group({ A: ULONG, B: DOUBLE }, { pack: 4 })).toThrow(/member B lies at 4/);
    expect(() => group({ A: UCHAR, B: group({ C: LONG }) }, { pack: 2 })).toThrow(/member B/);
    expect(group({ A: UCHAR, B: BOOLEAN }, packed).size).toBe(2);
  });

  test('is known by its name once, and a second one of that name is refused', () => {
    const s = struct('TEST_DECLARED_ONCE', { A: ULONG, B: pointer('TEST_DECLARED_ONCE') });
    expect(declaredStructs().map((d) => d.name)).toContain('TEST_DECLARED_ONCE');
    expect(s.size).toBe(8);
    expect(() => struct('TEST_DECLARED_ONCE', { A: ULONG })).toThrow(/declared twice/);
  });

  test('without a name is not listed', () => {
    const before = declaredStructs().length;
    group({ A: ULONG });
    union({ A: ULONG });
    expect(declaredStructs()).toHaveLength(before);
  });
});
