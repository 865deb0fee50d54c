// The boundary between drivers and the kernel's routines: every routine that fltKernel publishes
// goes through `publish`. It turns what drivers hold (views, out parameters, globals) into the
// addresses that the kernel is written with. In the checked configuration the routine's contract is
// checked first (check.ts); the kernel's own rooms call each other directly and are never wrapped.
import { watchCall } from './call-watch.ts';
import { checked } from './check.ts';
import { conducted } from '../image/conduct.ts';
import type { Addressed, Structure } from '../image/out.ts';
import type { IsOutPtr, Ptr } from '../mem/pointer.ts';

/**
 * What a driver may pass for a parameter: an address always; a view where a structure is wanted;
 * an out() only where the routine writes a word (OutPtr), so that `out` cannot slip in where
 * `out.value` was meant.
 */
type Arg<P> = P extends Ptr<infer N> ? P | { readonly address: Ptr<N> } | 0
  : P extends number ? IsOutPtr<P> extends true ? number | Addressed : P | number | Structure
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

/** More arguments than the fast path of `publish` names. */
function callMany(f: Loose, args: IArguments): unknown {
  return f(...Array.from(args, plain));
}

/**
 * Publishes a routine of the kernel to drivers. As many arguments are passed on as the driver gave:
 * defaults and rest parameters of the routine work as if it had been called directly, and nothing
 * is allocated for up to six arguments.
 *
 * @param name under which its contract is found; a room may hold it in a constant of another name.
 */
export function publish<F extends AnyRoutine>(routine: F, name = routine.name): Published<F> {
  const f = conducted(name, watchCall(name, checked(name, routine))) as unknown as Loose;
  function published(a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown, g?: unknown) {
    switch (arguments.length) {
      case 0: return f();
      case 1: return f(plain(a));
      case 2: return f(plain(a), plain(b));
      case 3: return f(plain(a), plain(b), plain(c));
      case 4: return f(plain(a), plain(b), plain(c), plain(d));
      case 5: return f(plain(a), plain(b), plain(c), plain(d), plain(e));
      case 6: return f(plain(a), plain(b), plain(c), plain(d), plain(e), plain(g));
      default: return callMany(f, arguments);
    }
  }
  return published as unknown as Published<F>;
}
