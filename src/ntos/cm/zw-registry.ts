// The registry as drivers call it. PASSIVE_LEVEL; the caller is the kernel, so that the rights of a
// handle are not checked again. A key name is a path from \Registry or from ObjectAttributes'
// RootDirectory; case never matters. Every query tells the length it needs in ResultLength and
// fails with STATUS_BUFFER_TOO_SMALL, nothing written, or STATUS_BUFFER_OVERFLOW, as much written
// as fits. A key that was deleted answers STATUS_KEY_DELETED.
import { CmCreateKey, CmDeleteKey, CmEnumerateKey, CmFlushKey, CmOpenKey, CmQueryKey }
  from './nt-key.ts';
import { CmDeleteValueKey, CmEnumerateValueKey, CmQueryValueKey, CmSetValueKey }
  from './nt-value.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { POBJECT_ATTRIBUTES } from '../rtl/types.ts';

const KernelMode = 0;

/**
 * Opens a key. PASSIVE_LEVEL.
 * @param KeyHandle where the handle goes; 0 after a failure. Close it with ZwClose.
 * @param DesiredAccess KEY_*.
 * @returns STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_SYNTAX_BAD for a path that begins
 *   neither at \Registry nor at a root, STATUS_OBJECT_NAME_INVALID, STATUS_INVALID_HANDLE,
 *   STATUS_OBJECT_TYPE_MISMATCH, STATUS_INSUFFICIENT_RESOURCES.
 */
export function ZwOpenKey(
  KeyHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
): NTSTATUS {
  return CmOpenKey(KeyHandle, DesiredAccess, ObjectAttributes, 0, KernelMode);
}

/** ZwOpenKey with options: REG_OPTION_OPEN_LINK opens a link itself. PASSIVE_LEVEL. */
export function ZwOpenKeyEx(
  KeyHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  OpenOptions: number,
): NTSTATUS {
  return CmOpenKey(KeyHandle, DesiredAccess, ObjectAttributes, OpenOptions, KernelMode);
}

/**
 * Opens a key or makes it; the key above it must exist. PASSIVE_LEVEL.
 * @param Class a UNICODE_STRING or NULL. @param CreateOptions REG_OPTION_*.
 * @param Disposition NULL, or where REG_CREATED_NEW_KEY or REG_OPENED_EXISTING_KEY goes.
 * @returns as ZwOpenKey; STATUS_CHILD_MUST_BE_VOLATILE below a volatile key,
 *   STATUS_INVALID_PARAMETER right below \Registry, \Registry\Machine and \Registry\User.
 */
export function ZwCreateKey(
  KeyHandle: OutPtr, DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES,
  _TitleIndex: number, Class: number, CreateOptions: number, Disposition: OutPtr,
): NTSTATUS {
  return CmCreateKey(KeyHandle, DesiredAccess, ObjectAttributes, Class, CreateOptions, Disposition,
    KernelMode);
}

/** Deletes a key; STATUS_CANNOT_DELETE when it has subkeys. PASSIVE_LEVEL. */
export function ZwDeleteKey(KeyHandle: number): NTSTATUS {
  return CmDeleteKey(KeyHandle, KernelMode);
}

/**
 * Describes the subkey of an index, in alphabetical order. PASSIVE_LEVEL.
 * @param KeyInformationClass KeyBasicInformation, KeyNodeInformation, KeyFullInformation.
 * @returns STATUS_NO_MORE_ENTRIES behind the last; STATUS_INVALID_PARAMETER for another class.
 */
export function ZwEnumerateKey(
  KeyHandle: number, Index: number, KeyInformationClass: number, KeyInformation: OutPtr,
  Length: number, ResultLength: OutPtr,
): NTSTATUS {
  return CmEnumerateKey(KeyHandle, Index, KeyInformationClass, KeyInformation, Length,
    ResultLength, KernelMode);
}

/** Describes a key; its full name too (KeyNameInformation). PASSIVE_LEVEL. */
export function ZwQueryKey(
  KeyHandle: number, KeyInformationClass: number, KeyInformation: OutPtr, Length: number,
  ResultLength: OutPtr,
): NTSTATUS {
  return CmQueryKey(KeyHandle, KeyInformationClass, KeyInformation, Length, ResultLength,
    KernelMode);
}

/** Waits until a key is on disk; the machine has none. PASSIVE_LEVEL. */
export function ZwFlushKey(KeyHandle: number): NTSTATUS {
  return CmFlushKey(KeyHandle, KernelMode);
}

/**
 * Tells a value of a key. PASSIVE_LEVEL.
 * @param ValueName a UNICODE_STRING; the empty name is the default value.
 * @param KeyValueInformationClass KeyValueBasicInformation, ...Full..., ...Partial... (Align64).
 * @returns STATUS_OBJECT_NAME_NOT_FOUND; STATUS_INVALID_PARAMETER for another class.
 */
export function ZwQueryValueKey(
  KeyHandle: number, ValueName: number, KeyValueInformationClass: number,
  KeyValueInformation: OutPtr, Length: number, ResultLength: OutPtr,
): NTSTATUS {
  return CmQueryValueKey(KeyHandle, ValueName, KeyValueInformationClass, KeyValueInformation,
    Length, ResultLength, KernelMode);
}

/** Tells the value of an index, in the order of creation; STATUS_NO_MORE_ENTRIES. PASSIVE_LEVEL. */
export function ZwEnumerateValueKey(
  KeyHandle: number, Index: number, KeyValueInformationClass: number, KeyValueInformation: OutPtr,
  Length: number, ResultLength: OutPtr,
): NTSTATUS {
  return CmEnumerateValueKey(KeyHandle, Index, KeyValueInformationClass, KeyValueInformation,
    Length, ResultLength, KernelMode);
}

/**
 * Sets a value, or makes it. PASSIVE_LEVEL.
 * @param Type REG_*. @param Data `DataSize` bytes; text includes its terminator.
 * @returns STATUS_INSUFFICIENT_RESOURCES without memory or beyond a megabyte.
 */
export function ZwSetValueKey(
  KeyHandle: number, ValueName: number, _TitleIndex: number, Type: number, Data: OutPtr,
  DataSize: number,
): NTSTATUS {
  return CmSetValueKey(KeyHandle, ValueName, Type, Data, DataSize, KernelMode);
}

/** Takes a value away; STATUS_OBJECT_NAME_NOT_FOUND. PASSIVE_LEVEL. */
export function ZwDeleteValueKey(KeyHandle: number, ValueName: number): NTSTATUS {
  return CmDeleteValueKey(KeyHandle, ValueName, KernelMode);
}
