// GUIDs as text, "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}", and back.
import { u8 as bytes } from '../../mem/memory.ts';
import { STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY, STATUS_SUCCESS } from '../status-codes.ts';
import { allocateString, checkIrql } from './services.ts';
import { GUID } from './types.ts';
import { readUnicode, setUnicode, writeUtf16 } from './unicode-string.ts';
import type { NTSTATUS } from '../status.ts';
import type { PGUID } from './types.ts';

const u8 = bytes;
const { Data1, set_Data1, Data2, set_Data2, Data3, set_Data3, at_Data4 } = GUID.bound;
const PASSIVE_LEVEL = 0;
const form = /^\{([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}$/i;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** The text of a GUID, in braces and lower case. */
export function guidText(Guid: PGUID): string {
  const tail = Array.from({ length: 8 }, (_, i) => hex(u8[at_Data4(Guid) + i]!, 2));
  const [clock, node] = [tail.slice(0, 2).join(''), tail.slice(2).join('')];
  return `{${hex(Data1(Guid), 8)}-${hex(Data2(Guid), 4)}-${hex(Data3(Guid), 4)}-${clock}-${node}}`;
}

/** Writes the GUID that a text stands for; false when the text is none. */
export function writeGuid(Guid: PGUID, text: string): boolean {
  const parts = form.exec(text);
  if (parts === null) return false;
  const [, first = '', second = '', third = '', clock = '', node = ''] = parts;
  set_Data1(Guid, parseInt(first, 16));
  set_Data2(Guid, parseInt(second, 16));
  set_Data3(Guid, parseInt(third, 16));
  const tail = clock + node;
  for (let i = 0; i < 8; i++) u8[at_Data4(Guid) + i] = parseInt(tail.slice(2 * i, 2 * i + 2), 16);
  return true;
}

/** Whether two GUIDs are the same. Any IRQL. */
export function IsEqualGUID(a: number, b: number): boolean {
  return equalGuids(a, b);
}

/** IsEqualGUID for the kernel's own use. */
export function equalGuids(a: number, b: number): boolean {
  for (let i = 0; i < GUID.size; i++) if (u8[a + i] !== u8[b + i]) return false;
  return true;
}

/**
 * Writes a GUID as text into a new buffer, terminated, that the caller frees with
 * RtlFreeUnicodeString. IRQL: PASSIVE_LEVEL. Fails with STATUS_NO_MEMORY.
 */
export function RtlStringFromGUID(Guid: PGUID, GuidString: number): NTSTATUS {
  checkIrql('RtlStringFromGUID', PASSIVE_LEVEL);
  const text = guidText(Guid).toUpperCase();
  const size = text.length * 2 + 2;
  const buffer = allocateString(size);
  if (buffer === 0) return STATUS_NO_MEMORY;
  writeUtf16(buffer, `${text}\0`);
  setUnicode(GuidString, buffer, size - 2, size);
  return STATUS_SUCCESS;
}

/** Reads a GUID from text in braces. IRQL: PASSIVE_LEVEL. STATUS_INVALID_PARAMETER otherwise. */
export function RtlGUIDFromString(GuidString: number, Guid: PGUID): NTSTATUS {
  checkIrql('RtlGUIDFromString', PASSIVE_LEVEL);
  return writeGuid(Guid, readUnicode(GuidString)) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
