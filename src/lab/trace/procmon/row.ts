// One row of a Process Monitor export as an event.
// Guarantees: columns by header name; what a column leaves out is undefined; a cell that cannot be
// read becomes a problem naming its column, and the row yields no event.
// Simplification: times of day without dates may cross midnight once between two rows.
import type { EventParameters, TraceEvent } from '../event.ts';
import { statusFromWords } from '../nt-status.ts';
import { TraceError, type TraceTally } from '../tally.ts';
import { splitWindowsPath, upperCase } from '../volume-path.ts';
import { durationIn100ns, timeOfDayIn100ns, wholeNumber } from './numbers.ts';
import { namedOperation, type NamedOperation } from './operation-names.ts';
import { DetailError, parametersOf } from './parameters.ts';

const DAY = 24 * 3600 * 1e7;
const REQUIRED = ['Operation', 'Path', 'Result'];

/** Rows of other classes, for exports without the Event Class column. */
const OTHER_CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^Reg[A-Z]/, 'Registry'], [/^(?:TCP|UDP) /, 'Network'],
  [/^(?:Process|Thread) (?:Start|Exit|Create|Defined)$|^Load Image$|Statistics$/, 'Process'],
  [/Profil(?:e|ing)$/, 'Profiling'],
];

export class RowReader {
  readonly #tally: TraceTally;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #width: number;
  readonly #processIds = new Map<string, number>();
  #sequence = 0;
  #firstTime: number | undefined;
  #lastTime = 0;

  private constructor(header: readonly string[], tally: TraceTally) {
    this.#tally = tally;
    this.#width = header.length;
    this.#columns = new Map(header.map((name, index) => [name.trim().toLowerCase(), index]));
  }

  /** @throws TraceError for a header that lacks Operation, Path or Result: nothing can be read. */
  static fromHeader(header: readonly string[], tally: TraceTally): RowReader {
    const reader = new RowReader(header, tally);
    const missing = REQUIRED.filter((name) => !reader.#columns.has(name.toLowerCase()));
    if (missing.length > 0) {
      throw new TraceError(tally.summary.source, {
        line: 1, column: missing.join(', '),
        message: `the header has no such column (it has ${header.slice(0, 8).join(', ')}).`,
        advice: 'Export from Process Monitor as CSV with at least Operation, Path, Result, '
          + 'Detail, PID and TID shown (Options, Select Columns).',
      });
    }
    if (!reader.#columns.has('detail')) {
      tally.problem({
        line: 1, column: 'Detail', message: 'the header has no such column.',
        advice: 'Show it (Options, Select Columns): without it only names of operations are '
          + 'known. --lenient replays them with plain parameters.',
      });
    }
    return reader;
  }

  /** The event of one row; undefined for a row that is skipped or broken. */
  read(row: readonly string[], line: number): TraceEvent | undefined {
    const tally = this.#tally;
    if (row.length !== this.#width) {
      tally.problem({
        line, column: 'row',
        message: `has ${row.length} of ${this.#width} columns.`,
        advice: 'Export the log again, or replay the rest with --lenient.',
      });
      return undefined;
    }
    const name = this.#cell(row, 'operation').trim();
    const skipped = this.#otherClass(row, name);
    if (skipped !== undefined) {
      tally.skip(`event class ${skipped}`);
      return undefined;
    }
    return this.#event(row, line, name);
  }

  #event(row: readonly string[], line: number, name: string): TraceEvent | undefined {
    const operation: NamedOperation = namedOperation(name) ?? { kind: 'unknown' };
    const processId = this.#processId(row, line);
    const threadId = this.#number(row, line, 'TID', processId);
    const parameters = this.#parameters(row, line, operation);
    const duration = this.#duration(row, line);
    if (processId === undefined || threadId === undefined) return undefined;
    if (parameters === undefined || duration === 'broken') return undefined;
    if (operation.kind === 'unknown') this.#tally.unknownOperation(name);
    const result = this.#cell(row, 'result').trim();
    this.#tally.event(name);
    const path = this.#cell(row, 'path');
    return {
      sequence: this.#sequence++, line, time: this.#time(row), duration,
      processId, threadId, processName: this.#cell(row, 'process name'),
      operation: operation.kind, recordedName: name,
      path, ...splitWindowsPath(withoutPattern(path, parameters)),
      status: this.#status(result), recordedResult: result, parameters,
    };
  }

