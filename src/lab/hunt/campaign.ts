// A campaign: hunts of several targets, as many at a time as there are cores, one cell on each, and
// each in a process of its own (lane.ts). What one target does wrong does not end the others.
import { Lane } from './lane.ts';
import { huntOne } from './one.ts';
import type { Hunt, HuntOptions, HuntProgress } from './hunt.ts';
import type { HuntOutcome } from './one.ts';
import type { Target } from './target.ts';

export type { HuntOutcome } from './one.ts';

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
  readonly #running = new Set<Pick<Hunt, 'interrupt'>>();
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
    for (const hunt of this.#running) hunt.interrupt();
  }

  /** Hunts; what came of each target, in their order. */
  async run(listener: CampaignListener = {}): Promise<HuntOutcome[]> {
    const outcomes = new Map<Target, HuntOutcome>();
    const left = [...this.#targets];
    const count = Math.min(this.#cores, this.#targets.length);
    const work = async (core: number): Promise<void> => {
      const lane = count > 1 ? new Lane() : undefined;
      for (let target = left.shift(); target !== undefined; target = left.shift()) {
        if (this.#isInterrupted) break;
        listener.began?.(target);
        const outcome = await this.#hunt(target, core, lane, listener);
        outcomes.set(target, outcome);
        listener.ended?.(target, outcome);
      }
      lane?.close();
    };
    await Promise.all(Array.from({ length: count }, async (_, core) => work(core)));
    return this.#targets.flatMap((target) => outcomes.get(target) ?? []);
  }

  async #hunt(
    target: Target, core: number, lane: Lane | undefined, listener: CampaignListener,
  ): Promise<HuntOutcome> {
    const progress = (p: HuntProgress): void => listener.progress?.(target, p);
    if (lane !== undefined) {
      this.#running.add(lane);
      const outcome = await lane.hunt(target, { ...this.#options, core }, progress);
      this.#running.delete(lane);
      return outcome;
    }
    const pinned = this.#cores > 1 ? { core } : {};
    let running: Pick<Hunt, 'interrupt'> | undefined;
    const outcome = await huntOne(target, { ...this.#options, ...pinned }, {
      began: (hunt) => this.#running.add(running = hunt), progress,
    });
    if (running !== undefined) this.#running.delete(running);
    return outcome;
  }
}
