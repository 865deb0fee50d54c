// The order in which recorded operations took effect. A log lists operations by their start; what a
// file system decides, it decides somewhere between start and completion.
// Guarantees: operations of one thread keep their order; only cleanups move, to the time of their
// completion. A cleanup is what filters hold up (virus scanners read a written file before they let
// its cleanup pass), so others still find the file open while one is under way.
// Simplification: everything else counts from its start.
import type { TraceEvent } from '../event.ts';

/** The events in order of effect, numbered anew; `line` still tells the place in the log. */
export function inEffectOrder(events: readonly TraceEvent[]): TraceEvent[] {
  const sorted = events.map((event) => ({ event, time: effectTime(event) }))
    .toSorted((first, second) => first.time - second.time
      || first.event.sequence - second.event.sequence);
  return sorted.map(({ event }, sequence) => ({ ...event, sequence }));
}

function effectTime(event: TraceEvent): number {
  return event.operation === 'cleanup' ? event.time + (event.duration ?? 0) : event.time;
}
