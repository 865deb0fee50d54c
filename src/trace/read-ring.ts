// Reading the flight recorder: the last events of every thread, in the order of their stamps. Cold;
// the host does it in a machine that it does not run, a report in its own. Records that are being
// written meanwhile may be torn; a report says what was seen.
import { views as ownViews } from '../mem/memory.ts';
import { traceRing } from '../mem/memory-map.ts';
import { MAX_PROCESSORS } from '../mem/param.ts';
import { TRACE_EVENT, TRACE_RING_HEAD } from './event.ts';
import type { Views } from '../mem/memory.ts';

/** One event as plain data. */
export interface TraceEvent {
  readonly stamp: number;
  readonly processor: number;
  readonly kind: number;
  readonly irql: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly routine: number;
  readonly data: number;
}

/** The last events of one processor, oldest first. */
export function eventsOf(processor: number, views: Views = ownViews): TraceEvent[] {
  const { i32, u8 } = views;
  const { start } = traceRing(processor);
  const written = i32[start >> 2]!;
  const capacity = i32[(start >> 2) + 1]!;
  const first = start + TRACE_RING_HEAD.size;
  const found: TraceEvent[] = [];
  for (let n = Math.max(0, written - capacity); n < written; n++) {
    const at = first + (n & (capacity - 1)) * TRACE_EVENT.size;
    const word = (index: number): number => i32[(at >> 2) + index]!;
    found.push({ stamp: word(0) >>> 0, processor, kind: u8[at + 4]!, irql: u8[at + 5]!, a: word(2),
      b: word(3), c: word(4), d: word(5), routine: word(6), data: word(7) });
  }
  return found;
}

/** The last events of all processors, oldest first. */
export function lastEvents(views: Views = ownViews): TraceEvent[] {
  const all = Array.from({ length: MAX_PROCESSORS }, (_, processor) => eventsOf(processor, views));
  return all.flat().toSorted((a, b) => a.stamp - b.stamp);
}
