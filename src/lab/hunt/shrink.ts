// Makes a failing schedule smaller: takes departures away as long as the same failure comes out
// (delta debugging over the list, then each pair of what is left), and asks a bounded search
// whether fewer preemptions can do it at all.
import { departuresOf } from './departures.ts';
import { packDepartures } from '../../atomics-sync/schedule/strategies/keyed.ts';
import { signatureOf } from './signature.ts';
import type { Departure } from '../../atomics-sync/schedule/strategies/keyed.ts';
import type { Outcome } from './outcome.ts';
import type { RunReport } from './cell.ts';
import type { StrategySpec } from '../../atomics-sync/schedule/strategies/make.ts';

/** Runs schedules of the target; what shrinking needs of a cell. */
export type RunSchedules =
  (strategy: StrategySpec, budget: number, more?: boolean) => Promise<RunReport>;

/** What shrinking gave. */
export interface Shrunk {
  readonly outcome: Outcome;
  readonly replays: number;
  /**
   * 'proven': no schedule with fewer preemptions fails so; 'open': the search for one ran out of
   * budget; the number of preemptions is the smallest that was found in either case.
   */
  readonly minimal: 'proven' | 'open';
}

export interface ShrinkOptions {
  /** Replays at most. */
  readonly replays?: number;
  /** Schedules that the search for fewer preemptions may have. */
  readonly proof?: number;
  /** How long that search may take; without an end where it is left out. */
  readonly proofMilliseconds?: number;
}

/** Schedules between two looks at the clock. */
const PROOF_SLICE = 256;

/** Fewer preemptions first, then fewer departures, then fewer steps. */
function size(outcome: Outcome): readonly number[] {
  return [outcome.preemptions, outcome.decisions.length, outcome.steps];
}

function isSmaller(a: Outcome, b: Outcome): boolean {
  const [x, y] = [size(a), size(b)];
  for (const [i, value] of x.entries()) if (value !== y[i]) return value < y[i]!;
  return false;
}

class Shrinker {
  readonly #run: RunSchedules;
  readonly #signature: string;
  readonly #limit: number;
  replays = 0;
  best: Outcome;

  constructor(run: RunSchedules, failing: Outcome, limit: number) {
    this.#run = run;
    this.best = failing;
    this.#signature = signatureOf(failing);
    this.#limit = limit;
  }

  isSame(outcome: Outcome): boolean {
    return outcome.failure !== 'none' && signatureOf(outcome) === this.#signature;
  }

  /** Whether the departures still fail so; keeps the smallest schedule that does. */
  async fails(list: readonly Departure[]): Promise<boolean> {
    if (this.replays >= this.#limit) return false;
    this.replays++;
    const { last } = await this.#run({ name: 'keyed', keyed: packDepartures(list) }, 1);
    if (!this.isSame(last)) return false;
    if (isSmaller(last, this.best)) this.best = last;
    return true;
  }

  /** Delta debugging: ever smaller parts are taken away. */
  async reduce(all: readonly Departure[]): Promise<readonly Departure[]> {
    let list = all;
    for (let parts = 2; list.length > 0 && parts <= 2 * list.length;) {
      const length = Math.max(1, Math.ceil(list.length / parts));
      let shorter: readonly Departure[] | undefined;
      for (let at = 0; at < list.length && shorter === undefined; at += length) {
        const without = [...list.slice(0, at), ...list.slice(at + length)];
        if (await this.fails(without)) shorter = without;
      }
      if (shorter !== undefined) {
        list = shorter;
        parts = Math.max(2, parts - 1);
      } else if (length === 1) {
        break;
      } else {
        parts *= 2;
      }
    }
    return list;
  }

  /**
   * Looks for the failure with fewer preemptions, the fewest first: where it finds one there is
   * none with fewer still. Other failures on the way are passed over. A choice that is not the
   * default counts as a preemption here.
   */
  async searchFewer(
    { proof = 2000, proofMilliseconds = Infinity }: ShrinkOptions,
  ): Promise<Shrunk['minimal']> {
    const bound = this.best.preemptions - 1;
    if (bound < 0) return 'proven';
    const end = performance.now() + proofMilliseconds;
    for (let left = proof, more = false; left > 0 && performance.now() < end; more = true) {
      const strategy = { name: `preemption:0-${bound}` };
      const report = await this.#run(strategy, Math.min(left, PROOF_SLICE), more);
      left -= Math.max(1, report.results.length);
      if (report.failures > 0 && this.isSame(report.last)) {
        this.best = report.last;
        return 'proven';
      }
      if (report.last.failure === 'nondeterminism') return 'open';
      if (report.exhausted) return 'proven';
    }
    return 'open';
  }

  /** Two departures may only be dispensable together. */
  async removePairs(all: readonly Departure[]): Promise<readonly Departure[]> {
    let list = all;
    for (let i = 0; i < list.length; i++) {
      for (let j = i + 1; j < list.length; j++) {
        const without = list.filter((_, k) => k !== i && k !== j);
        if (!(await this.fails(without))) continue;
        list = without;
        i = -1;
        break;
      }
    }
    return list;
  }
}

/** Shrinks a failing schedule of a target. */
export async function shrink(
  run: RunSchedules, failing: Outcome, options: ShrinkOptions = {},
): Promise<Shrunk> {
  const { replays = 400 } = options;
  const shrinker = new Shrinker(run, failing, replays);
  let list: readonly Departure[] = departuresOf(failing);
  // A schedule may depend on where exactly its steps lie; then it is left as it is.
  if (await shrinker.fails(list)) {
    list = await shrinker.reduce(list);
    list = await shrinker.removePairs(list);
    // The smallest may come from another list; once more from there.
    const again = departuresOf(shrinker.best);
    if (again.length < list.length) await shrinker.reduce(again);
  }
  const minimal = await shrinker.searchFewer(options);
  return { outcome: shrinker.best, replays: shrinker.replays, minimal };
}
