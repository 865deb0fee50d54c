// The generator behind struct.bound: one specialised function per field, with the offset as a
// literal. Three accesses cost under a nanosecond when the caller copies the functions it needs
// into local constants (measured-facts 4.1). The text of each function is unique to its field, so
// that V8 keeps its feedback apart.
//
// The schedule of a hunt may look at every access to shared driver state: `watch` is called with
// the address then, and is not even compiled in otherwise.
import type { Views } from './memory.ts';
import type { Atomic, ArrayOf, Deref, Field, Fields, Kind, Nested, Scalar } from './field.ts';
import type { Ptr } from './pointer.ts';

type Get<N extends string, T> = (p: Ptr<N>) => T;
type Set<N extends string, T> = (p: Ptr<N>, value: T) => void;

/** The accessors of one field: plain get and set, or only an address. */
type Of<N extends string, K extends string, F> =
  F extends Scalar<infer T>
    ? { readonly [P in K]: Get<N, T> } & { readonly [P in `set_${K}`]: Set<N, T> } & {
        readonly [P in `at_${K}`]: Get<N, number>;
      }
    : F extends Atomic
      ? { readonly [P in `at_${K}`]: Get<N, number> }
      : F extends Deref<infer M>
        ? { readonly [P in K]: Get<N, Ptr<M['name']>> } & {
            readonly [P in `set_${K}`]: Set<N, Ptr<M['name']>>;
          }
        : F extends ArrayOf
          ? { readonly [P in `at_${K}`]: Get<N, number> }
          : F extends Nested<infer G, infer M>
            ? { readonly [P in `at_${K}`]: Get<N, Ptr<M>> } & AccessorsOf<
                G,
                N,
                K extends `${infer Outer}$${string}` ? Outer : `${K}_`
              >
            : never;

type Both<U> =
  (U extends unknown ? (k: U) => void : never) extends (k: infer I) => void ? I : never;

type AccessorsOf<F extends Fields, N extends string, P extends string> = Both<
  { [K in keyof F & string]: Of<N, `${P}${K}`, F[K]> }[keyof F & string]
>;

/** Every accessor of a structure: `Flags`, `set_Flags`, `at_Flags`, nested as `IoStatus_Status`. */
export type Accessors<F extends Fields, N extends string> = AccessorsOf<F, N, ''>;

/** Called before an access when a schedule watches shared state. */
export type Watch = (address: number, write: boolean) => void;

const cell: Record<Kind, (at: string) => string> = {
  u8: (at) => `u8[${at}]`,
  i8: (at) => `(u8[${at}]<<24>>24)`,
  u16: (at) => `u16[(${at})>>1]`,
  i16: (at) => `i16[(${at})>>1]`,
  u32: (at) => `u32[(${at})>>2]`,
  i32: (at) => `i32[(${at})>>2]`,
  i64: (at) => `(u32[(${at})>>2]+i32[((${at})>>2)+1]*4294967296)`,
  f64: (at) => `f64[(${at})>>3]`,
};

function store(kind: Kind, at: string): string {
  if (kind === 'i64') {
    return `u32[(${at})>>2]=v%4294967296;i32[((${at})>>2)+1]=Math.floor(v/4294967296)`;
  }
  if (kind === 'i8') return `u8[${at}]=v`;
  return `${cell[kind](at)}=v`;
}

interface Emit {
  readonly lines: string[];
  readonly struct: string;
  readonly watched: boolean;
}

function emitPlain(e: Emit, key: string, kind: Kind, offset: number): void {
  const at = `p+${offset}`;
  const look = (write: boolean): string => (e.watched ? `watch(${at},${write});` : '');
  e.lines.push(
    `${key}:(p)=>{/*${e.struct}*/${look(false)}return ${cell[kind](at)}}`,
    `set_${key}:(p,v)=>{/*${e.struct}*/${look(true)}${store(kind, at)}}`,
  );
}

function emit(
  e: Emit,
  fields: Fields,
  offsets: Nested['offsets'],
  base: number,
  prefix: string,
): void {
  for (const [name, field] of Object.entries(fields)) {
    const key = `${prefix}${name}`;
    const offset = base + (offsets[name] ?? 0);
    if (field.tag === 'scalar') emitPlain(e, key, field.kind, offset);
    if (field.tag === 'deref') emitPlain(e, key, 'i32', offset);
    e.lines.push(`at_${key}:(p)=>p+${offset}`);
    if (field.tag === 'nested') {
      emit(e, field.fields, field.offsets, offset, name.startsWith('$') ? prefix : `${key}_`);
    }
  }
}

/** Compiles the accessors of a structure over the given views. */
export function compileAccessors(type: Nested, v: Views, watch?: Watch): unknown {
  const e: Emit = { lines: [], struct: type.name, watched: watch !== undefined };
  emit(e, type.fields, type.offsets, 0, '');
  const body = `"use strict";return{${e.lines.join(',\n')}};`;
  const make = new Function('u8', 'i16', 'u16', 'i32', 'u32', 'f64', 'watch', body);
  return make(v.u8, v.i16, v.u16, v.i32, v.u32, v.f64, watch);
}

/** The expression that reads a scalar at `address`, for generators elsewhere (views, chains). */
export function readExpression(field: Field, at: string): string {
  if (field.tag === 'scalar' || field.tag === 'atomic') return cell[field.kind](at);
  return at;
}

/** The statement that stores `v` into a scalar at `at`. */
export function storeStatement(kind: Kind, at: string): string {
  return store(kind, at);
}
