// The activity monitor's records on their way to a file: taken out of the machine's memory while
// it runs, written as CSV with the columns that a Process Monitor user looks for.
// Guarantees: the machine never waits for the file; what minispy could not keep is counted as
// lost. A file that cannot be written ends the stream with its error, not the run.
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { statusName } from '../../ntos/status.ts';
import { majorName } from '../report/format.ts';
import { drainRecords } from '../report/minispy-records.ts';
import type { WriteStream } from 'node:fs';
import type { RecordsReport } from '../report/run-report.ts';
import type { SpyRecord } from '../report/minispy-records.ts';

/** Often enough that the log, which holds 2,048 records, loses few under load. */
const POLL_MS = 5;
const COLUMNS = ['Sequence', 'Operation', 'Minor', 'PID', 'TID', 'Path', 'Result', 'Information',
  'IRQL', 'Completion IRQL', 'Completion TID', 'Start (100 ns)', 'Duration (100 ns)'];

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function row(record: SpyRecord): string {
  const { sequence, major, minor, processId, threadId, name, status, information } = record;
  return [sequence, majorName(major), minor, processId, threadId, quoted(name),
    statusName(status), information, record.irqlPre, record.irqlPost ?? '',
    record.completionThreadId, record.startTime,
    Math.max(0, record.endTime - record.startTime)].join(',');
}

/** Streams the records of one run. */
export class RecordStream {
  readonly #file: string;
  readonly #memory: WebAssembly.Memory;
  readonly #stream: WriteStream;
  readonly #timer: NodeJS.Timeout;
  #written = 0;
  #lost = 0;
  #error: Error | undefined;

  constructor(file: string, memory: WebAssembly.Memory) {
    this.#file = file;
    this.#memory = memory;
    this.#stream = createWriteStream(file);
    this.#stream.on('error', (error) => {
      this.#error = error;
    });
    this.#stream.write(`${COLUMNS.join(',')}\n`);
    this.#timer = setInterval(() => this.#drain(), POLL_MS);
  }

  #drain(): void {
    const { records, lost } = drainRecords(this.#memory);
    this.#lost = lost;
    if (records.length === 0 || this.#error !== undefined) return;
    this.#written += records.length;
    this.#stream.write(`${records.map(row).join('\n')}\n`);
  }

  /** Takes what is left, closes the file, and says what came of it. */
  async end(): Promise<RecordsReport> {
    clearInterval(this.#timer);
    this.#drain();
    this.#stream.end();
    await finished(this.#stream).catch((error: Error) => {
      this.#error ??= error;
    });
    return { file: this.#file, written: this.#written, lost: this.#lost,
      ...(this.#error !== undefined && { error: this.#error.message }) };
  }
}
