// Locals of a driver whose address is taken: out parameters and structures on the stack. They
// live until the callback that made them returns, as C locals do.
import { i32 as words } from '../mem/memory.ts';
import { stackAlloc } from '../mem/stack.ts';
import type { Fields } from '../mem/field.ts';
import type { StructType } from '../mem/struct.ts';
import type { ViewOf } from '../mem/view.ts';

const i32 = words;

/** Anything that has an address: views, out parameters, globals. */
export interface Addressed {
  readonly address: number;
}

declare const isOut: unique symbol;

/**
 * What has an address but is no out parameter: what a driver may pass where a routine takes a
 * structure. An out() there would be the address of the word, where its value was meant.
 */
export interface Structure extends Addressed {
  readonly [isOut]?: never;
}

/** A word in memory that a routine writes its result to (`PVOID *`, `PULONG`). */
export class Out<T extends number = number> {
  /** Only a type: keeps an out parameter from being taken for a structure. */
  declare readonly [isOut]: true;
  /** Where the word lies; pass the object itself to a routine that takes an out parameter. */
  address: number;

  constructor(address: number) {
    this.address = address;
  }

  get value(): T {
    return i32[this.address >> 2] as T;
  }

  set value(value: T | Addressed) {
    i32[this.address >> 2] = typeof value === 'object' ? value.address : value;
  }
}

/** A fresh out parameter on the stack, 0 until a routine writes it. */
export function out<T extends number = number>(): Out<T> {
  return new Out<T>(stackAlloc(4));
}

/** A zeroed structure on the stack. */
export function local<F extends Fields, N extends string>(type: StructType<F, N>): ViewOf<F, N> {
  return type.at(stackAlloc(type.size));
}

/** `bytes` of zeroed stack, for buffers. */
export function localBytes(bytes: number): number {
  return stackAlloc(bytes);
}
