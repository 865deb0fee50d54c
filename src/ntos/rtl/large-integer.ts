// LARGE_INTEGER at an address, as a double: exact to 2^53, which covers every size and offset of
// the machine. Dates (about 2^57) keep a granularity of 3.2 microseconds, finer than the clock.
// The two words are stored one after the other; whoever shares one guards it with a lock.
import { i32 as signed, u32 as unsigned } from '../../mem/memory.ts';

const i32 = signed;
const u32 = unsigned;
const WORD = 4294967296;

/** The signed 64-bit integer at `at`, which is 4-byte aligned. */
export function readInt64(at: number): number {
  return u32[at >> 2]! + i32[(at >> 2) + 1]! * WORD;
}

/** The unsigned 64-bit integer at `at`. */
export function readUint64(at: number): number {
  return u32[at >> 2]! + u32[(at >> 2) + 1]! * WORD;
}

/** Stores a 64-bit integer; a negative value as two's complement. */
export function writeInt64(at: number, value: number): void {
  u32[at >> 2] = value % WORD;
  i32[(at >> 2) + 1] = Math.floor(value / WORD);
}
