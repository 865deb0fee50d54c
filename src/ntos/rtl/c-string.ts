// NUL-terminated text at an address: WCHAR strings, and bytes as the kernel's ANSI strings. One
// byte is one character (Latin-1): the machine has no code page.
import { u16 as units, u8 as bytes } from '../../mem/memory.ts';
import { readUtf16 } from './unicode-string.ts';

const u16 = units;
const u8 = bytes;

/** The length in units of NUL-terminated UTF-16 text (wcslen). IRQL: any when it is resident. */
export function wcslen(String: number): number {
  let length = 0;
  while (u16[(String >> 1) + length] !== 0) length++;
  return length;
}

/** The length in bytes of a NUL-terminated byte string. */
export function strlen(String: number): number {
  let length = 0;
  while (u8[String + length] !== 0) length++;
  return length;
}

/** `length` bytes as text. */
export function readBytes(address: number, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(u8[address + i]!);
  return text;
}

/** Writes text as bytes, without a terminator; what is no byte becomes '?'. Returns the bytes. */
export function writeBytes(address: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    u8[address + i] = unit < 256 ? unit : 0x3f;
  }
  return text.length;
}

/** A NUL-terminated byte string, cut at `most` bytes. */
export function readNarrow(address: number, most: number = Infinity): string {
  let length = 0;
  while (length < most && u8[address + length] !== 0) length++;
  return readBytes(address, length);
}

/** NUL-terminated UTF-16 text, cut at `most` units. */
export function readWide(address: number, most: number = Infinity): string {
  let length = 0;
  while (length < most && u16[(address >> 1) + length] !== 0) length++;
  return readUtf16(address, length * 2);
}
