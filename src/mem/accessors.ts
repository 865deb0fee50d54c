// The generator behind struct.bound: one specialised function per field, with the offset as a
// literal. Three accesses cost under a nanosecond when the caller copies the functions it needs
// into local constants (measured-facts 4.1). The text of each function is unique to its field, so
// that V8 keeps its feedback apart.
//
// In the checked configuration every access looks first whether the memory may be touched at this
// IRQL (watch.ts): `watch` is called with the address then, and is not even compiled in
// otherwise.
import type { Views } from './memory.ts';
import type { Deref, Field, Fields, Kind, Nested, Scalar } from './field.ts';
import type { Ptr } from './pointer.ts';

type Get<N extends string, T> = (p: Ptr<N>) => T;
type Set<N extends string, T> = (p: Ptr<N>, value: T) => void;

/** Every member with its accessor's name: nested ones as `IoStatus_Status`, anonymous ones bare. */
type Entries<F extends Fields, P extends string> = {
  [K in keyof F & string]: F[K] extends Nested<infer G>
    ? K extends `$${string}`
      ? Entries<G, P>
      : readonly [`${P}${K}`, F[K]] | Entries<G, `${P}${K}_`>
    : readonly [`${P}${K}`, F[K]];
}[keyof F & string];

type Entry = readonly [string, Field];
type Readable<E extends Entry> = E[1] extends Scalar<unknown> | Deref ? E[0] : never;
type ValueOf<F> =
  F extends Scalar<infer T> ? T : F extends Deref<infer M> ? Ptr<M['name']> : never;
type AddressOf<F> = F extends Nested<Fields, infer M> ? Ptr<M> : number;

// One mapped type for each kind of accessor: an intersection of one type per member would make
// the compiler compare hundreds of them wherever two structures meet.
type AccessorsOf<E extends Entry, N extends string> = {
  readonly [M in E as Readable<M>]: Get<N, ValueOf<M[1]>>;
} & {
  readonly [M in E as `set_${Readable<M>}`]: Set<N, ValueOf<M[1]>>;
} & {
  readonly [M in E as `at_${M[0]}`]: Get<N, AddressOf<M[1]>>;
};

/** Every accessor of a structure: `Flags`, `set_Flags`, `at_Flags`, nested as `IoStatus_Status`. */
export type Accessors<F extends Fields, N extends string> = AccessorsOf<Entries<F, ''>, N>;

/** Called before an access when accesses are watched. */
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
