// Status codes: one value, one name; the sign is the severity; the Filter Manager's block is what
// the reference lists.
import { describe, expect, test } from 'vitest';
import { NT_ERROR, NT_INFORMATION, NT_SUCCESS, NT_WARNING, asStatus, statusName, statusOfName }
  from '#src/ntos/status.ts';
import * as codes from '#src/ntos/status-codes.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';

const SECOND_NAMES = ['STATUS_WAIT_0', 'STATUS_ABANDONED_WAIT_0'];
const all = Object.entries(codes).filter(([name]) => !SECOND_NAMES.includes(name));

describe('every status', () => {
  test('is a signed 32-bit integer with a name of its own', () => {
    expect(all.length).toBeGreaterThan(300);
    const byValue = new Map<number, string>();
    for (const [name, value] of all) {
      expect(value | 0, name).toBe(value);
      expect(byValue.get(value), `${name} has the value of ${byValue.get(value)}`).toBeUndefined();
      byValue.set(value, name);
    }
  });

  test('finds its name back, and only a known one', () => {
    for (const [name, value] of all) {
      expect(statusName(value)).toBe(name);
      expect(statusName(value >>> 0)).toBe(name);
      expect(statusOfName(name)).toBe(value);
    }
    expect(statusOfName('ACCESS_DENIED')).toBe(codes.STATUS_ACCESS_DENIED);
    expect(statusOfName('NO_SUCH_STATUS')).toBeUndefined();
    expect(statusName(asStatus(0xe0001234))).toBe('0xe0001234');
  });

  test('has exactly one severity', () => {
    for (const [name, value] of all) {
      const kinds = [NT_ERROR, NT_WARNING, NT_INFORMATION].filter((is) => is(value)).length;
      expect(kinds + (value >>> 30 === 0 ? 1 : 0), name).toBe(1);
      expect(NT_SUCCESS(value)).toBe(!NT_ERROR(value) && !NT_WARNING(value));
    }
  });
});

describe('success', () => {
  test('includes what waits and pending operations answer', () => {
    const answers = [codes.STATUS_SUCCESS, codes.STATUS_PENDING, codes.STATUS_TIMEOUT,
      codes.STATUS_REPARSE, codes.STATUS_ABANDONED, codes.STATUS_OBJECT_NAME_EXISTS];
    for (const status of answers) expect(NT_SUCCESS(status)).toBe(true);
  });

  test('excludes warnings', () => {
    expect(NT_SUCCESS(codes.STATUS_BUFFER_OVERFLOW)).toBe(false);
    expect(NT_WARNING(codes.STATUS_NO_MORE_FILES)).toBe(true);
    expect(NT_ERROR(codes.STATUS_NO_MORE_FILES)).toBe(false);
  });

  test('is decided alike for a status that was read as an unsigned number', () => {
    expect(NT_SUCCESS(0xc0000022)).toBe(false);
    expect(NT_INFORMATION(0x4000_0000)).toBe(true);
  });
});

