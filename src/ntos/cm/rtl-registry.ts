// The run-time library's way to the registry: keys by a short name for where they begin, values
// without handles. PASSIVE_LEVEL for all. RtlQueryRegistryValues is in query-table.ts.
import { readWide } from '../rtl/c-string.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ObpCloseHandle } from '../ob/handle.ts';
import { i32 as words } from '../../mem/memory.ts';
import { checkIrql } from '../rtl/services.ts';
import { OBJECT_ATTRIBUTES, OBJ_CASE_INSENSITIVE, OBJ_KERNEL_HANDLE, UNICODE_STRING }
  from '../rtl/types.ts';
import { setUnicode, writeUtf16 } from '../rtl/unicode-string.ts';
import { NT_SUCCESS } from '../status.ts';
import { STATUS_INVALID_PARAMETER } from '../status-codes.ts';
import { KEY_ALL_ACCESS, KEY_READ } from './constants.ts';
import { SERVICES_KEY } from './registry.ts';
import { CmCreateKey, CmOpenKey } from './nt-key.ts';
import { CmDeleteValueKey, CmSetValueKey } from './nt-value.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const PASSIVE_LEVEL = 0;
const KernelMode = 0;

export const RTL_REGISTRY_ABSOLUTE = 0;
export const RTL_REGISTRY_SERVICES = 1;
export const RTL_REGISTRY_CONTROL = 2;
export const RTL_REGISTRY_WINDOWS_NT = 3;
export const RTL_REGISTRY_DEVICEMAP = 4;
export const RTL_REGISTRY_USER = 5;
export const RTL_REGISTRY_HANDLE = 0x4000_0000;
export const RTL_REGISTRY_OPTIONAL = 0x8000_0000;

const prefixes: readonly string[] = [
  '', SERVICES_KEY, '\\Registry\\Machine\\System\\CurrentControlSet\\Control',
  '\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion',
  '\\Registry\\Machine\\Hardware\\DeviceMap', '\\Registry\\User\\.Default',
];

/** The path that RelativeTo and Path name; undefined for a base that is none. */
export function pathOf(RelativeTo: number, path: string): string | undefined {
  const prefix = prefixes[RelativeTo & 0xff];
  if (prefix === undefined) return undefined;
  return prefix === '' ? path : path === '' ? prefix : `${prefix}\\${path}`;
}

/** A UNICODE_STRING on the stack; the caller's frame is given back by the caller. */
export function stackString(text: string): number {
  const buffer = stackAlloc(2 * text.length + 2);
  const bytes = writeUtf16(buffer, text);
  const string = stackAlloc(UNICODE_STRING.size);
  setUnicode(string, buffer, bytes, bytes + 2);
  return string;
}

/** Object attributes on the stack for a path below a root key. */
export function stackAttributes(path: string, root = 0): number {
  const attributes = OBJECT_ATTRIBUTES.at(stackAlloc(OBJECT_ATTRIBUTES.size));
  attributes.Length = OBJECT_ATTRIBUTES.size;
  attributes.RootDirectory = root;
  attributes.ObjectName = stackString(path) as never;
  attributes.Attributes = OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE;
  return attributes.address;
}

/** Runs on a handle of the key that RelativeTo and Path name; `create` makes a missing one. */
export function withKey(
  RelativeTo: number, Path: number, create: boolean, work: (handle: number) => NTSTATUS,
): NTSTATUS {
  if (RelativeTo & RTL_REGISTRY_HANDLE) return work(Path);
  const path = pathOf(RelativeTo, Path === 0 ? '' : readWide(Path));
  if (path === undefined) return STATUS_INVALID_PARAMETER;
  const frame = pushFrame();
  const out = stackAlloc(4);
  const attributes = stackAttributes(path);
  const opened = create
    ? CmCreateKey(out, KEY_ALL_ACCESS, attributes, 0, 0, 0, KernelMode)
    : CmOpenKey(out, KEY_READ, attributes, 0, KernelMode);
  const handle = i32[out >> 2]!;
  popFrame(frame);
  if (!NT_SUCCESS(opened)) return opened;
  const status = work(handle);
  ObpCloseHandle(handle);
  return status;
}

/** Whether a key exists: STATUS_SUCCESS, or what opening it fails with. PASSIVE_LEVEL. */
export function RtlCheckRegistryKey(RelativeTo: number, Path: number): NTSTATUS {
  checkIrql('RtlCheckRegistryKey', PASSIVE_LEVEL);
  return withKey(RelativeTo, Path, false, () => 0 as NTSTATUS);
}

/** Makes a key; it may exist already. PASSIVE_LEVEL. */
export function RtlCreateRegistryKey(RelativeTo: number, Path: number): NTSTATUS {
  checkIrql('RtlCreateRegistryKey', PASSIVE_LEVEL);
  return withKey(RelativeTo, Path, true, () => 0 as NTSTATUS);
}

/**
 * Sets a value of a key, which is made if it is missing. PASSIVE_LEVEL.
 * @param Path NUL-terminated UTF-16, or a handle with RTL_REGISTRY_HANDLE.
 * @param ValueName NUL-terminated UTF-16. @param ValueType REG_*.
 */
export function RtlWriteRegistryValue(
  RelativeTo: number, Path: number, ValueName: number, ValueType: number, ValueData: OutPtr,
  ValueLength: number,
): NTSTATUS {
  checkIrql('RtlWriteRegistryValue', PASSIVE_LEVEL);
  return withKey(RelativeTo, Path, true, (handle) => {
    const frame = pushFrame();
    const name = stackString(readWide(ValueName));
    const status = CmSetValueKey(handle, name, ValueType, ValueData, ValueLength, KernelMode);
    popFrame(frame);
    return status;
  });
}

/** Takes a value of a key away. PASSIVE_LEVEL. */
export function RtlDeleteRegistryValue(
  RelativeTo: number, Path: number, ValueName: number,
): NTSTATUS {
  checkIrql('RtlDeleteRegistryValue', PASSIVE_LEVEL);
  return withKey(RelativeTo, Path, false, (handle) => {
    const frame = pushFrame();
    const status = CmDeleteValueKey(handle, stackString(readWide(ValueName)), KernelMode);
    popFrame(frame);
    return status;
  });
}
