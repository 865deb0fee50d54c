// A schedule as a reader follows it: one column for each thread that does something, one line for
// each step, the lines in the order in which the steps happened. Long stretches of one thread are
// shortened to how they begin and end; a switch away from a thread that could have gone on is
// marked, because those are what the failure needs.
import { actionOf } from '../action.ts';
import { POINT_FAULT, POINT_WAKE } from '../../../atomics-sync/schedule/point.ts';
import type { Outcome, ScheduleEvent } from '../outcome.ts';

/** Lines of a stretch that are shown at its beginning and its end. */
const HEAD = 3;
const TAIL = 4;
const WIDEST = 40;

interface Line {
  readonly thread: number;
  readonly text: string;
  /** The thread before could have gone on. */
  readonly isPreemption: boolean;
}

function stretches(events: readonly ScheduleEvent[]): ScheduleEvent[][] {
  const found: ScheduleEvent[][] = [];
  for (const event of events) {
    const last = found[found.length - 1];
    if (last !== undefined && last[0]!.thread === event.thread) last.push(event);
    else found.push([event]);
  }
  return found;
}

/** Steps that a finding's text names: the two accesses of a data race. */
function namedSteps(outcome: Outcome): ReadonlySet<number> {
  return new Set([...outcome.text.matchAll(/at step (\d+)/g)].map((m) => Number(m[1])));
}

/** What is worth a line: steps, but not those that only did the default, and what is named. */
function telling(outcome: Outcome, isMachine: boolean): ScheduleEvent[] {
  const named = namedSteps(outcome);
  return outcome.events.filter((event, step) => {
    if (named.has(step)) return true;
    if (!event.isStep) return false;
    if (event.kind === POINT_FAULT) return event.operand !== 0;
    // In a machine every request wakes somebody; that he is awake is said where it matters.
    return !(isMachine && event.kind === POINT_WAKE);
  });
}

/** The lines of a schedule. */
function linesOf(outcome: Outcome, routines: ReadonlyMap<number, string>): Line[] {
  const all = stretches(telling(outcome, routines.size > 0));
  const lines: Line[] = [];
  for (const stretch of all) {
    const { thread, preempts } = stretch[0]!;
    const texts = stretch.map((event) => actionOf(event, routines, outcome.labels));
    const shown = texts.length <= HEAD + TAIL + 1 ? texts
      : [...texts.slice(0, HEAD), `… ${texts.length - HEAD - TAIL} more`, ...texts.slice(-TAIL)];
    shown.forEach((text, n) => lines.push({ thread, text, isPreemption: preempts && n === 0 }));
  }
  return lines;
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

/** The schedule in columns. `most` lines are shown; of a longer one, the last. */
export function columns(
  outcome: Outcome, threads: readonly string[], routines: ReadonlyMap<number, string>, most = 80,
): string {
  const lines = linesOf(outcome, routines);
  const used = [...new Set(lines.map((line) => line.thread))].toSorted((a, b) => a - b);
  const shown = lines.slice(-most);
  const widths = used.map((t) => Math.min(WIDEST, Math.max((threads[t] ?? '').length,
    ...shown.filter((line) => line.thread === t).map((line) => line.text.length))));
  const head = `   ${used.map((t, i) => (threads[t] ?? '').padEnd(widths[i]!)).join('  ')}`;
  const rows = shown.map(({ thread, text, isPreemption }) => {
    const at = used.indexOf(thread);
    const before = used.slice(0, at).map((_, i) => ' '.repeat(widths[i]! + 2)).join('');
    return `${isPreemption ? ' > ' : '   '}${before}${cut(text, widths[at]!)}`;
  });
  const left = lines.length - shown.length;
  return [head, ...(left > 0 ? [`   … ${left} lines before`] : []), ...rows].join('\n');
}
