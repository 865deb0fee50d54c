// What a fuzz run reached: which operations the filters' callbacks saw, and what the application
// got
// for each kind of operation. Silence is worth as much as this says. Plain data: it travels between
// threads, and that of several is added up.
import type { NTSTATUS } from '../../ntos/status.ts';
import type { FuzzKind } from './sequence.ts';

export interface Reached {
  /** Callbacks, pre and post, by `major << 8 | minor`. */
  readonly callbacks: Map<number, number>;
  /** By kind of operation, then by the status that the application got. */
  readonly statuses: Map<FuzzKind, Map<NTSTATUS, number>>;
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

export const nothingReached = (): Reached => ({ callbacks: new Map(), statuses: new Map() });

/** Adds what another thread reached. */
export function addReached(to: Reached, more: Reached): void {
  for (const [key, count] of more.callbacks) add(to.callbacks, key, count);
  for (const [kind, statuses] of more.statuses) {
    for (const [status, count] of statuses) noteStatus(to, kind, status, count);
  }
}

/** An operation of this kind ended so for the application. */
export function noteStatus(to: Reached, kind: FuzzKind, status: NTSTATUS, count = 1): void {
  let statuses = to.statuses.get(kind);
  if (statuses === undefined) to.statuses.set(kind, statuses = new Map());
  add(statuses, status, count);
}