  #cell(row: readonly string[], column: string): string {
    const index = this.#columns.get(column);
    return index === undefined ? '' : row[index] ?? '';
  }

  #otherClass(row: readonly string[], name: string): string | undefined {
    if (this.#columns.has('event class')) {
      const eventClass = this.#cell(row, 'event class').trim();
      return eventClass === 'File System' ? undefined : eventClass;
    }
    return OTHER_CLASSES.find(([pattern]) => pattern.test(name))?.[1];
  }

  #status(result: string): number | undefined {
    if (result === '') return undefined;
    const status = statusFromWords(result);
    if (status === undefined) this.#tally.unknownResult(result);
    return status;
  }

  /** A process is known by PID, or without that column by its name. */
  #processId(row: readonly string[], line: number): number | undefined {
    const name = this.#cell(row, 'process name');
    const known = this.#processIds.get(name) ?? (this.#processIds.size + 1) * 4;
    if (!this.#columns.has('pid')) this.#processIds.set(name, known);
    return this.#number(row, line, 'PID', known);
  }

  #number(
    row: readonly string[], line: number, column: string, otherwise: number | undefined,
  ): number | undefined {
    if (!this.#columns.has(column.toLowerCase())) return otherwise;
    const text = this.#cell(row, column.toLowerCase());
    const value = wholeNumber(text);
    if (value === undefined) this.#broken(line, column, `"${text.slice(0, 40)}" is no number.`);
    return value;
  }

  #duration(row: readonly string[], line: number): number | undefined | 'broken' {
    const text = this.#cell(row, 'duration').trim();
    if (text === '') return undefined;
    const value = durationIn100ns(text);
    if (value !== undefined) return value;
    this.#broken(line, 'Duration', `"${text.slice(0, 40)}" is no number of seconds.`);
    return 'broken';
  }

  #parameters(
    row: readonly string[], line: number, operation: NamedOperation,
  ): EventParameters | undefined {
    const detail = this.#columns.has('detail') ? this.#cell(row, 'detail') : undefined;
    try {
      return parametersOf(operation, detail, (word) => this.#tally.unknownWord(word));
    } catch (error) {
      if (!(error instanceof DetailError)) throw error;
      this.#broken(line, 'Detail', error.message);
      return undefined;
    }
  }

  /** Relative Time counts from the start of the capture; Time of Day from the first row. */
  #time(row: readonly string[]): number {
    const relative = timeOfDayIn100ns(this.#cell(row, 'relative time'));
    if (relative !== undefined) return relative;
    const ofDay = timeOfDayIn100ns(this.#cell(row, 'time of day'));
    if (ofDay === undefined) return this.#lastTime;
    this.#firstTime ??= ofDay;
    this.#tally.summary.startedAt ??= this.#cell(row, 'time of day');
    let time = ofDay - this.#firstTime;
    while (time < this.#lastTime - DAY / 2) time += DAY;
    this.#lastTime = time;
    return time;
  }

  #broken(line: number, column: string, message: string): void {
    this.#tally.problem({
      line, column, message,
      advice: 'Export the log again, or replay the rest with --lenient.',
    });
  }
}

/** Process Monitor appends the pattern of a directory query to the directory's path. */
function withoutPattern(path: string, parameters: EventParameters): string {
  if (parameters.type !== 'directory' || parameters.FileName === undefined) return path;
  const tail = `\\${parameters.FileName}`;
  if (!upperCase(path).endsWith(upperCase(tail))) return path;
  const directory = path.slice(0, path.length - tail.length);
  return /^[A-Za-z]:$/.test(directory) ? `${directory}\\` : directory;
}
