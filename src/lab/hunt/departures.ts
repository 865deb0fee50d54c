// A schedule as a list of departures from the default, keyed by what each thread has done: the form
// in which schedules are shrunk and compared.
import { POINT_FAULT } from '../../atomics-sync/schedule/point.ts';
import type { Departure } from '../../atomics-sync/schedule/strategies/keyed.ts';
import type { Outcome } from './outcome.ts';

/** The departures of a schedule that was run. */
export function departuresOf(outcome: Outcome): Departure[] {
  const { events, decisions } = outcome;
  const counts = new Map<number, number>();
  const list: Departure[] = [];
  let last = -1;
  let next = 0;
  for (const [step, event] of events.entries()) {
    if (decisions[next] === step) {
      const isChoice = event.kind === POINT_FAULT;
      const thread = isChoice ? event.thread : last;
      list.push({
        kind: isChoice ? 'choice' : 'thread', thread, events: counts.get(thread) ?? 0,
        value: decisions[next + 1]!,
      });
      next += 2;
    }
    if (event.isStep) counts.set(event.thread, (counts.get(event.thread) ?? 0) + 1);
    last = event.thread;
  }
  return list;
}
