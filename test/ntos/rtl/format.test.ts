// printf as the kernel has it, and the bounded string routines of ntstrsafe over it.
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { i32, u16, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { argumentsOf, formatText } from '#src/ntos/rtl/format.ts';
import { RtlStringCbCatW, RtlStringCbCopyNW, RtlStringCbCopyW, RtlStringCbLengthW,
  RtlStringCbPrintfW, RtlStringCchCatA, RtlStringCchCopyA, RtlStringCchCopyW, RtlStringCchLengthA,
  RtlStringCchPrintfA } from '#src/ntos/rtl/safe-string.ts';
import { RtlUnicodeStringPrintf, snprintf, snwprintf } from '#src/ntos/rtl/print.ts';
import { readNarrow, readWide, writeBytes } from '#src/ntos/rtl/c-string.ts';
import { readUnicode, setUnicode, writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';

const to = USER.start;
const from = USER.start + 4096;
const string = USER.start + 8192;
const out = USER.start + 8300;

beforeEach(() => u8.fill(0x55, to, to + 4096));

function narrow(format: string, ...args: (number | string)[]): string {
  return formatText(format, argumentsOf(args), false).text;
}

test('integers: sign, base, width, precision and flags are those of C', () => {
  expect(narrow('%d|%5d|%-5d|%05d|%+d', -7, 42, 42, -42, 3)).toBe('-7|   42|42   |-0042|+3');
  expect(narrow('%u %x %X %#x %o %.4x', -1, 0xbeef, 0xbeef, 255, 8, 5))
    .toBe('4294967295 beef BEEF 0xff 10 0005');
  expect(narrow('%hd %hu %p', 0x1ffff, -1, 0xabc)).toBe('-1 65535 00000ABC');
  expect(narrow('%I64d %I64x %llu', -5, 2 ** 40, 2 ** 50))
    .toBe('-5 10000000000 1125899906842624');
  expect(narrow('%*d|%-*d|%.*d', 4, 1, 4, 2, 3, 7)).toBe('   1|2   |007');
});

test('strings: bytes, UTF-16, counted strings of both kinds, NULL', () => {
  writeBytes(from, 'bytes\0');
  writeUtf16(from + 32, 'wide\0');
  writeUtf16(from + 64, 'counted and more');
  setUnicode(string, from + 64, 14, 14);
  writeBytes(from + 128, 'ansi string');
  setUnicode(string + 8, from + 128, 4, 11);
  expect(narrow('%s|%hs|%S|%ws|%ls', from, from, from + 32, from + 32, from + 32))
    .toBe('bytes|bytes|wide|wide|wide');
  expect(narrow('%wZ|%Z|%.3s|%8.2s|%-4c|', string, string + 8, from, from, 0x41))
    .toBe('counted|ansi|byt|      by|A   |');
  expect(narrow('%s %wZ', 0, 0)).toBe('(null) (null)');
  expect(narrow('%s is %s', 'a', 'JavaScript string')).toBe('a is JavaScript string');
  expect(formatText('%s|%S', argumentsOf([from + 32, from]), true).text).toBe('wide|bytes');
});

test('a format tells whether it takes UTF-16 text: legal at PASSIVE_LEVEL only', () => {
  expect(formatText('%s %d', argumentsOf(['a', 1]), false).usesUnicode).toBe(false);
  expect(formatText('%wZ', argumentsOf([0]), false).usesUnicode).toBe(true);
  expect(formatText('%S', argumentsOf([0]), false).usesUnicode).toBe(true);
});

test('what is no directive is copied; %% is one percent; floating point is not there', () => {
  expect(narrow('100%% of %y and 50%')).toBe('100% of %y and 50%');
  expect(narrow('%f')).toBe('%f');
});

test('an argument that is missing is an error, not garbage', () => {
  expect(() => narrow('%d %d', 1)).toThrow(/asks for 2 arguments, 1 were given/);
});

test('every 32-bit integer is printed as C prints it', () => {
  fc.assert(fc.property(fc.integer(), (n) => {
    expect(narrow('%d', n)).toBe(String(n));
    expect(narrow('%u', n)).toBe(String(n >>> 0));
    expect(narrow('%08x', n)).toBe((n >>> 0).toString(16).padStart(8, '0'));
  }), { numRuns: 50 });
});

test('RtlStringCbCopyW cuts what does not fit, always terminates, and says so', () => {
  writeUtf16(from, 'abcdef\0');
  expect(RtlStringCbCopyW(to, 14, from)).toBe(STATUS_SUCCESS);
  expect(readWide(to)).toBe('abcdef');
  expect(RtlStringCbCopyW(to, 13, from)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(readWide(to)).toBe('abcde');
  expect(RtlStringCchCopyW(to, 1, from)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(readWide(to)).toBe('');
  expect(RtlStringCbCopyW(to, 0, from)).toBe(STATUS_INVALID_PARAMETER);
  expect(RtlStringCbCopyNW(to, 14, from, 4)).toBe(STATUS_SUCCESS);
  expect(readWide(to)).toBe('ab');
});

test('RtlStringCbCatW appends; a destination without a terminator is refused', () => {
  writeUtf16(to, 'ab\0');
  writeUtf16(from, 'cd\0');
  expect(RtlStringCbCatW(to, 10, from)).toBe(STATUS_SUCCESS);
  expect(readWide(to)).toBe('abcd');
  expect(RtlStringCbCatW(to, 10, from)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(readWide(to)).toBe('abcd');
  u16.fill(0x61, to >> 1, (to >> 1) + 5);
  expect(RtlStringCbCatW(to, 10, from)).toBe(STATUS_INVALID_PARAMETER);
});

test('the byte forms and the lengths', () => {
  writeBytes(from, 'xyz\0');
  expect(RtlStringCchCopyA(to, 4, from)).toBe(STATUS_SUCCESS);
  expect(RtlStringCchCatA(to, 6, from)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(readNarrow(to)).toBe('xyzxy');
  expect(RtlStringCchLengthA(to, 10, out)).toBe(STATUS_SUCCESS);
  expect(i32[out >> 2]).toBe(5);
  expect(RtlStringCchLengthA(to, 5, out)).toBe(STATUS_INVALID_PARAMETER);
  expect(i32[out >> 2]).toBe(0);
  writeUtf16(from, 'wide\0');
  expect(RtlStringCbLengthW(from, 100, out)).toBe(STATUS_SUCCESS);
  expect(i32[out >> 2]).toBe(8);
});

test('the printing forms: cut and terminated, or -1 without a terminator (_snwprintf)', () => {
  expect(RtlStringCbPrintfW(to, 64, '%s-%d', 'n', 5)).toBe(STATUS_SUCCESS);
  expect(readWide(to)).toBe('n-5');
  expect(RtlStringCchPrintfA(to, 4, 'abc%d', 5)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(readNarrow(to)).toBe('abc');
  expect(snwprintf(to, 10, '%ws', 'four')).toBe(4);
  expect(readWide(to)).toBe('four');
  u16[(to >> 1) + 4] = 0x7a;
  expect(snwprintf(to, 4, 'four')).toBe(4);
  expect(u16[(to >> 1) + 4]).toBe(0x7a);
  expect(snprintf(to, 3, 'four')).toBe(-1);
  setUnicode(string, to, 0, 8);
  expect(RtlUnicodeStringPrintf(string, 'id %d', 1234)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(readUnicode(string)).toBe('id 1');
});
