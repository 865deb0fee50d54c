// Pointers are byte addresses inside the machine's memory: 32-bit, NULL is 0, page 0 is never
// mapped. The brand keeps a PIRP from being passed where a PMDL is wanted; at run time a pointer
// is a plain number, so that a C image compiled to wasm32 can share it.

declare const pointee: unique symbol;

/** The address of a structure called `Name` in the machine's memory. */
export type Ptr<Name extends string = string> = number & { readonly [pointee]: Name };

/** A pointer to anything, as the WDK's PVOID. */
export type PVOID = number;

declare const written: unique symbol;

/**
 * The address of a word, or of a few bytes, that a routine fills in or changes: what a C caller
 * writes as `&x`. Drivers may pass their out() there, and nowhere else. Any number will do for the
 * kernel's own callers.
 */
export type OutPtr = number & { readonly [written]?: true };

/** Whether a parameter type is OutPtr. */
export type IsOutPtr<P> = typeof written extends keyof P ? true : false;

/** The pointer to nothing; assignable to every pointer type. */
export const NULL = 0 as Ptr<never> & number;

/** Names what a bare address points to; the caller vouches for it. */
export function cast<Name extends string>(address: number): Ptr<Name> {
  return address as Ptr<Name>;
}

/** Rounds `n` up to a multiple of `alignment`, which is a power of two. */
export function alignUp(n: number, alignment: number): number {
  return Math.ceil(n / alignment) * alignment;
}
