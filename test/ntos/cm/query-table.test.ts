// RtlQueryRegistryValues and the other registry routines of the run-time library.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootMachine, shutdownMachine } from '#src/machine/boot.ts';
import { i32, u16 } from '#src/mem/memory.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { REG_DWORD, REG_SZ } from '#src/ntos/cm/constants.ts';
import { RTL_QUERY_REGISTRY_TABLE, RtlQueryRegistryValues } from '#src/ntos/cm/query-table.ts';
import { SERVICES_KEY, readRegistryNumber, readRegistryValue, registryKeyExists,
  writeRegistryValue } from '#src/ntos/cm/registry.ts';
import { RtlCheckRegistryKey, RtlCreateRegistryKey, RtlDeleteRegistryValue, RtlWriteRegistryValue }
  from '#src/ntos/cm/rtl-registry.ts';
import { openHandles } from '#src/ntos/ob/handle.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool.ts';
import { readUtf16, readUnicode, RtlFreeUnicodeString, setUnicode, writeUtf16 }
  from '#src/ntos/rtl/unicode-string.ts';
import { readWide } from '#src/ntos/rtl/c-string.ts';
import { statusName } from '#src/ntos/status.ts';
import type { RoutineId } from '#src/mem/routine.ts';

const SERVICES = 1;
const KEY = `${SERVICES_KEY}\\drv\\Parameters`;
const [SUBKEY, REQUIRED, DIRECT, DELETE, TYPECHECK] = [1, 4, 0x20, 0x40, 0x100];

let seen: string[] = [];
const record = imageRoutine('QueryRecord', (name = 0, type = 0, data = 0, length = 0) => {
  const value = type === REG_DWORD ? String(i32[data >> 2]) : readUtf16(data, length - 2);
  seen.push(`${name === 0 ? '' : readWide(name)}=${value}`);
  return 0;
});

let frame = 0;
beforeEach(() => {
  bootMachine();
  seen = [];
  frame = pushFrame();
  writeRegistryValue(KEY, 'Number', 7);
  writeRegistryValue(KEY, 'Text', 'hello');
  writeRegistryValue(KEY, 'List', ['one', 'two']);
  writeRegistryValue(`${KEY}\\Sub`, 'Inner', 9);
});
afterEach(() => {
  popFrame(frame);
  expect(openHandles()).toBe(0);
  shutdownMachine();
  expect(poolUsage()).toEqual([]);
});

function wide(text: string): number {
  const at = stackAlloc(2 * text.length + 2);
  writeUtf16(at, text);
  return at;
}

interface Row {
  readonly routine?: RoutineId;
  readonly flags?: number;
  readonly name?: string;
  readonly to?: number;
  readonly type?: number;
  readonly data?: number;
  readonly length?: number;
}

function query(...rows: Row[]): string {
  const table = stackAlloc(RTL_QUERY_REGISTRY_TABLE.size * (rows.length + 1));
  rows.forEach((row, i) => {
    const at = RTL_QUERY_REGISTRY_TABLE.at(table + i * RTL_QUERY_REGISTRY_TABLE.size);
    at.QueryRoutine = row.routine ?? (0 as RoutineId);
    at.Flags = row.flags ?? 0;
    at.Name = row.name === undefined ? 0 : wide(row.name);
    at.EntryContext = row.to ?? 0;
    at.DefaultType = row.type ?? 0;
    at.DefaultData = row.data ?? 0;
    at.DefaultLength = row.length ?? 0;
  });
  return statusName(RtlQueryRegistryValues(SERVICES, wide('drv\\Parameters'), table, 0, 0));
}

test('a routine is called for a value, for each string of a list, for every value of a key', () => {
  expect(query({ routine: record, name: 'Number' }, { routine: record, name: 'List' }))
    .toBe('STATUS_SUCCESS');
  expect(seen).toEqual(['Number=7', 'List=one', 'List=two']);
  seen = [];
  expect(query({ routine: record }, { routine: record, flags: SUBKEY, name: 'Sub' }))
    .toBe('STATUS_SUCCESS');
  expect(seen).toEqual(['Number=7', 'Text=hello', 'List=one', 'List=two', 'Inner=9']);
});

test('with DIRECT a number goes into a word, text into a string, with or without a buffer', () => {
  const number = stackAlloc(4);
  const allocated = stackAlloc(8);
  const given = stackAlloc(8);
  setUnicode(given, stackAlloc(32), 0, 32);
  expect(query({ flags: DIRECT, name: 'Number', to: number },
    { flags: DIRECT, name: 'Text', to: allocated },
    { flags: DIRECT, name: 'Text', to: given })).toBe('STATUS_SUCCESS');
  expect([i32[number >> 2], readUnicode(allocated), readUnicode(given)]).toEqual([7, 'hello', 'hello']);
  RtlFreeUnicodeString(allocated);
  setUnicode(given, stackAlloc(8), 0, 8);
  expect(query({ flags: DIRECT, name: 'Text', to: given })).toBe('STATUS_BUFFER_TOO_SMALL');
});

test('a value that is missing: its default, nothing, or an error when it is required', () => {
  const number = stackAlloc(4);
  const nine = stackAlloc(4);
  i32[nine >> 2] = 9;
  expect(query({ flags: DIRECT, name: 'None', to: number, type: REG_DWORD, data: nine, length: 4 }))
    .toBe('STATUS_SUCCESS');
  expect(i32[number >> 2]).toBe(9);
  expect(query({ flags: DIRECT, name: 'None', to: number })).toBe('STATUS_SUCCESS');
  expect(query({ flags: DIRECT | REQUIRED, name: 'None', to: number }))
    .toBe('STATUS_OBJECT_NAME_NOT_FOUND');
});

test('TYPECHECK refuses another type; DELETE takes the value away when it was read', () => {
  const number = stackAlloc(8);
  const wanted = REG_DWORD << 24;
  expect(query({ flags: DIRECT | TYPECHECK, name: 'Text', to: number, type: wanted }))
    .toBe('STATUS_OBJECT_TYPE_MISMATCH');
  expect(query({ flags: DIRECT | TYPECHECK | DELETE, name: 'Number', to: number, type: wanted }))
    .toBe('STATUS_SUCCESS');
  expect(readRegistryValue(KEY, 'Number')).toBeUndefined();
});

test('keys and values are made, checked and deleted without a handle', () => {
  const path = wide('drv\\New');
  expect(statusName(RtlCheckRegistryKey(SERVICES, path))).toBe('STATUS_OBJECT_NAME_NOT_FOUND');
  expect(statusName(RtlCreateRegistryKey(SERVICES, path))).toBe('STATUS_SUCCESS');
  expect(registryKeyExists(`${SERVICES_KEY}\\drv\\New`)).toBe(true);
  const data = stackAlloc(4);
  i32[data >> 2] = 77;
  expect(RtlWriteRegistryValue(SERVICES, path, wide('v'), REG_DWORD, data, 4)).toBe(0);
  expect(readRegistryNumber(`${SERVICES_KEY}\\drv\\New`, 'v')).toBe(77);
  expect(RtlWriteRegistryValue(SERVICES, path, wide('t'), REG_SZ, wide('x'), 4)).toBe(0);
  expect(u16[wide('t') >> 1]).toBe(0x74);
  expect(RtlDeleteRegistryValue(SERVICES, path, wide('v'))).toBe(0);
  expect(readRegistryNumber(`${SERVICES_KEY}\\drv\\New`, 'v')).toBeUndefined();
  expect(statusName(RtlCheckRegistryKey(9, path))).toBe('STATUS_INVALID_PARAMETER');
});
