// RtlIsNameLegalDOS8Dot3: whether a name is one that FAT could hold as it stands.
import { u8 as bytes } from '../../mem/memory.ts';
import { bufferOf, readUnicode, setUnicode } from './unicode-string.ts';
import { writeBytes } from './c-string.ts';
import { upcaseText } from './upcase.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const u8 = bytes;
const MAX_CHARS = 12;
/** What 8.3 names may not hold besides control characters: FAT's list. */
const illegal = /["*+,/:;<=>?[\\\]|]/;

/** Whether a base name or an extension has no character that 8.3 names exclude. */
function isClean(part: string): boolean {
  if (illegal.test(part)) return false;
  for (let i = 0; i < part.length; i++) if (part.charCodeAt(i) < 0x20) return false;
  return true;
}

/** Whether a name is of the form 8.3; blanks are allowed, but not at the end of a part. */
export function isDos8Dot3(name: string): boolean {
  if (name === '.' || name === '..') return true;
  if (name.length === 0 || name.length > MAX_CHARS) return false;
  const [base = '', extension, ...more] = name.split('.');
  if (more.length > 0 || base === '' || base.length > 8 || base.endsWith(' ')) return false;
  if (extension !== undefined) {
    if (extension === '' || extension.length > 3 || extension.endsWith(' ')) return false;
  }
  return isClean(base) && isClean(extension ?? '');
}

/**
 * Whether a name is a legal short name. IRQL: any when the name is resident.
 *
 * @param OemName 0, or an ANSI_STRING with a buffer of 12 bytes for the name in OEM upper case.
 * @param NameContainsSpaces 0, or address of a BOOLEAN; written when the name is legal.
 */
export function RtlIsNameLegalDOS8Dot3(
  Name: number, OemName = 0, NameContainsSpaces: OutPtr = 0,
): boolean {
  const name = readUnicode(Name);
  if (!isDos8Dot3(name)) return false;
  if (OemName !== 0) {
    const upper = upcaseText(name);
    const buffer = bufferOf(OemName);
    setUnicode(OemName, buffer, writeBytes(buffer, upper), MAX_CHARS);
  }
  if (NameContainsSpaces !== 0) u8[NameContainsSpaces] = name.includes(' ') ? 1 : 0;
  return true;
}
