// UNICODE_STRING members of the Filter Manager's objects: their text lives in nonpaged pool.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../ntos/ex/types.ts';
import { UNICODE_STRING } from '../ntos/rtl/types.ts';
import { readUtf16, writeUtf16 } from '../ntos/rtl/unicode-string.ts';

const u = UNICODE_STRING.bound;
type PUS = Parameters<typeof u.Length>[0];
const TAG = poolTag('FMus');

/** Gives a string member its text; false when there is no memory. */
export function assignString(member: number, text: string): boolean {
  const bytes = text.length * 2;
  const buffer = ExAllocatePoolWithTag(NonPagedPool, Math.max(bytes, 2), TAG);
  if (buffer === 0) return false;
  writeUtf16(buffer, text);
  u.set_Buffer(member as PUS, buffer as never);
  u.set_Length(member as PUS, bytes);
  u.set_MaximumLength(member as PUS, bytes);
  return true;
}

/** Gives the text back. */
export function dropString(member: number): void {
  const buffer = u.Buffer(member as PUS);
  if (buffer !== 0) ExFreePoolWithTag(buffer, TAG);
  u.set_Buffer(member as PUS, 0 as never);
  u.set_Length(member as PUS, 0);
}

/** The text of a string member. */
export function textOf(member: number): string {
  return readUtf16(u.Buffer(member as PUS), u.Length(member as PUS));
}
