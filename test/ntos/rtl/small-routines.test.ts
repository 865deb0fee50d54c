// Byte strings, safe integers, addresses as text, short names, lists: the small routines that the
// samples take from the run-time library and its headers.
// @alone: it gives the run-time routines a pool of its own.
import { beforeEach, expect, test } from 'vitest';
import { i32, u16, u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { RtlAnsiStringToUnicodeString, RtlCompareString, RtlCopyString, RtlEqualString,
  RtlFreeAnsiString, RtlInitAnsiString, RtlUnicodeStringToAnsiString }
  from '#src/ntos/rtl/ansi-string.ts';
import { readBytes, readNarrow, wcslen, writeBytes } from '#src/ntos/rtl/c-string.ts';
import { RtlIsNameLegalDOS8Dot3, isDos8Dot3 } from '#src/ntos/rtl/dos-name.ts';
import { RtlIpv4AddressToStringExA, RtlIpv6AddressToStringExA } from '#src/ntos/rtl/ip-address.ts';
import { InitializeListHead, InsertTailList, RemoveTailList } from '#src/ntos/rtl/list-entry.ts';
import { RtlULongAdd, RtlULongLongAdd, RtlULongMult, RtlULongSub, RtlULongToUShort }
  from '#src/ntos/rtl/safe-integer.ts';
import { onStringPool } from '#src/ntos/rtl/services.ts';
import { RtlDuplicateUnicodeString } from '#src/ntos/rtl/unicode-duplicate.ts';
import { RtlSuffixUnicodeString, bufferOf, readUnicode, setUnicode, writeUtf16 }
  from '#src/ntos/rtl/unicode-string.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INTEGER_OVERFLOW, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';

const a = USER.start;
const b = USER.start + 512;
const one = USER.start + 1024;
const two = USER.start + 1032;
const out = USER.start + 1040;

let freed: number[] = [];
beforeEach(() => {
  freed = [];
  onStringPool({ allocate: () => USER.start + 2048, free: (at) => void freed.push(at) });
});

function unicode(at: number, buffer: number, text: string): number {
  const bytes = writeUtf16(buffer, text);
  setUnicode(at, buffer, bytes, bytes);
  return at;
}

test('sums that leave 32 bits are STATUS_INTEGER_OVERFLOW with a result of all ones', () => {
  expect(RtlULongAdd(5, 6, out)).toBe(STATUS_SUCCESS);
  expect(i32[out >> 2]).toBe(11);
  expect(RtlULongAdd(0xffffffff, 1, out)).toBe(STATUS_INTEGER_OVERFLOW);
  expect(i32[out >> 2]).toBe(-1);
  expect(RtlULongSub(5, 6, out)).toBe(STATUS_INTEGER_OVERFLOW);
  expect(RtlULongSub(6, 5, out)).toBe(STATUS_SUCCESS);
  expect(RtlULongMult(0x10000, 0x10000, out)).toBe(STATUS_INTEGER_OVERFLOW);
  expect(RtlULongToUShort(0xffff, out)).toBe(STATUS_SUCCESS);
  expect(RtlULongToUShort(0x10000, out)).toBe(STATUS_INTEGER_OVERFLOW);
  expect(u16[out >> 1]).toBe(0xffff);
  expect(RtlULongLongAdd(2 ** 40, 1, out)).toBe(STATUS_SUCCESS);
});

test('byte strings are counted, compared by byte and converted to and from UTF-16', () => {
  writeBytes(a, 'Mixed\0');
  RtlInitAnsiString(one, a);
  expect(readBytes(bufferOf(one), 5)).toBe('Mixed');
  writeBytes(b, 'mIXED\0');
  RtlInitAnsiString(two, b);
  expect(RtlEqualString(one, two, true)).toBe(true);
  expect(RtlEqualString(one, two, false)).toBe(false);
  expect(RtlCompareString(one, two, false)).toBeLessThan(0);
  setUnicode(two, b, 0, 3);
  RtlCopyString(two, one);
  expect(readBytes(b, 3)).toBe('Mix');
  expect(RtlAnsiStringToUnicodeString(two, one, true)).toBe(STATUS_SUCCESS);
  expect(readUnicode(two)).toBe('Mixed');
  unicode(one, a, 'caf\u00e9\u20ac');
  setUnicode(two, b, 0, 5);
  expect(RtlUnicodeStringToAnsiString(two, one, false)).toBe(STATUS_BUFFER_OVERFLOW);
  expect(RtlUnicodeStringToAnsiString(two, one, true)).toBe(STATUS_SUCCESS);
  expect(readBytes(bufferOf(two), 6)).toBe('caf\u00e9?\0');
  RtlFreeAnsiString(two);
  expect(freed).toEqual([USER.start + 2048]);
});

test('a duplicate has a buffer of its own, terminated when that is asked for', () => {
  unicode(one, a, 'name');
  u16[(USER.start + 2048 + 8) >> 1] = 0x7a;
  expect(RtlDuplicateUnicodeString(0, one, two)).toBe(STATUS_SUCCESS);
  expect(readUnicode(two)).toBe('name');
  expect(u16[(bufferOf(two) + 8) >> 1]).toBe(0x7a);
  expect(RtlDuplicateUnicodeString(1, one, two)).toBe(STATUS_SUCCESS);
  expect(wcslen(bufferOf(two))).toBe(4);
  expect(RtlDuplicateUnicodeString(2, one, two)).toBe(STATUS_INVALID_PARAMETER);
  unicode(one, a, '');
  expect(RtlDuplicateUnicodeString(1, one, two)).toBe(STATUS_SUCCESS);
  expect(bufferOf(two)).toBe(0);
  expect(RtlDuplicateUnicodeString(3, one, two)).toBe(STATUS_SUCCESS);
  expect(bufferOf(two)).not.toBe(0);
});

test('a suffix is found with and without case', () => {
  unicode(one, a, '.TXT');
  unicode(two, b, 'file.txt');
  expect(RtlSuffixUnicodeString(one, two, true)).toBe(true);
  expect(RtlSuffixUnicodeString(one, two, false)).toBe(false);
  expect(RtlSuffixUnicodeString(two, one, true)).toBe(false);
});

test('8.3 names: eight and three characters, one dot, FAT\'s alphabet', () => {
  for (const legal of ['A', 'README.TXT', '12345678.123', 'A B.C', '.', '..', '~1', "a'b"]) {
    expect([legal, isDos8Dot3(legal)]).toEqual([legal, true]);
  }
  for (const bad of ['', '123456789', 'A.BCDE', 'A.', '.A', 'A.B.C', 'A+B', 'A ', 'A.B ', 'A:B']) {
    expect([bad, isDos8Dot3(bad)]).toEqual([bad, false]);
  }
  unicode(one, a, 'my file.c');
  setUnicode(two, b, 0, 12);
  expect(RtlIsNameLegalDOS8Dot3(one, two, out)).toBe(true);
  expect(readBytes(b, 9)).toBe('MY FILE.C');
  expect(u8[out]).toBe(1);
});

test('addresses of the network as text: ports in network order, the longest run of zeros ' +
  'cut', () => {
  u8.set([192, 168, 0, 1], a);
  i32[out >> 2] = 32;
  expect(RtlIpv4AddressToStringExA(a, 0xbd01, b, out)).toBe(STATUS_SUCCESS);
  expect(readNarrow(b)).toBe('192.168.0.1:445');
  expect(i32[out >> 2]).toBe(16);
  i32[out >> 2] = 4;
  expect(RtlIpv4AddressToStringExA(a, 0, b, out)).toBe(STATUS_INVALID_PARAMETER);
  expect(i32[out >> 2]).toBe(12);
  const ipv6 = (bytes: number[], scope: number, port: number): string => {
    u8.set(bytes, a);
    i32[out >> 2] = 65;
    expect(RtlIpv6AddressToStringExA(a, scope, port, b, out)).toBe(STATUS_SUCCESS);
    return readNarrow(b);
  };
  const zeros = Array.from({ length: 16 }, () => 0);
  expect(ipv6(zeros, 0, 0)).toBe('::');
  expect(ipv6(zeros.with(15, 1), 0, 0x0100)).toBe('[::1]:1');
  expect(ipv6(zeros.with(0, 0xfe).with(1, 0x80).with(15, 9), 3, 0)).toBe('fe80::9%3');
});

test('RemoveTailList takes the last entry, and the head of an empty list', () => {
  InitializeListHead(a);
  InsertTailList(a, b);
  InsertTailList(a, b + 8);
  expect(RemoveTailList(a)).toBe(b + 8);
  expect(RemoveTailList(a)).toBe(b);
  expect(RemoveTailList(a)).toBe(a);
});
