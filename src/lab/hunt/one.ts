// One target from beginning to end: is the hunter armed, does the scenario do the same twice, and
// then the search.
import { Hunt } from './hunt.ts';
import type { HuntOptions, HuntProgress, HuntReport } from './hunt.ts';
import type { Target } from './target.ts';

/** What came of one target. */
export type HuntOutcome =
  | { readonly report: HuntReport; readonly routines: ReadonlyMap<number, string> }
  | { readonly target: Target; readonly error: Error };

export interface HuntListener {
  /** The hunt has its threads; it may be interrupted from now on. */
  began(hunt: Pick<Hunt, 'interrupt'>): void;
  progress(progress: HuntProgress): void;
}

/** Hunts one target; whatever goes wrong is its outcome. */
export async function huntOne(
  target: Target, options: HuntOptions, listener: HuntListener,
): Promise<HuntOutcome> {
  let hunt: Hunt | undefined;
  try {
    hunt = await Hunt.start(target, options);
    listener.began(hunt);
    await hunt.checkArmed();
    await hunt.checkTwice();
    const report = await hunt.search((p) => listener.progress(p));
    return { report, routines: hunt.cell.routines };
  } catch (error) {
    return { target, error: error as Error };
  } finally {
    await hunt?.stop();
  }
}
