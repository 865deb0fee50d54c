// The whole zoo: entries are hunted side by side, one on each core, in cells of their own. An entry
// that cannot be hunted does not end the others.
import { EntryHunt } from './hunt-entry.ts';
import type { HuntProgress } from '../hunt/hunt.ts';
import type { ZooEntry } from './load.ts';
import type { ZooOptions, ZooResult } from './hunt-entry.ts';

/** What the zoo says while it runs. */
export interface ZooListener {
  progress?(entry: ZooEntry, what: 'faulty' | 'fixed', progress: HuntProgress): void;
  ended?(result: ZooResult, done: number): void;
}

export class Zoo {
  readonly #entries: readonly ZooEntry[];
  readonly #options: ZooOptions;
  readonly #cores: number;
  readonly #running = new Set<EntryHunt>();
  #isInterrupted = false;

  /** @param cores entries that are hunted at a time, each pinned to a core if there are two. */
  constructor(entries: readonly ZooEntry[], options: ZooOptions, cores: number) {
    this.#entries = entries;
    this.#options = options;
    this.#cores = Math.max(1, Math.min(cores, entries.length));
  }

  /** Ends every hunt after its present schedule; entries that have not begun are left out. */
  interrupt(): void {
    this.#isInterrupted = true;
    for (const hunt of this.#running) hunt.interrupt();
  }

  /** Hunts; what came of the entries, in their order. */
  async run(listener: ZooListener = {}): Promise<ZooResult[]> {
    const results = new Map<ZooEntry, ZooResult>();
    const left = [...this.#entries];
    const lane = async (core: number): Promise<void> => {
      for (let entry = left.shift(); entry !== undefined; entry = left.shift()) {
        if (this.#isInterrupted) return;
        const result = await this.#hunt(entry, core, listener);
        results.set(entry, result);
        listener.ended?.(result, results.size);
      }
    };
    await Promise.all(Array.from({ length: this.#cores }, async (_, core) => lane(core)));
    return this.#entries.flatMap((entry) => results.get(entry) ?? []);
  }

  async #hunt(entry: ZooEntry, core: number, listener: ZooListener): Promise<ZooResult> {
    const options = { ...this.#options, ...(this.#cores > 1 && { core }) };
    const hunt = new EntryHunt(entry, options, (what, progress) =>
      listener.progress?.(entry, what, progress));
    this.#running.add(hunt);
    try {
      return await hunt.run();
    } catch (error) {
      return {
        entry, others: [], schedules: 0, milliseconds: 0, error: (error as Error).message,
        twin: { findings: [], schedules: 0, milliseconds: 0, exhausted: false },
      };
    } finally {
      this.#running.delete(hunt);
    }
  }
}
