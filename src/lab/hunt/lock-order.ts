// Deadlocks that a schedule shows although it ended well: threads that took locks in orders which
// close a ring (Goodlock, Havelund 2000). From the record of one schedule over words: a lock is a
// word that holds its owner, and zero when it is free.
//
// A ring is none when its steps lie under one more lock, the same for two of them: that lock lets
// only one in. What is predicted may still be impossible for other reasons; a hunt says whether.
import { POINT_UPDATE } from '../../atomics-sync/schedule/point.ts';
import type { ScheduleEvent } from './outcome.ts';

/** A thread took `wanted` while it held `held` and, beside it, the locks `under`. */
export interface LockStep {
  readonly thread: number;
  readonly held: number;
  readonly wanted: number;
  readonly under: readonly number[];
}

/** The orders in which the threads of a schedule took locks, each once. */
export function lockSteps(
  events: readonly ScheduleEvent[], isLock: (address: number) => boolean,
): LockStep[] {
  const held = new Map<number, number[]>();
  const steps = new Map<string, LockStep>();
  for (const { kind, object, thread, before, operand } of events) {
    if (kind !== POINT_UPDATE || !isLock(object)) continue;
    const mine = held.get(thread) ?? [];
    if (before !== 0 && operand === 0) held.set(thread, mine.filter((lock) => lock !== object));
    if (before !== 0 || operand === 0) continue;
    for (const lock of mine) {
      const step = { thread, held: lock, wanted: object, under: mine.filter((l) => l !== lock) };
      steps.set(JSON.stringify(step), step);
    }
    held.set(thread, [...mine, object]);
  }
  return [...steps.values()];
}

/** Whether a step can stand beside the others in one deadlock. */
function fits(ring: readonly LockStep[], next: LockStep): boolean {
  const locks = [next.held, ...next.under];
  return ring.every((step) => step.thread !== next.thread &&
    ![step.held, ...step.under].some((lock) => locks.includes(lock)));
}

/** The rings among some steps; each begins with the lock whose address is the smallest. */
export function lockRings(steps: readonly LockStep[]): (readonly LockStep[])[] {
  const rings: (readonly LockStep[])[] = [];
  const extend = (ring: readonly LockStep[]): void => {
    const first = ring[0]!;
    for (const next of steps) {
      if (next.held !== ring.at(-1)!.wanted || next.held < first.held) continue;
      if (!fits(ring, next)) continue;
      const longer = [...ring, next];
      if (next.wanted === first.held) rings.push(longer);
      else extend(longer);
    }
  };
  for (const step of steps) extend([step]);
  return rings;
}
