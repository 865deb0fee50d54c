// Where each field of a structure lies: the rules of the 32-bit Windows compiler (natural
// alignment, `#pragma pack`, unions), which wasm32 shares. A member whose name begins with `$` is
// anonymous: its own members appear in the enclosing structure, as in C.
import { alignUp } from './pointer.ts';
import type { Field, Fields, Nested } from './field.ts';

export interface LayoutOptions {
  /** `#pragma pack`: no field is aligned to more than this. */
  readonly pack?: number;
  /** The whole structure starts on such a boundary, and its size is a multiple of it. */
  readonly align?: number;
}

export function layout<F extends Fields, N extends string>(
  name: N,
  fields: F,
  union: boolean,
  options: LayoutOptions,
): Nested<F, N> {
  const pack = options.pack ?? 8;
  const offsets: Record<string, number> = {};
  let at = 0;
  let size = 0;
  let align = 1;
  for (const [key, field] of Object.entries(fields)) {
    const fieldAlign = Math.min(field.align, pack);
    align = Math.max(align, fieldAlign);
    at = union ? 0 : alignUp(at, fieldAlign);
    if (at % accessAlign(field) !== 0) {
      throw new Error(`${name}: member ${key} lies at ${at}, where no typed array can reach it`);
    }
    offsets[key] = at;
    if (key.startsWith('$')) hoist(offsets, field, at, name);
    at += field.size;
    size = Math.max(size, at);
  }
  align = Math.max(align, options.align ?? 1);
  return { tag: 'nested', name, union, size: alignUp(size, align), align, fields, offsets };
}

/** What the accessors need: they index a typed array, and read 64-bit integers in two halves. */
function accessAlign(field: Field): number {
  if (field.tag === 'array') return accessAlign(field.element);
  if (field.tag === 'nested') return Math.max(1, ...Object.values(field.fields).map(accessAlign));
  return field.tag === 'scalar' && field.kind === 'i64' ? 4 : field.size;
}

function hoist(offsets: Record<string, number>, field: Field, base: number, owner: string): void {
  if (field.tag !== 'nested') {
    throw new Error(`${owner}: only a struct or union can be anonymous`);
  }
  for (const [key, offset] of Object.entries(field.offsets)) {
    if (key in offsets) throw new Error(`${owner}: member ${key} is declared twice`);
    offsets[key] = base + offset;
  }
}