// [U] in the reference for _BUFFER_TOO_SMALL, _NO_WAITER_FOR_REPLY and _REGISTRATION_BUSY.
const FACILITY_FLT: readonly [string, number][] = [
  ['IO_COMPLETE', 0x001c0001],
  ['BUFFER_TOO_SMALL', 0x801c0001],
  ['NO_HANDLER_DEFINED', 0xc01c0001],
  ['CONTEXT_ALREADY_DEFINED', 0xc01c0002],
  ['INVALID_ASYNCHRONOUS_REQUEST', 0xc01c0003],
  ['DISALLOW_FAST_IO', 0xc01c0004],
  ['INVALID_NAME_REQUEST', 0xc01c0005],
  ['NOT_SAFE_TO_POST_OPERATION', 0xc01c0006],
  ['NOT_INITIALIZED', 0xc01c0007],
  ['FILTER_NOT_READY', 0xc01c0008],
  ['POST_OPERATION_CLEANUP', 0xc01c0009],
  ['INTERNAL_ERROR', 0xc01c000a],
  ['DELETING_OBJECT', 0xc01c000b],
  ['MUST_BE_NONPAGED_POOL', 0xc01c000c],
  ['DUPLICATE_ENTRY', 0xc01c000d],
  ['CBDQ_DISABLED', 0xc01c000e],
  ['DO_NOT_ATTACH', 0xc01c000f],
  ['DO_NOT_DETACH', 0xc01c0010],
  ['INSTANCE_ALTITUDE_COLLISION', 0xc01c0011],
  ['INSTANCE_NAME_COLLISION', 0xc01c0012],
  ['FILTER_NOT_FOUND', 0xc01c0013],
  ['VOLUME_NOT_FOUND', 0xc01c0014],
  ['INSTANCE_NOT_FOUND', 0xc01c0015],
  ['CONTEXT_ALLOCATION_NOT_FOUND', 0xc01c0016],
  ['INVALID_CONTEXT_REGISTRATION', 0xc01c0017],
  ['NAME_CACHE_MISS', 0xc01c0018],
  ['NO_DEVICE_OBJECT', 0xc01c0019],
  ['VOLUME_ALREADY_MOUNTED', 0xc01c001a],
  ['ALREADY_ENLISTED', 0xc01c001b],
  ['CONTEXT_ALREADY_LINKED', 0xc01c001c],
  ['NO_WAITER_FOR_REPLY', 0xc01c0020],
  ['REGISTRATION_BUSY', 0xc01c0023],
];

test('facility FLT holds what the Filter Manager documents and nothing else', () => {
  const ours = all
    .filter(([name]) => name.startsWith('STATUS_FLT_'))
    .map(([name, value]) => [name.slice('STATUS_FLT_'.length), value >>> 0]);
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(FACILITY_FLT));
});

test('the statuses that rules of oplocks, waits and locks speak of have their values', () => {
  const known: Record<string, number> = {
    STATUS_PENDING: 0x103,
    STATUS_REPARSE: 0x104,
    STATUS_OPLOCK_BREAK_IN_PROGRESS: 0x108,
    STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE: 0x215,
    STATUS_OPLOCK_HANDLE_CLOSED: 0x216,
    STATUS_TIMEOUT: 0x102,
    STATUS_USER_APC: 0xc0,
    STATUS_ALERTED: 0x101,
    STATUS_ABANDONED: 0x80,
    STATUS_NO_MORE_ENTRIES: 0x8000001a,
    STATUS_MORE_PROCESSING_REQUIRED: 0xc0000016,
    STATUS_CANCELLED: 0xc0000120,
    STATUS_INVALID_PARAMETER: 0xc000000d,
    STATUS_INSUFFICIENT_RESOURCES: 0xc000009a,
    STATUS_NOT_FOUND: 0xc0000225,
    STATUS_NOT_SUPPORTED: 0xc00000bb,
    STATUS_ACCESS_DENIED: 0xc0000022,
    STATUS_OPLOCK_NOT_GRANTED: 0xc00000e2,
    STATUS_INVALID_OPLOCK_PROTOCOL: 0xc00000e3,
    STATUS_CANNOT_BREAK_OPLOCK: 0xc0000909,
    STATUS_FILE_LOCK_CONFLICT: 0xc0000054,
    STATUS_LOCK_NOT_GRANTED: 0xc0000055,
    STATUS_RANGE_NOT_LOCKED: 0xc000007e,
    STATUS_SEMAPHORE_LIMIT_EXCEEDED: 0xc0000047,
    STATUS_PORT_DISCONNECTED: 0xc0000037,
    STATUS_THREAD_IS_TERMINATING: 0xc000004b,
  };
  for (const [name, value] of Object.entries(known)) expect(statusName(value), name).toBe(name);
});

function take(status: NTSTATUS): number {
  return status;
}

test('a bare number is not taken for a status by the type checker', () => {
  // @ts-expect-error a number must be vouched for with asStatus
  expect(take(5)).toBe(5);
  expect(take(asStatus(0xffff_ffff))).toBe(-1);
});
