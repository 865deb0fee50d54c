// A campaign: hunts of several targets, as many at a time as there are cores, one cell on each, and
// each in a process of its own (lane.ts). What one target does wrong does not end the others.
import { Lane } from './lane.ts';
import { Here } from './one.ts';
import type { HuntOptions, HuntProgress } from './hunt.ts';
import type { HuntOutcome, HuntPlace } from './one.ts';
import type { Target } from './target.ts';

/** What a campaign says while it runs. */
export interface CampaignListener {
  began?(target: Target): void;
  progress?(target: Target, progress: HuntProgress): void;
  ended?(target: Target, outcome: HuntOutcome): void;
}

/** Several hunts. */
export class Campaign {
  readonly #targets: readonly Target[];
  readonly #options: HuntOptions;
  readonly #cores: number;
  readonly #places: HuntPlace[] = [];
  #isInterrupted = false;

  /** @param cores hunts that run at a time, each pinned to a core of its own if there are two. */
  constructor(targets: readonly Target[], options: HuntOptions, cores: number) {
    this.#targets = targets;
    this.#options = options;
    this.#cores = Math.max(1, cores);
  }

  /** Ends every hunt after its present schedule; those that have not begun do not. */
  interrupt(): void {
    this.#isInterrupted = true;
    for (const place of this.#places) place.interrupt();
  }

  /** Hunts; what came of each target, in their order. */
  async run(listener: CampaignListener = {}): Promise<HuntOutcome[]> {
    const outcomes = new Map<Target, HuntOutcome>();
    const left = [...this.#targets];
    const count = Math.min(this.#cores, this.#targets.length);
    const work = async (core: number): Promise<void> => {
      const place = count > 1 ? new Lane() : new Here();
      this.#places.push(place);
      const options = this.#cores > 1 ? { ...this.#options, core } : this.#options;
      for (let target = left.shift(); target !== undefined; target = left.shift()) {
        if (this.#isInterrupted) break;
        const one = target;
        listener.began?.(one);
        const outcome = await place.hunt(one, options, (p) => listener.progress?.(one, p));
        outcomes.set(one, outcome);
        listener.ended?.(one, outcome);
      }
      place.close();
    };
    await Promise.all(Array.from({ length: count }, async (_, core) => work(core)));
    return this.#targets.flatMap((target) => outcomes.get(target) ?? []);
  }
}
