// Case folding of names.
import { expect, test } from 'vitest';
import { deriveUpper, downcaseTable, upcaseTable } from '#src/ntos/rtl/upcase.ts';

test('no letter with case lies outside the ranges that are looked at', () => {
  const everywhere = deriveUpper([[0, 0xd800], [0xe000, 0x10000]]);
  expect(upcaseTable.findIndex((upper, c) => upper !== everywhere[c])).toBe(-1);
});

test('lower case goes back to where upper case came from', () => {
  const astray: number[] = [];
  for (let c = 0; c < 0x10000; c++) {
    const upper = upcaseTable[c]!;
    if (upper !== c && c !== 0x3c2 && downcaseTable[upper] !== c) astray.push(c);
  }
  expect(astray).toEqual([]);
});
