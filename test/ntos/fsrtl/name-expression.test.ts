// Which names a directory query finds.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { USER } from '#src/mem/memory-map.ts';
import { bufferOf, lengthOf, readUnicode, setUnicode, writeUnicode }
  from '#src/ntos/rtl/unicode-string.ts';
import { FsRtlDissectName, FsRtlDoesNameContainWildCards, FsRtlIsNameInExpression }
  from '#src/ntos/fsrtl/name-expression.ts';

function text(slot: number, value: string): number {
  const at = USER.start + slot * 8192;
  setUnicode(at, at + 16, 0, 8000);
  writeUnicode(at, value);
  return at;
}

function matches(expression: string, name: string, ignoreCase = true): boolean {
  return FsRtlIsNameInExpression(text(0, expression), text(1, name), ignoreCase);
}

function units(alphabet: string, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...alphabet), maxLength });
}

/** The rules read literally, one unit after the other, with backtracking. */
function model(e: string, n: string): boolean {
  if (e === '' || n === '') return e === n;
  const dot = n.lastIndexOf('.');
  const from = (i: number, j: number): boolean => {
    if (i === e.length) return j === n.length;
    const [c, end] = [e.charAt(i), j === n.length];
    switch (c) {
      case '*':
        return from(i + 1, j) || (!end && from(i, j + 1));
      case '<':
        return from(i + 1, j) || (!end && j !== dot && from(i, j + 1));
      case '?':
        return !end && from(i + 1, j + 1);
      case '>':
        return end || n.charAt(j) === '.' ? from(i + 1, j) : from(i + 1, j + 1);
      case '"':
        return end ? from(i + 1, j) : n.charAt(j) === '.' && from(i + 1, j + 1);
      default:
        return !end && n.charAt(j) === c && from(i + 1, j + 1);
    }
  };
  return from(0, 0);
}

describe('a pattern', () => {
  test('without wild cards finds the one name, and case is ignored on request', () => {
    expect(matches('README.TXT', 'ReadMe.txt')).toBe(true);
    expect(matches('README.TXT', 'ReadMe.txt', false)).toBe(false);
    expect(matches('README', 'README.TXT')).toBe(false);
    expect(matches('readme', 'README')).toBe(false);
    expect(matches('ÄPFEL', 'äpfel')).toBe(true);
  });

  test('with * and ? finds names of any and of one unit there', () => {
    expect(matches('*', 'anything.at.all')).toBe(true);
    expect(matches('*.TXT', 'a.b.txt')).toBe(true);
    expect(matches('*.TXT', 'txt')).toBe(false);
    expect(matches('A?C', 'abc')).toBe(true);
    expect(matches('A?C', 'ac')).toBe(false);
    expect(matches('A?', 'a')).toBe(false);
  });

  test('with DOS_STAR finds names without a period: "dir *."', () => {
    expect(matches('<', 'makefile')).toBe(true);
    expect(matches('<', 'make.file')).toBe(false);
    expect(matches('<.TXT', 'a.b.txt')).toBe(true);
  });

  test('with DOS_QM finds shorter names: "dir ab?.txt" finds ab.txt', () => {
    expect(matches('AB>.TXT', 'ab.txt')).toBe(true);
    expect(matches('AB>>', 'ab')).toBe(true);
    expect(matches('AB>.TXT', 'abcd.txt')).toBe(false);
  });

  test('with DOS_DOT finds names without extension: "dir foo.*" finds foo', () => {
    expect(matches('FOO"*', 'foo')).toBe(true);
    expect(matches('FOO"*', 'foo.c')).toBe(true);
    expect(matches('FOO"*', 'foobar')).toBe(false);
  });

  test('that is empty finds only the empty name', () => {
    expect(matches('*', '')).toBe(false);
    expect(matches('', 'a')).toBe(false);
    expect(matches('', '')).toBe(true);
  });

  test('finds exactly what its rules say, for any pattern and name', () => {
    fc.assert(
      fc.property(units('AB.*?<>"', 9), units('AB.', 9), (e, n) => {
        expect(matches(e, n)).toBe(model(e, n));
      }),
      { numRuns: 5000 },
    );
  });

  test('of many stars and a long name takes no longer than both lengths together', () => {
    const pattern = '*A'.repeat(400);
    expect(matches(pattern, 'a'.repeat(800))).toBe(true);
    expect(matches(`${pattern}B`, 'a'.repeat(800))).toBe(false);
  });
});

test('wild cards are recognised anywhere in a name', () => {
  for (const wild of '*?<>"') {
    expect(FsRtlDoesNameContainWildCards(text(0, `a${wild}b`))).toBe(true);
  }
  expect(FsRtlDoesNameContainWildCards(text(0, '\\dir\\plain.name'))).toBe(false);
});

test('a path falls apart into its first component and the rest', () => {
  const [path, first, rest] = [0, USER.start + 4 * 8192, USER.start + 4 * 8192 + 16];
  const split = (value: string): string[] => {
    FsRtlDissectName(text(path, value), first, rest);
    return [readUnicode(first), readUnicode(rest)];
  };
  expect(split('\\A\\B\\C')).toEqual(['A', 'B\\C']);
  expect(split('A\\B')).toEqual(['A', 'B']);
  expect(split('A')).toEqual(['A', '']);
  expect(split('A\\')).toEqual(['A', '']);
  expect(split('\\')).toEqual(['', '']);
  expect(split('')).toEqual(['', '']);
  FsRtlDissectName(text(path, '\\long\\name'), first, rest);
  expect(bufferOf(first)).toBe(bufferOf(USER.start) + 2);
  expect(lengthOf(first)).toBe(8);
});
