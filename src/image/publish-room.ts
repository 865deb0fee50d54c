// Publishing a room: every routine of a kernel module, wrapped for drivers. The api-* files take
// from it by name what the WDK publishes; the names they do not take stay private.
import { publish } from '../verifier/thunk.ts';
import type { Published } from '../verifier/thunk.ts';

type AnyRoutine = (...args: never[]) => unknown;

/** The routines of a module as drivers see them. */
export type PublishedRoom<M> = {
  readonly [K in keyof M as M[K] extends AnyRoutine ? K : never]: Published<M[K]>;
};

/** Wraps the routines of a module. */
export function publishRoom<M extends object>(room: M): PublishedRoom<M> {
  const published: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(room)) {
    if (typeof member === 'function') published[name] = publish(member as AnyRoutine, name);
  }
  return published as PublishedRoom<M>;
}
