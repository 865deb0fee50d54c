// The kinds of field a structure can have, and how each is laid out on 32-bit Windows.
// A field carries its TypeScript type, so that accessors and views are checked at compile time.
import type { Ptr } from './pointer.ts';
import type { RoutineId } from './routine.ts';

/** How a scalar lies in memory: width, sign, and whether it is one of ours (64-bit as a double). */
export type Kind = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'i64' | 'f64';

export interface Scalar<T = number> {
  readonly tag: 'scalar';
  readonly kind: Kind;
  readonly size: number;
  readonly align: number;
  /** The C spelling, for the generated header. */
  readonly c: string;
  /** Only a type: what the accessor returns. */
  readonly of?: T;
}

/** A word waited on or compare-exchanged: it has an address, and no plain accessor. */
export interface Atomic {
  readonly tag: 'atomic';
  readonly kind: 'i32';
  readonly size: 4;
  readonly align: 4;
  readonly c: string;
}

/** Fields side by side (a struct) or on top of each other (a union). */
export interface Nested<F extends Fields = Fields, N extends string = string> {
  readonly tag: 'nested';
  readonly name: N;
  readonly union: boolean;
  readonly size: number;
  readonly align: number;
  readonly fields: F;
  readonly offsets: Readonly<Record<string, number>>;
}

/** `length` elements of one type; reached by address, or element by element in a view. */
export interface ArrayOf<E extends Field = Field> {
  readonly tag: 'array';
  readonly element: E;
  readonly length: number;
  readonly size: number;
  readonly align: number;
}

/** A pointer that a view follows by itself: `Data.Iopb.Parameters`. */
export interface Deref<N extends Nested = Nested> {
  readonly tag: 'deref';
  readonly target: () => N;
  readonly size: 4;
  readonly align: 4;
  readonly c: string;
}

export type Field = Scalar<unknown> | Atomic | Nested | ArrayOf | Deref;
export type Fields = { readonly [name: string]: Field };

function scalar<T>(kind: Kind, c: string): Scalar<T> {
  const size = Number(kind.slice(1)) / 8;
  return { tag: 'scalar', kind, size, align: size, c };
}

export const UCHAR = scalar<number>('u8', 'UCHAR');
export const CHAR = scalar<number>('i8', 'CHAR');
export const BOOLEAN = scalar<number>('u8', 'BOOLEAN');
export const USHORT = scalar<number>('u16', 'USHORT');
export const SHORT = scalar<number>('i16', 'SHORT');
export const ULONG = scalar<number>('u32', 'ULONG');
export const LONG = scalar<number>('i32', 'LONG');
/** 64-bit integers read as doubles: exact to 2^53, which is eight petabytes. */
export const LARGE_INTEGER = scalar<number>('i64', 'LARGE_INTEGER');
export const LONGLONG = scalar<number>('i64', 'LONGLONG');
/** A status is a signed integer, so that NT_SUCCESS is `>= 0`. */
export const NTSTATUS_FIELD = scalar<number>('i32', 'NTSTATUS');
export const SIZE_T = scalar<number>('u32', 'SIZE_T');
export const POINTER = scalar<number>('i32', 'PVOID');
export const ROUTINE = scalar<RoutineId>('i32', 'PVOID');

/** A typed pointer; reading it gives the address. */
export function pointer<N extends string>(name: N): Scalar<Ptr<N>> {
  return scalar<Ptr<N>>('i32', name === 'VOID' ? 'PVOID' : `struct _${name} *`);
}

/** A contended word; see Atomic. `c` is its spelling in the generated header. */
export function atomic(c = 'LONG'): Atomic {
  return { tag: 'atomic', kind: 'i32', size: 4, align: 4, c };
}

/** A pointer that views follow; the target is given late because structures refer to each other. */
export function deref<N extends Nested>(target: () => N, c = 'PVOID'): Deref<N> {
  return { tag: 'deref', target, size: 4, align: 4, c };
}

/** `length` elements in a row. */
export function array<E extends Field>(element: E, length: number): ArrayOf<E> {
  const { size, align } = element;
  return { tag: 'array', element, length, size: size * length, align };
}
