// The small rooms of the run-time library: blocks of memory, bit maps, GUIDs, dates.
// @alone: it gives the run-time routines a pool of its own.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { u8 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { RtlCompareMemory, RtlCopyMemory, RtlEqualMemory, RtlFillMemory, RtlMoveMemory,
  RtlZeroMemory } from '#src/ntos/rtl/memory.ts';
import { RtlAreBitsClear, RtlAreBitsSet, RtlClearAllBits, RtlClearBits, RtlFindClearBits,
  RtlFindClearBitsAndSet, RtlFindSetBits, RtlInitializeBitMap, RtlNumberOfClearBits,
  RtlNumberOfSetBits, RtlSetAllBits, RtlSetBits, RtlTestBit } from '#src/ntos/rtl/bitmap.ts';
import { RtlGUIDFromString, RtlStringFromGUID, guidText, writeGuid } from '#src/ntos/rtl/guid.ts';
import { RtlTimeFieldsToTime, RtlTimeToTimeFields, TIME_FIELDS } from '#src/ntos/rtl/time.ts';
import { readInt64, readUint64, writeInt64 } from '#src/ntos/rtl/large-integer.ts';
import { onStringPool } from '#src/ntos/rtl/services.ts';
import { readUnicode, setUnicode, writeUnicode } from '#src/ntos/rtl/unicode-string.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import type { PGUID, PRTL_BITMAP } from '#src/ntos/rtl/types.ts';
import type { PTIME_FIELDS } from '#src/ntos/rtl/time.ts';

const a = USER.start;
const b = USER.start + 4096;

test('blocks are moved and compared byte by byte, overlapping or not', () => {
  for (let i = 0; i < 64; i++) u8[a + i] = i;
  RtlCopyMemory(b, a, 64);
  expect(RtlCompareMemory(a, b, 64)).toBe(64);
  expect(RtlEqualMemory(a, b, 64)).toBe(true);
  u8[b + 37] = 0;
  expect(RtlCompareMemory(a, b, 64)).toBe(37);
  expect(RtlCompareMemory(a + 1, b + 1, 63)).toBe(36);
  RtlMoveMemory(a + 3, a, 20);
  expect([u8[a + 3], u8[a + 22], u8[a + 23]]).toEqual([0, 19, 23]);
  RtlFillMemory(a, 8, 0x1aa);
  expect(u8[a + 7]).toBe(0xaa);
  RtlZeroMemory(a, 8);
  expect(u8[a]).toBe(0);
});

test('64-bit integers survive at every size and sign that a file can have', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (n) => {
      writeInt64(a, n);
      expect(readInt64(a)).toBe(n);
      if (n >= 0) expect(readUint64(a)).toBe(n);
    }),
  );
});

test('a run of bits is found where it is, after the hint first', () => {
  const map = a as PRTL_BITMAP;
  RtlInitializeBitMap(map, b, 100);
  RtlClearAllBits(map);
  expect(RtlFindClearBits(map, 101, 0)).toBe(0xffff_ffff);
  RtlSetBits(map, 0, 70);
  expect(RtlFindClearBits(map, 30, 0)).toBe(70);
  expect(RtlFindClearBits(map, 31, 0)).toBe(0xffff_ffff);
  RtlClearBits(map, 40, 3);
  expect(RtlFindClearBitsAndSet(map, 3, 0)).toBe(40);
  expect(RtlAreBitsSet(map, 0, 70)).toBe(true);
  RtlClearBits(map, 40, 3);
  expect(RtlFindClearBits(map, 3, 41)).toBe(70);
  expect(RtlFindClearBits(map, 3, 98)).toBe(40);
  expect(RtlAreBitsClear(map, 70, 30)).toBe(true);
  expect(RtlAreBitsClear(map, 70, 31)).toBe(false);
  expect([RtlNumberOfSetBits(map), RtlNumberOfClearBits(map)]).toEqual([67, 33]);
  expect(RtlFindSetBits(map, 27, 0)).toBe(0);
  expect(RtlFindSetBits(map, 41, 0)).toBe(0xffff_ffff);
  RtlSetAllBits(map);
  expect([RtlTestBit(map, 99), RtlTestBit(map, 100)]).toEqual([true, false]);
});

test('a GUID survives the way to text and back, and other text is refused', () => {
  const text = '{48850596-3050-4be7-9863-fec350ce8d7f}';
  const guid = a as PGUID;
  expect(writeGuid(guid, text)).toBe(true);
  expect(guidText(guid)).toBe(text);
  onStringPool({ allocate: () => b, free: () => undefined });
  const string = a + 64;
  expect(RtlStringFromGUID(guid, string)).toBe(STATUS_SUCCESS);
  expect(readUnicode(string)).toBe(text.toUpperCase());
  const other = (a + 128) as PGUID;
  expect(RtlGUIDFromString(string, other)).toBe(STATUS_SUCCESS);
  expect(guidText(other)).toBe(text);
  setUnicode(string, b, 0, 100);
  writeUnicode(string, text.slice(1));
  expect(RtlGUIDFromString(string, other)).toBe(STATUS_INVALID_PARAMETER);
});

test('every millisecond from 1601 to 9999 has one date, and no other date is accepted', () => {
  const fields = a as PTIME_FIELDS;
  const view = TIME_FIELDS.at(fields);
  const epoch = 11644473600000;
  const [from, to] = [-epoch, new Date('9999-12-31T23:59:59.999Z').getTime()];
  fc.assert(
    fc.property(fc.integer({ min: from, max: to }), (ms) => {
      writeInt64(b, (ms + epoch) * 10000);
      RtlTimeToTimeFields(b, fields);
      const date = new Date(ms);
      expect([view.Year, view.Month, view.Day, view.Weekday]).toEqual([
        date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()]);
      expect([view.Hour, view.Minute, view.Second, view.Milliseconds]).toEqual([
        date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), date.getUTCMilliseconds()]);
      writeInt64(b, 0);
      expect(RtlTimeFieldsToTime(fields, b)).toBe(true);
      expect(Math.round(readInt64(b) / 10000) - epoch).toBe(ms);
    }),
    { numRuns: 500 },
  );
  view.Year = 2023;
  view.Month = 2;
  view.Day = 29;
  expect(RtlTimeFieldsToTime(fields, b)).toBe(false);
});
