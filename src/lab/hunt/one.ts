// Hunts in this process, one after the other. Each target from beginning to end: is the hunter
// armed, does the scenario do the same twice, and then the search.
import { Hunt } from './hunt.ts';
import type { HuntOptions, HuntProgress, HuntReport } from './hunt.ts';
import type { Target } from './target.ts';

/** What came of one target. */
export type HuntOutcome =
  | { readonly report: HuntReport; readonly routines: ReadonlyMap<number, string> }
  | { readonly target: Target; readonly error: Error };

/** Where targets are hunted, one at a time: here, or in a process of its own (lane.ts). */
export interface HuntPlace {
  /** Hunts one target; whatever goes wrong is its outcome. */
  hunt(target: Target, options: HuntOptions, progress: (progress: HuntProgress) => void):
    Promise<HuntOutcome>;
  /** Ends the hunt after its present schedule, also one that has not got its threads yet. */
  interrupt(): void;
  close(): void;
}

export class Here implements HuntPlace {
  #hunt: Hunt | undefined;
  #isInterrupted = false;

  async hunt(
    target: Target, options: HuntOptions, progress: (progress: HuntProgress) => void,
  ): Promise<HuntOutcome> {
    try {
      const hunt = this.#hunt = await Hunt.start(target, options);
      if (this.#isInterrupted) hunt.interrupt();
      await hunt.checkArmed();
      await hunt.checkTwice();
      return { report: await hunt.search(progress), routines: hunt.cell.routines };
    } catch (error) {
      return { target, error: error as Error };
    } finally {
      await this.#hunt?.stop();
      this.#hunt = undefined;
    }
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#hunt?.interrupt();
  }

  close(): void {
    // Nothing stays between two hunts.
  }
}
