// What a run shows while it runs: on a terminal a few lines that are redrawn in place, elsewhere a
// plain line now and then. It writes to standard error only, so that results can be piped.
import type { WriteStream } from 'node:tty';
import pc from 'picocolors';
import { count } from './format.ts';
import type { ThreadRow } from './run-report.ts';

/** What is known at one moment of a run. */
export interface Sample {
  readonly phase: string;
  readonly seconds: number;
  readonly issued: number;
  readonly completed: number;
  readonly perSecond: number;
  readonly threads: readonly ThreadRow[];
}

/** Plain lines come this many seconds apart. */
const LINE_SECONDS = 5;
const up = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A\r\u001b[J`);

/** Where progress goes; process.stderr is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress {
  readonly #stream: ProgressStream;
  #drawn = 0;
  #nextLine = LINE_SECONDS;

  constructor(stream: ProgressStream | WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** A line that stays: a phase began, a signal came. */
  say(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Shows a moment: redraws on a terminal, elsewhere writes a line when one is due. */
  show(sample: Sample): void {
    if (this.#stream.isTTY === true) this.#redraw(sample);
    else if (sample.seconds >= this.#nextLine) {
      this.#nextLine = sample.seconds + LINE_SECONDS;
      this.#stream.write(`${headline(sample)}\n`);
    }
  }

  /** Takes the drawn lines away. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write(up(this.#drawn));
    this.#drawn = 0;
  }

  #redraw(sample: Sample): void {
    const width = this.#stream.columns ?? 80;
    const lines = [headline(sample), ...sample.threads.map(threadLine)]
      .map((line) => line.slice(0, width - 1));
    this.#stream.write(up(this.#drawn) + lines.map(coloured).join('\n') + '\n');
    this.#drawn = lines.length;
  }
}

/** `  12 s  replay  120,345 operations  10,234/s  3 in flight` */
export function headline(sample: Sample): string {
  const inFlight = Math.max(0, sample.issued - sample.completed);
  return `${sample.seconds.toFixed(0).padStart(4)} s  ${sample.phase}: ` +
    `${count(sample.completed)} operations, ${count(sample.perSecond)}/s, ` +
    `${count(inFlight)} in flight`;
}

const irqlNames = ['PASSIVE', 'APC', 'DISPATCH'];

function threadLine(thread: ThreadRow): string {
  const irql = irqlNames[thread.irql] ?? String(thread.irql);
  const done = thread.completed > 0 ? `${count(thread.completed)} operations` : '';
  return `  ${String(thread.processor).padStart(2)} ${thread.role.padEnd(13)} ` +
    `${thread.state.padEnd(7)} ${irql.padEnd(8)} ${done.padEnd(20)} ${thread.where}`;
}

function coloured(line: string, index: number): string {
  if (index === 0) return pc.bold(line);
  if (/\bdead\b/.test(line)) return pc.red(line);
  return /\brunning\b/.test(line) ? line : pc.dim(line);
}
