// The boundary between drivers and the kernel's routines: every routine that fltKernel publishes
// goes through `publish`. It turns what drivers hold (views, out parameters, globals) into the
// addresses that the kernel is written with. Checks by contract are added here when the verifier
// is on; the kernel's own rooms call each other directly and are never wrapped.
import type { Addressed } from '../image/out.ts';
import type { Ptr } from '../mem/pointer.ts';

/** What a driver may pass where a routine takes a pointer. */
type Arg<P> = P extends Ptr<infer N> ? P | { readonly address: Ptr<N> } | 0
  : P extends number ? P | number | Addressed
    : P;
type Args<A extends readonly unknown[]> = { [I in keyof A]: Arg<A[I]> };

/** A kernel routine as drivers see it. */
export type Published<F> = F extends (...args: infer A) => infer R
  ? (...args: Args<A>) => R
  : never;

type AnyRoutine = (...args: never[]) => unknown;
type Loose = (...args: unknown[]) => unknown;

function plain(x: unknown): unknown {
  return typeof x === 'object' && x !== null ? (x as Addressed).address : x;
}

/** Publishes a routine of the kernel to drivers. */
export function publish<F extends AnyRoutine>(routine: F): Published<F> {
  const f = routine as unknown as Loose;
  const wrapped: Loose =
    routine.length <= 2
      ? (a, b, c) => f(plain(a), plain(b), plain(c))
      : routine.length <= 4
        ? (a, b, c, d, e) => f(plain(a), plain(b), plain(c), plain(d), plain(e))
        : (...args) => f(...args.map(plain));
  return wrapped as unknown as Published<F>;
}
