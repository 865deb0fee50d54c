// A campaign: hunts of several targets, as many at a time as there are cores, one cell on each.
// What one target does wrong does not end the others.
import { Hunt } from './hunt.ts';
import type { HuntOptions, HuntProgress, HuntReport } from './hunt.ts';
import type { Target } from './target.ts';

/** What came of one target. */
export type HuntOutcome =
  | { readonly report: HuntReport; readonly routines: ReadonlyMap<number, string> }
  | { readonly target: Target; readonly error: Error };

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
  readonly #running = new Set<Hunt>();
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
    const lane = async (core: number): Promise<void> => {
      for (let target = left.shift(); target !== undefined; target = left.shift()) {
        if (this.#isInterrupted) return;
        const outcome = await this.#hunt(target, core, listener);
        outcomes.set(target, outcome);
        listener.ended?.(target, outcome);
      }
    };
    const lanes = Math.min(this.#cores, this.#targets.length);
    await Promise.all(Array.from({ length: lanes }, async (_, core) => lane(core)));
    return this.#targets.flatMap((target) => outcomes.get(target) ?? []);
  }

  async #hunt(target: Target, core: number, listener: CampaignListener): Promise<HuntOutcome> {
    listener.began?.(target);
    const pinned = this.#cores > 1 ? { core } : {};
    let hunt: Hunt | undefined;
    try {
      hunt = await Hunt.start(target, { ...this.#options, ...pinned });
      this.#running.add(hunt);
      await hunt.checkArmed();
      await hunt.checkTwice();
      const report = await hunt.search((p) => listener.progress?.(target, p));
      return { report, routines: hunt.cell.routines };
    } catch (error) {
      return { target, error: error as Error };
    } finally {
      if (hunt !== undefined) {
        this.#running.delete(hunt);
        await hunt.stop();
      }
    }
  }
}
