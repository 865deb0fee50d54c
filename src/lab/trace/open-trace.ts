// Opens a recorded log of any kind that the lab reads: finds out which it is, undoes gzip, and
// hands out its events with a summary of what was parsed, skipped, unknown or broken.
// Guarantees: the kind is told by content, never by the file's name. `summary` grows while events
// are read and is complete when they end.
import type { TraceEvent, TraceOptions } from './event.ts';
import { isFioHeader, parseFioIolog } from './fio-iolog.ts';
import { parseProcmonCsv } from './procmon-csv.ts';
import { parseStrace } from './strace.ts';
import { TraceError, TraceTally, type TraceSummary } from './tally.ts';
import { linesOf, textOfFile } from './text-input.ts';

/** How much of the start may be needed to tell the kind. */
const HEAD_CHARACTERS = 16_384;

export type TraceFormat = Exclude<TraceSummary['format'], 'unknown'>;

export interface OpenTraceOptions {
  /** Collect problems and go on, instead of stopping at the first. */
  readonly lenient?: boolean;
}

export interface OpenedTrace {
  readonly format: TraceFormat;
  readonly events: AsyncGenerator<TraceEvent>;
  readonly summary: TraceSummary;
}

export interface ReadTrace {
  readonly events: TraceEvent[];
  readonly summary: TraceSummary;
}

/**
 * Opens a log file for reading as a stream.
 * @throws TraceError when the file cannot be read or is of no known kind.
 */
export async function openTrace(
  path: string, options: OpenTraceOptions = {},
): Promise<OpenedTrace> {
  const tally = new TraceTally(path, options.lenient ?? false);
  return openTraceText(textOfFile(path, tally), tally);
}

/** The same for text from anywhere: a test, standard input. */
export async function openTraceText(
  text: AsyncIterable<string>, tally: TraceTally,
): Promise<OpenedTrace> {
  const { head, all } = await headOf(text);
  const format = formatOf(head, tally);
  return { format, events: parsers[format](all, { tally }), summary: tally.summary };
}

/**
 * Reads a whole log and puts its events in order of time: a view of Process Monitor that was
 * sorted by another column is exported in that order.
 */
export async function readTrace(
  path: string, options: OpenTraceOptions = {},
): Promise<ReadTrace> {
  return collectTrace(await openTrace(path, options));
}

/** Reads what is left of an opened log. */
export async function collectTrace(trace: OpenedTrace): Promise<ReadTrace> {
  const events: TraceEvent[] = [];
  for await (const event of trace.events) events.push(event);
  const late = events.filter((event, index) => event.time < (events[index - 1]?.time ?? 0)).length;
  if (late === 0 || trace.format !== 'procmon-csv') return { events, summary: trace.summary };
  trace.summary.reordered = late;
  const sorted = events.toSorted((first, second) => first.time - second.time)
    .map((event, sequence) => ({ ...event, sequence }));
  return { events: sorted, summary: trace.summary };
}

const parsers: Record<
  TraceFormat, (text: AsyncIterable<string>, options: TraceOptions) => AsyncGenerator<TraceEvent>
> = {
  'procmon-csv': parseProcmonCsv,
  'strace': (text, options) => parseStrace(linesOf(text), options),
  'fio-iolog': (text, options) => parseFioIolog(linesOf(text), options),
};

function formatOf(head: string, tally: TraceTally): TraceFormat {
  const lines = head.split(/\r?\n/).filter((line) => line.trim() !== '');
  const first = lines[0] ?? '';
  if (isFioHeader(first)) return 'fio-iolog';
  const cells = first.split(',').map((cell) => cell.replaceAll('"', '').trim().toLowerCase());
  if (cells.includes('operation') || (first.startsWith('"') && cells.length > 2)) {
    return 'procmon-csv';
  }
  if (lines.slice(0, 20).some(isStraceLine)) return 'strace';
  throw new TraceError(tally.summary.source, {
    line: 1, column: 'file',
    message: lines.length === 0 ? 'the log is empty.'
      : `no log of a known kind starts with "${first.slice(0, 60)}".`,
    advice: 'Known are: Process Monitor exported as CSV, strace -f -ttt -T -y, fio --write_iolog.',
  });
}

/** `7123 1760000000.000123 openat(...) = 3`, `[pid 7] ...`, with the prefixes optional. */
const isStraceLine = (line: string): boolean =>
  /^(?:\[pid +\d+\] |\d+ +)?(?:\d+\.\d+ |\d\d:\d\d:\d\d(?:\.\d+)? )?[a-z_][a-z0-9_]*\(/.test(line)
  || /^(?:\[pid +\d+\] |\d+ +)?(?:\d+\.\d+ )?(?:\+\+\+|---|<\.\.\.) /.test(line);

async function headOf(
  text: AsyncIterable<string>,
): Promise<{ head: string; all: AsyncIterable<string> }> {
  const iterator = text[Symbol.asyncIterator]();
  let head = '';
  let ended = false;
  for (;;) {
    const next = await iterator.next();
    ended = next.done === true;
    if (next.done === true) break;
    head += next.value;
    if (head.length >= HEAD_CHARACTERS) break;
  }
  async function* all(): AsyncGenerator<string> {
    if (head !== '') yield head;
    for (;;) {
      if (ended) return;
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  return { head, all: all() };
}
