// Text for TypeScript drivers: the kernel's strings as JavaScript's, for messages and comparisons
// that are not worth a buffer. Each call allocates; hot paths compare with the Rtl routines.
import { readUnicode as readAt, writeUnicode as writeAt } from '../ntos/rtl/unicode-string.ts';
import type { Addressed } from './out.ts';

function addressOf(string: number | Addressed): number {
  return typeof string === 'number' ? string : string.address;
}

/** The text of a UNICODE_STRING, given as a view or by address; NULL is the empty text. */
export function readUnicode(string: number | Addressed): string {
  return readAt(addressOf(string));
}

/** Replaces the text of a UNICODE_STRING whose buffer has room; an Error when it has not. */
export function writeUnicode(string: number | Addressed, text: string): void {
  writeAt(addressOf(string), text);
}
