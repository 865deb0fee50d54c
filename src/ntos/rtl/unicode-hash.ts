// RtlHashUnicodeString: the one hash of names, X65599, so that a hash means the same to a file
// system, a filter and the object manager.
import { i32 as words, u16 as units } from '../../mem/memory.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../status-codes.ts';
import { checkIrql } from './services.ts';
import { bufferOf } from './unicode-string.ts';
import { upcaseTable } from './upcase.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u16 = units;
const upper = upcaseTable;
const APC_LEVEL = 1;

export const HASH_STRING_ALGORITHM_DEFAULT = 0;
export const HASH_STRING_ALGORITHM_X65599 = 1;
export const HASH_STRING_ALGORITHM_INVALID = 0xffff_ffff;

/** The X65599 hash of text, upper-cased first when case is ignored. */
export function hashUnits(address: number, bytes: number, ignoreCase: boolean): number {
  let hash = 0;
  const end = (address + bytes) >> 1;
  for (let at = address >> 1; at < end; at++) {
    const c = u16[at]!;
    hash = (Math.imul(hash, 65599) + (ignoreCase ? upper[c]! : c)) | 0;
  }
  return hash >>> 0;
}

/**
 * Hashes a string into the word at `HashValue`. IRQL <= APC_LEVEL.
 * @returns STATUS_INVALID_PARAMETER for an unknown algorithm or a NULL result address.
 */
export function RtlHashUnicodeString(
  String: number,
  CaseInSensitive: boolean,
  HashAlgorithm: number,
  HashValue: OutPtr,
): NTSTATUS {
  checkIrql('RtlHashUnicodeString', APC_LEVEL);
  if (HashValue === 0 || HashAlgorithm > HASH_STRING_ALGORITHM_X65599) {
    return STATUS_INVALID_PARAMETER;
  }
  i32[HashValue >> 2] = hashUnits(bufferOf(String), u16[String >> 1]!, CaseInSensitive);
  return STATUS_SUCCESS;
}
