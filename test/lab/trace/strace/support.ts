// Parses made-up strace lines, so that a test reads like a log beside what NT is asked for it.
// Guarantees: lines are given without pid and time unless a test is about those; every line gets a
// time of its own.
import type { TraceEvent } from '#src/lab/trace/event.ts';
import { parseStrace } from '#src/lab/trace/strace.ts';
import type { StraceNotes } from '#src/lab/trace/strace.ts';
import { TraceTally } from '#src/lab/trace/tally.ts';
import type { TraceSummary } from '#src/lab/trace/tally.ts';
import { statusName } from '#src/ntos/status.ts';

export interface Parsed {
  readonly events: TraceEvent[];
  readonly summary: TraceSummary;
  readonly notes: StraceNotes;
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

/** Parses lines exactly as given. */
export async function parseLines(lines: readonly string[], lenient = false): Promise<Parsed> {
  const tally = new TraceTally('made-up.log', lenient);
  const notes: StraceNotes = { caseCollisions: 0, illegalNames: 0, correctedStatuses: 0 };
  const events: TraceEvent[] = [];
  for await (const event of parseStrace(each(lines), { tally, notes })) events.push(event);
  return { events, summary: tally.summary, notes };
}

/** Parses calls of process 7 (or of the pid that starts a line), one millisecond apart. */
export async function parseCalls(...calls: string[]): Promise<Parsed> {
  return parseLines(calls.map((call, index) => {
    const [, pid = '7', rest = ''] = /^(?:(\d+) )?(.*)$/s.exec(call) ?? [];
    return `${pid} 1700000000.${String(index).padStart(3, '0')}000 ${rest}`;
  }));
}

/** `create \a\b OBJECT_NAME_NOT_FOUND`; success goes without saying. */
export function told(events: readonly TraceEvent[]): string[] {
  return events.map((event) => {
    const status = statusName(event.status ?? 0).replace('STATUS_', '');
    return `${event.operation} ${event.volumePath}${status === 'SUCCESS' ? '' : ` ${status}`}`;
  });
}

/** What the calls ask of NT, one text per event. */
export async function asked(...calls: string[]): Promise<string[]> {
  return told((await parseCalls(...calls)).events);
}

/** The parameters of the first event of a kind. */
export function parametersOf(parsed: Parsed, operation: string): unknown {
  return parsed.events.find((event) => event.operation === operation)?.parameters;
}
