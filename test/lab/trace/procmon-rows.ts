// Made-up Process Monitor rows for tests: written as a table, exported as the CSV that the real one
// writes, and read back by the real parser.
import type { TraceEvent } from '#src/lab/trace/event.ts';
import { infer, type Inference } from '#src/lab/trace/infer.ts';
import { parseProcmonCsv } from '#src/lab/trace/procmon-csv.ts';
import { TraceTally } from '#src/lab/trace/tally.ts';

/** Operation, path, result, detail; then what differs from one thread of one process. */
export interface Row {
  readonly operation: string;
  readonly path: string;
  readonly result: string;
  readonly detail: string;
  readonly pid?: number;
  readonly tid?: number;
  /** Seconds from the start; by default one row each millisecond. */
  readonly at?: number;
  /** Seconds; '' for never completed. */
  readonly duration?: string;
  readonly eventClass?: string;
}

export type RowExtra = Partial<Omit<Row, 'operation' | 'path' | 'result' | 'detail'>>;

export const row = (
  operation: string, path: string, result = 'SUCCESS', detail = '', extra: RowExtra = {},
): Row => ({ operation, path, result, detail, ...extra });

export const READ = 'Generic Read';
export const WRITE = 'Generic Write';

/** The Detail of a create. */
export function createDetail(given: {
  access?: string; disposition?: string; options?: string; share?: string; opened?: string;
} = {}): string {
  const { access = READ, disposition = 'Open', options = 'Synchronous IO Non-Alert',
    share = 'Read, Write, Delete', opened = 'Opened' } = given;
  return `Desired Access: ${access}, Disposition: ${disposition}, Options: ${options}, `
    + `Attributes: n/a, ShareMode: ${share}, AllocationSize: n/a`
    + (opened === '' ? '' : `, OpenResult: ${opened}`);
}

/** A successful open. */
export const opened = (path: string, given = {}, extra: RowExtra = {}): Row =>
  row('CreateFile', path, 'SUCCESS', createDetail(given), extra);

/** A refused create. */
export const refused = (path: string, result: string, given = {}, extra: RowExtra = {}): Row =>
  row('CreateFile', path, result, createDetail({ ...given, opened: '' }), extra);

export const closed = (path: string, extra: RowExtra = {}): Row =>
  row('CloseFile', path, 'SUCCESS', '', extra);

const COLUMNS: Readonly<Record<string, (row: Row, index: number) => string>> = {
  'Time of Day': () => '1:18:10.8939738 AM',
  'Process Name': ({ pid }) => `app${pid ?? 100}.exe`,
  'PID': ({ pid }) => String(pid ?? 100),
  'Operation': ({ operation }) => operation,
  'Path': ({ path }) => path,
  'Result': ({ result }) => result,
  'Detail': ({ detail }) => detail,
  'Relative Time': ({ at }, index) => clock(at ?? index / 1000),
  'Duration': ({ duration }) => duration ?? '0.0000010',
  'Event Class': ({ eventClass }) => eventClass ?? 'File System',
  'TID': ({ pid, tid }) => String(tid ?? (pid ?? 100) + 1),
};

export const ALL_COLUMNS: readonly string[] = Object.keys(COLUMNS);
export const DEFAULT_COLUMNS: readonly string[] = ALL_COLUMNS.slice(0, 7);

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const rest = Math.round((seconds - whole) * 1e7).toString().padStart(7, '0');
  return `00:00:${String(whole).padStart(2, '0')}.${rest}`;
}

/** The export of these rows, every field quoted as Process Monitor does. */
export function csv(rows: readonly Row[], columns: readonly string[] = ALL_COLUMNS): string {
  const lines = [columns.map(quoted).join(',')];
  for (const [index, each] of rows.entries()) {
    lines.push(columns.map((name) => quoted(COLUMNS[name]?.(each, index) ?? '')).join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

export async function* chunks(text: string, size = 1000): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

/** Reads an export; strict unless a lenient tally is given. */
export async function readCsv(
  text: string, tally = new TraceTally('made-up.csv'),
): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  for await (const event of parseProcmonCsv(chunks(text), { tally })) events.push(event);
  return events;
}

export const eventsOf = (rows: readonly Row[]): Promise<TraceEvent[]> => readCsv(csv(rows));

export const inferred = async (rows: readonly Row[]): Promise<Inference> =>
  infer(await eventsOf(rows));
