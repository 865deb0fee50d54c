// System services for values: query, set, delete, enumerate. PASSIVE_LEVEL; the mode of the caller
// comes last, see nt-key.ts.
import { checkIrql } from '../rtl/services.ts';
import { readUnicode } from '../rtl/unicode-string.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER, STATUS_NO_MORE_ENTRIES,
  STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS } from '../status-codes.ts';
import { KEY_QUERY_VALUE, KEY_SET_VALUE, KeyValueBasicInformation, KeyValueFullInformation,
  KeyValueFullInformationAlign64, KeyValuePartialInformation, KeyValuePartialInformationAlign64,
  MAX_VALUE_BYTES, MAX_VALUE_NAME } from './constants.ts';
import { Answer } from './information-writer.ts';
import { NO_VALUE, findValue, removeValue, setValue, valueName, valuesOf } from './node.ts';
import { onKey } from './key-object.ts';
import { CM_KEY_VALUE, KEY_VALUE_BASIC_INFORMATION, KEY_VALUE_FULL_INFORMATION,
  KEY_VALUE_PARTIAL_INFORMATION, KEY_VALUE_PARTIAL_INFORMATION_ALIGN64 } from './types.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { PCM_KEY_VALUE } from './types.ts';

const { Type, DataLength, Data } = CM_KEY_VALUE.bound;
const PASSIVE_LEVEL = 0;
/** DataOffset of a value without data. */
const NO_DATA = -1;

function fullInformation(value: PCM_KEY_VALUE, alignment: number): Answer {
  const name = valueName(value);
  const header = KEY_VALUE_FULL_INFORMATION.offsets['Name'] ?? 0;
  const end = header + 2 * name.length;
  const size = DataLength(value);
  const offset = size === 0 ? NO_DATA : Math.ceil(end / alignment) * alignment;
  const answer = new Answer().words(0, Type(value), offset, size, 2 * name.length).text(name);
  return size === 0 ? answer : answer.align(alignment).data(Data(value), size);
}

/** Writes what a class tells about a value; STATUS_INVALID_PARAMETER for a class that is none. */
function describeValue(
  value: PCM_KEY_VALUE, cls: number, buffer: number, length: number, resultLength: number,
): NTSTATUS {
  const name = valueName(value);
  const size = DataLength(value);
  switch (cls) {
    case KeyValueBasicInformation:
      return new Answer().words(0, Type(value), 2 * name.length).text(name)
        .give(KEY_VALUE_BASIC_INFORMATION.offsets['Name'] ?? 0, buffer, length, resultLength);
    case KeyValueFullInformation:
    case KeyValueFullInformationAlign64:
      return fullInformation(value, cls === KeyValueFullInformation ? 4 : 8)
        .give(KEY_VALUE_FULL_INFORMATION.offsets['Name'] ?? 0, buffer, length, resultLength);
    case KeyValuePartialInformation:
      return new Answer().words(0, Type(value), size).data(Data(value), size)
        .give(KEY_VALUE_PARTIAL_INFORMATION.offsets['Data'] ?? 0, buffer, length, resultLength);
    case KeyValuePartialInformationAlign64:
      return new Answer().words(Type(value), size).data(Data(value), size)
        .give(KEY_VALUE_PARTIAL_INFORMATION_ALIGN64.offsets['Data'] ?? 0, buffer, length,
          resultLength);
    default:
      return STATUS_INVALID_PARAMETER;
  }
}

/** Tells a value of a name: ZwQueryValueKey. */
export function CmQueryValueKey(
  KeyHandle: number, ValueName: number, KeyValueInformationClass: number,
  KeyValueInformation: OutPtr, Length: number, ResultLength: OutPtr, mode: number,
): NTSTATUS {
  checkIrql('ZwQueryValueKey', PASSIVE_LEVEL);
  return onKey(KeyHandle, KEY_QUERY_VALUE, mode, (node) => {
    const value = findValue(node, readUnicode(ValueName));
    if (value === NO_VALUE) return STATUS_OBJECT_NAME_NOT_FOUND;
    return describeValue(value, KeyValueInformationClass, KeyValueInformation, Length,
      ResultLength);
  });
}

/** Tells the value of an index, in the order of creation: ZwEnumerateValueKey. */
export function CmEnumerateValueKey(
  KeyHandle: number, Index: number, KeyValueInformationClass: number,
  KeyValueInformation: OutPtr, Length: number, ResultLength: OutPtr, mode: number,
): NTSTATUS {
  checkIrql('ZwEnumerateValueKey', PASSIVE_LEVEL);
  return onKey(KeyHandle, KEY_QUERY_VALUE, mode, (node) => {
    const value = valuesOf(node)[Index >>> 0];
    if (value === undefined) return STATUS_NO_MORE_ENTRIES;
    return describeValue(value, KeyValueInformationClass, KeyValueInformation, Length,
      ResultLength);
  });
}

/** Sets a value: ZwSetValueKey. */
export function CmSetValueKey(
  KeyHandle: number, ValueName: number, ValueType: number, Data_: OutPtr, DataSize: number,
  mode: number,
): NTSTATUS {
  checkIrql('ZwSetValueKey', PASSIVE_LEVEL);
  const name = readUnicode(ValueName);
  const size = DataSize >>> 0;
  if (name.length > MAX_VALUE_NAME || (size > 0 && Data_ === 0)) return STATUS_INVALID_PARAMETER;
  if (size > MAX_VALUE_BYTES) return STATUS_INSUFFICIENT_RESOURCES;
  return onKey(KeyHandle, KEY_SET_VALUE, mode, (node) =>
    setValue(node, name, ValueType, Data_, size) ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES);
}

/** Takes a value away: ZwDeleteValueKey. */
export function CmDeleteValueKey(KeyHandle: number, ValueName: number, mode: number): NTSTATUS {
  checkIrql('ZwDeleteValueKey', PASSIVE_LEVEL);
  return onKey(KeyHandle, KEY_SET_VALUE, mode, (node) => {
    const value = findValue(node, readUnicode(ValueName));
    if (value === NO_VALUE) return STATUS_OBJECT_NAME_NOT_FOUND;
    removeValue(node, value);
    return STATUS_SUCCESS;
  });
}
