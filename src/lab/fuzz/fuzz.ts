// The host's side of fuzzing: starts the thread, watches that it goes on, tells what was found.
import { Worker } from 'node:worker_threads';
import { bootOptions, createMemory } from '../../mem/boot-options.ts';
import { MIB } from '../../mem/param.ts';
import { sequenceOf } from './sequence.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { BootOptions } from '../../mem/boot-options.ts';
import type { CampaignResult, FuzzFinding } from './campaign.ts';
import type { FuzzOperation } from './sequence.ts';

/** Told to the thread. */
export interface FuzzTold {
  readonly boot: BootOptions;
  readonly images: readonly ImageSpec[];
  readonly compares: boolean;
  readonly seed: number;
  readonly sequences: number;
  readonly replay?: readonly (readonly FuzzOperation[])[];
  /** The sequence that is played now. */
  readonly words: SharedArrayBuffer;
}

export type FuzzAnswer = CampaignResult;

export interface FuzzOptions {
  readonly images: readonly ImageSpec[];
  /** What applications see must be as without the filter. */
  readonly compares: boolean;
  readonly seed: number;
  readonly sequences: number;
  readonly replay?: readonly (readonly FuzzOperation[])[];
  readonly watchdogSeconds: number;
  /** Told now and then how many sequences were played. */
  readonly progress: (played: number) => void;
}

export interface FuzzResult {
  readonly played: number;
  readonly seconds: number;
  /** Sequences of which nothing is known: the machine's one thread would have waited for ever. */
  readonly stuck: number;
  readonly finding?: FuzzFinding;
}

const MEMORY = 96 * MIB;
const LOOK_MS = 500;
/** A machine that is shut down, or made small, plays no new sequence for so long. */
const FIRST_PATIENCE_MS = 30_000;

/** Fuzzes filters; rejects when the thread itself fails. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const words = new SharedArrayBuffer(8);
  const { images, compares, seed, sequences, replay } = options;
  const told: FuzzTold = { images, compares, seed, sequences, words,
    boot: bootOptions({ memory: createMemory(MEMORY), inline: true, verifier: true,
      completion: 'dispatch', seed }),
    ...(replay !== undefined && { replay }) };
  const worker = new Worker(new URL('./fuzz-thread.js', import.meta.url), { workerData: told });
  const started = performance.now();
  const watch = new Watch(new Int32Array(words), options);
  try {
    const answer = await Promise.race([answerOf(worker), watch.hang]);
    const played = answer.finding?.index ?? (replay?.length ?? sequences);
    return { played, seconds: (performance.now() - started) / 1000, ...answer };
  } finally {
    watch.end();
    await worker.terminate();
  }
}

async function answerOf(worker: Worker): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the fuzzer's thread ended with code ${code}`)));
  });
}

/** Tells progress, and a sequence that does not end. */
class Watch {
  readonly hang: Promise<FuzzAnswer>;
  readonly #timer: NodeJS.Timeout;
  #seen = -1;
  #since = performance.now();

  constructor(words: Int32Array, options: FuzzOptions) {
    let hangs: (answer: FuzzAnswer) => void;
    this.hang = new Promise((resolve) => { hangs = resolve; });
    this.#timer = setInterval(() => {
      const now = words[0]!;
      if (now !== this.#seen) {
        this.#seen = now;
        this.#since = performance.now();
        options.progress(now);
      }
      const limit = Math.max(options.watchdogSeconds * 1000, now === 0 ? FIRST_PATIENCE_MS : 0);
      if (performance.now() - this.#since > limit) hangs(hanging(options, now));
    }, LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

function hanging({ seed, replay, watchdogSeconds }: FuzzOptions, index: number): FuzzAnswer {
  const sequences = replay ?? [sequenceOf(seed, index)];
  const fault = { kind: 'hang', text: `a sequence has not ended within ${watchdogSeconds} s: the ` +
    'filter loops, or waits for what never comes' };
  return { stuck: 0, finding: { sequences, drawn: sequences.flat().length, index, fault } };
}
