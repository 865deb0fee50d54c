// Answers of variable length: a fixed part, then text or data. What the registry's queries have in
// common: the length that is needed is always told; a buffer that does not hold the fixed part is
// STATUS_BUFFER_TOO_SMALL and stays as it is; one that holds only some of the rest is filled and
// STATUS_BUFFER_OVERFLOW.
import { i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_SUCCESS }
  from '../status-codes.ts';
import type { NTSTATUS } from '../status.ts';

const i32 = words;
const u8 = bytes;

/** An answer under construction. */
export class Answer {
  #bytes: number[] = [];

  /** How long the answer is so far. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Appends 32-bit words. */
  words(...values: number[]): this {
    for (const value of values) {
      for (let shift = 0; shift < 32; shift += 8) this.#bytes.push((value >>> shift) & 0xff);
    }
    return this;
  }

  /** Appends a 64-bit number. */
  wide(value: number): this {
    return this.words(value % 4294967296, Math.floor(value / 4294967296));
  }

  /** Appends text as UTF-16. */
  text(text: string): this {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.#bytes.push(unit & 0xff, unit >>> 8);
    }
    return this;
  }

  /** Appends `length` bytes that lie at `address`. */
  data(address: number, length: number): this {
    for (let i = 0; i < length; i++) this.#bytes.push(u8[address + i]!);
    return this;
  }

  /** Appends zeros up to a multiple of `alignment`. */
  align(alignment: number): this {
    while (this.#bytes.length % alignment !== 0) this.#bytes.push(0);
    return this;
  }

  /** Gives as much of the answer as the caller's buffer holds. */
  give(fixed: number, buffer: number, length: number, resultLength: number): NTSTATUS {
    const room = length >>> 0;
    if (resultLength !== 0) i32[resultLength >> 2] = this.#bytes.length;
    if (room < fixed) return STATUS_BUFFER_TOO_SMALL;
    u8.set(this.#bytes.slice(0, room), buffer);
    return room < this.#bytes.length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
  }
}
