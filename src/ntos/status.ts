// NTSTATUS: the number every NT routine answers with. Signed 32 bits, so that the sign bit tells
// failure; the two high bits are the severity (success, informational, warning, error), the next
// sixteen but two the facility. The brand keeps a length or a pointer from being returned as one.
//
// A status is a failure a driver may expect. A broken rule is a bug check, and a mistake of the
// host is an Error; neither is ever a status.
import { NTSTATUS_FIELD as STATUS_BITS } from '../mem/field.ts';
import * as codes from './status-codes.ts';
import type { Scalar } from '../mem/field.ts';

declare const statusBrand: unique symbol;
/** A signed status code. */
export type NTSTATUS = number & { readonly [statusBrand]: true };

/** A status as a member of a structure. */
export const NTSTATUS_FIELD = STATUS_BITS as Scalar<NTSTATUS>;

/** Takes a number from a routine table or a recorded log as a status; the caller vouches for it. */
export function asStatus(bits: number): NTSTATUS {
  return (bits | 0) as NTSTATUS;
}

/**
 * Whether the call succeeded: success and informational codes (STATUS_PENDING, STATUS_TIMEOUT too).
 */
export function NT_SUCCESS(status: number): boolean {
  return (status | 0) >= 0;
}

/** Whether the severity is informational (0x40000000 to 0x7fffffff). */
export function NT_INFORMATION(status: number): boolean {
  return status >>> 30 === 1;
}

/** Whether the severity is warning: the call partly worked (STATUS_BUFFER_OVERFLOW). */
export function NT_WARNING(status: number): boolean {
  return status >>> 30 === 2;
}

/** Whether the severity is error. */
export function NT_ERROR(status: number): boolean {
  return status >>> 30 === 3;
}

let names: Map<number, string> | undefined;

/** The first name of each value: the second names of a code never win. */
function namesByValue(): Map<number, string> {
  const byValue = new Map<number, string>();
  for (const [name, value] of Object.entries(codes)) {
    if (name === 'STATUS_WAIT_0' || name === 'STATUS_ABANDONED_WAIT_0') continue;
    byValue.set(value, name);
  }
  return byValue;
}

/** The WDK's name of a status, for reports; eight hexadecimal digits where it has none here. */
export function statusName(status: number): string {
  names ??= namesByValue();
  return names.get(status | 0) ?? `0x${(status >>> 0).toString(16).padStart(8, '0')}`;
}

/** The status that a WDK name stands for, with or without "STATUS_"; undefined when unknown. */
export function statusOfName(name: string): NTSTATUS | undefined {
  const full = name.startsWith('STATUS_') ? name : `STATUS_${name}`;
  return (codes as Readonly<Record<string, NTSTATUS>>)[full];
}
