// The export table: routines found by name at run time, as drivers do that load on older systems.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FltGetRoutineAddress, KeGetCurrentIrql, MmGetSystemRoutineAddress,
  RTL_CONSTANT_STRING, callRoutine, local, localBytes, u8, UNICODE_STRING,
  RtlInitEmptyUnicodeString, readUnicode, RtlEqualUnicodeString } from '#src/fltKernel.ts';
import * as fltKernel from '#src/fltKernel.ts';
import { routineName } from '#src/mem/routine.ts';
import { popFrame, pushFrame } from '#src/mem/stack.ts';
import { bootInline } from '../support/boot-inline.ts';

let shutdown = (): void => {};
let frame = 0;
beforeEach(() => {
  shutdown = bootInline();
  frame = pushFrame();
});
afterEach(() => {
  popFrame(frame);
  shutdown();
});

function system(name: string): number {
  return MmGetSystemRoutineAddress(RTL_CONSTANT_STRING(name));
}

describe('IO-28: routines looked up at run time', () => {
  test('the Filter Manager\'s, by a name in bytes or as a string', () => {
    const bytes = localBytes(16);
    for (const [i, c] of [...'FltReadFile'].entries()) u8[bytes + i] = c.charCodeAt(0);
    const found = FltGetRoutineAddress(bytes);
    expect(found).toBe(FltGetRoutineAddress('FltReadFile'));
    expect(routineName(found)).toBe('FltReadFile');
  });

  test('a name that is not exported gives NULL, and calling NULL fails loudly', () => {
    expect(FltGetRoutineAddress('FltReadFileFaster')).toBe(0);
    expect(FltGetRoutineAddress('fltreadfile')).toBe(0);
    expect(FltGetRoutineAddress('')).toBe(0);
    expect(() => callRoutine(FltGetRoutineAddress('FltReadFileFaster'))).toThrow('check its result');
  });

  test('each image exports its own: ntoskrnl has no Flt routine, the Filter Manager no Rtl', () => {
    expect(system('KeSetEvent')).not.toBe(0);
    expect(FltGetRoutineAddress('KeSetEvent')).toBe(0);
    expect(system('FltReadFile')).toBe(0);
  });

  test.each(['IoGetCurrentIrpStackLocation', 'IoSetCompletionRoutine', 'RtlStringCbCopyW',
    'RtlULongAdd', 'InitializeListHead', 'RtlInitEmptyUnicodeString', 'NT_SUCCESS', 'PAGED_CODE',
    'KEVENT', 'driverGlobals', 'PFLT_GENERATE_FILE_NAME',
  ])('%s is in the headers and in no image', (name) => {
    expect(fltKernel).toHaveProperty(name);
    expect(system(name)).toBe(0);
  });

  test.each(['FltCreateFileEx', 'FltGetNewSystemBufferAddress', 'FltGetTransactionContext',
    'FltQueryDirectoryFile', 'FltSetTransactionContext', 'FltGetRoutineAddress',
  ])('the samples find %s', (name) => {
    expect(routineName(FltGetRoutineAddress(name))).toBe(name);
  });

  test('what is found is what would be called by name', () => {
    expect(callRoutine(system('KeGetCurrentIrql'))).toBe(KeGetCurrentIrql());
    const left = RTL_CONSTANT_STRING('left');
    const copy = local(UNICODE_STRING);
    RtlInitEmptyUnicodeString(copy, localBytes(16), 16);
    callRoutine(system('RtlCopyUnicodeString'), copy, left);
    expect(readUnicode(copy)).toBe('left');
    expect(callRoutine(system('RtlEqualUnicodeString'), left, copy, false)).toBe(1);
    expect(RtlEqualUnicodeString(left, copy, false)).toBe(true);
  });

  test('numbers follow the order of the names and lie below those of every image', () => {
    const names = Object.keys(fltKernel).filter((n) => /^Flt[A-Z]/.test(n)).toSorted();
    const found = names.map((n) => FltGetRoutineAddress(n)).filter((id) => id !== 0);
    expect(found.length).toBeGreaterThan(200);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(new Set(found).size).toBe(found.length);
    expect(Math.max(...found)).toBeLessThan(4096);
  });
});
