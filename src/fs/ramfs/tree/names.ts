// Names as NTFS takes them: UTF-16, compared without case, kept as given. A name lies in memory
// and is addressed by where it begins and its length in bytes; nothing here keeps a copy.
import { copyBytes, u16 as units } from '../../../mem/memory.ts';
import { MAX_COMPONENT_CHARS } from '../../../mem/param.ts';
import { mapUnits, upcaseTable } from '../../../ntos/rtl/upcase.ts';
import { TAG_NAME, takePaged } from '../pool.ts';

const u16 = units;
const upper = upcaseTable;

export const BACKSLASH = 0x5c;
export const COLON = 0x3a;
const DOT = 0x2e;
/** Characters of ASCII that a component may not have, beside the control characters. */
const FORBIDDEN = '"*/:<>?\\|';
const forbidden = new Uint8Array(128);
for (let c = 0; c < 32; c++) forbidden[c] = 1;
for (const c of FORBIDDEN) forbidden[c.charCodeAt(0)] = 1;

/** Whether a file or directory may have this name: STATUS_OBJECT_NAME_INVALID if not. */
export function isValidName(at: number, bytes: number): boolean {
  const count = bytes >> 1;
  if (count === 0 || count > MAX_COMPONENT_CHARS) return false;
  const start = at >> 1;
  for (let i = 0; i < count; i++) {
    const c = u16[start + i]!;
    if (c < 128 && forbidden[c] === 1) return false;
  }
  const isDots = u16[start] === DOT && (count === 1 || (count === 2 && u16[start + 1] === DOT));
  return !isDots;
}

/** Whether a stream may have this name. Only NUL and the separators of a path are forbidden. */
export function isValidStreamName(at: number, bytes: number): boolean {
  const count = bytes >> 1;
  if (count > MAX_COMPONENT_CHARS) return false;
  for (let i = at >> 1; i < (at >> 1) + count; i++) {
    const c = u16[i]!;
    if (c === 0 || c === BACKSLASH || c === COLON || c === 0x2f) return false;
  }
  return true;
}

/** Where `unit` first occurs in the text, as a byte offset; the text's length when it does not. */
export function indexOfUnit(unit: number, at: number, bytes: number): number {
  const end = (at + bytes) >> 1;
  for (let i = at >> 1; i < end; i++) if (u16[i] === unit) return (i << 1) - at;
  return bytes;
}

/** Where `unit` last occurs, as a byte offset; -1 when it does not. */
export function lastIndexOfUnit(unit: number, at: number, bytes: number): number {
  const start = at >> 1;
  for (let i = start + (bytes >> 1) - 1; i >= start; i--) if (u16[i] === unit) return (i << 1) - at;
  return -1;
}

/**
 * Orders a name as given against one in upper case: negative, zero or positive. This is the order
 * of a directory's index.
 */
export function compareToUpper(
  at: number, bytes: number, upperAt: number, upperBytes: number,
): number {
  const count = (bytes < upperBytes ? bytes : upperBytes) >> 1;
  const a = at >> 1;
  const b = upperAt >> 1;
  for (let i = 0; i < count; i++) {
    const difference = upper[u16[a + i]!]! - u16[b + i]!;
    if (difference !== 0) return difference;
  }
  return bytes - upperBytes;
}

/** Whether a text is, without regard to case, the given upper-case JavaScript text. */
export function isText(at: number, bytes: number, text: string): boolean {
  if (bytes !== text.length * 2) return false;
  for (let i = 0; i < text.length; i++) {
    if (upper[u16[(at >> 1) + i]!] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** Writes a name and behind it the same in upper case; both take `bytes` bytes. */
export function storeName(to: number, from: number, bytes: number): void {
  copyBytes(to, from, bytes);
  mapUnits(upper, to + bytes, from, bytes >> 1);
}

/** A pool block with the name and its upper case; 0 when there is no memory. */
export function allocateName(from: number, bytes: number): number {
  const block = takePaged(Math.max(bytes * 2, 8), TAG_NAME);
  if (block !== 0) storeName(block, from, bytes);
  return block;
}
