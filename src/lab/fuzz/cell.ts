// The host's side of one cell of fuzzing: starts its thread, watches that it goes on, hears what it
// found. A cell is a machine of its own; cells share nothing.
import { Worker } from 'node:worker_threads';
import { bootOptions, createMemory } from '../../mem/boot-options.ts';
import { MIB } from '../../mem/param.ts';
import { sequenceOf } from './sequence.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { BootOptions } from '../../mem/boot-options.ts';
import type { CampaignResult, Sequences } from './campaign.ts';
import type { Reached } from './reached.ts';

/** What a cell is to play. */
export interface CellOptions {
  readonly images: readonly ImageSpec[];
  /** What applications see must be as without the filter. */
  readonly compares: boolean;
  readonly seed: number;
  /** The first sequence of the seed, and how many. */
  readonly first: number;
  readonly sequences: number;
  readonly replay?: Sequences;
  readonly watchdogSeconds: number;
}

/** Told to the thread. */
export interface CellTold extends CellOptions {
  readonly boot: BootOptions;
  /** The sequence that is played now, counted from the cell's first. */
  readonly words: SharedArrayBuffer;
}

export interface CellAnswer extends CampaignResult {
  /** Undefined when the thread could not say it any more. */
  readonly reached?: Reached;
}

const MEMORY = 96 * MIB;
const LOOK_MS = 500;
/** A machine that is shut down, or made small, plays no new sequence for so long. */
const FIRST_PATIENCE_MS = 30_000;

export class Cell {
  /** Its end; rejects when the thread itself fails. */
  readonly answer: Promise<CellAnswer>;
  readonly #options: CellOptions;
  readonly #words = new SharedArrayBuffer(8);
  readonly #worker: Worker;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CellOptions) {
    this.#options = options;
    const told: CellTold = { ...options, words: this.#words,
      boot: bootOptions({ memory: createMemory(MEMORY), inline: true, verifier: true,
        completion: 'dispatch', seed: options.seed }) };
    this.#worker = new Worker(new URL('./fuzz-thread.js', import.meta.url), { workerData: told });
    this.answer = Promise.race([this.#told(), this.#hang()]);
  }

  /** How many sequences it has begun. */
  get begun(): number {
    return new Int32Array(this.#words)[0]!;
  }

  /** Ends it, wherever it is. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#worker.terminate();
  }

  async #told(): Promise<CellAnswer> {
    return new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
      this.#worker.once('exit', (code) =>
        reject(new Error(`the fuzzer's thread ended with code ${code}`)));
    });
  }

  /** Resolves when a sequence does not end. */
  async #hang(): Promise<CellAnswer> {
    let seen = -1;
    let since = performance.now();
    return new Promise((resolve) => {
      this.#timer = setInterval(() => {
        const now = this.begun;
        if (now !== seen) [seen, since] = [now, performance.now()];
        const patience = this.#options.watchdogSeconds * 1000;
        const limit = now === 0 ? Math.max(patience, FIRST_PATIENCE_MS) : patience;
        if (performance.now() - since > limit) resolve(hanging(this.#options, now));
      }, LOOK_MS);
    });
  }
}

function hanging(options: CellOptions, begun: number): CellAnswer {
  const { seed, first, replay, watchdogSeconds } = options;
  const index = first + begun;
  const sequences = replay ?? [sequenceOf(seed, index)];
  const fault = { kind: 'hang', text: `a sequence has not ended within ${watchdogSeconds} s: the ` +
    'filter loops, or waits for what never comes' };
  return { stuck: 0, finding: { sequences, drawn: sequences.flat().length, index, fault,
    larger: [] } };
}
