// What the control thread is asked for while the requestors work: filters detached and attached
// again and again, and a census now and then. The control thread obeys one order at a time, so a
// storm comes in slices: it ends soon after the requestors do.
import type { Census } from '../../machine/census.ts';
import type { Machine } from '../../machine/machine.ts';
import type { StormCounts } from '../../machine/orders.ts';

/** The longest order of a storm. */
const SLICE_MS = 1000;
const POLL_MS = 50;

export interface Ride {
  readonly machine: Machine;
  readonly images: readonly number[];
  /** Undefined where there is no storm. */
  readonly everyMs: number | undefined;
  readonly censusMs: number;
  readonly working: () => boolean;
  readonly counted: (census: Census) => void;
}

/** Storms and counts until nobody works any more; what was attached and detached. */
export async function ridingStorm(ride: Ride): Promise<StormCounts | undefined> {
  const { machine, images, everyMs, working } = ride;
  const total: StormCounts = { attached: 0, detached: 0, hits: 0 };
  let nextCensus = performance.now() + ride.censusMs;
  while (working()) {
    if (performance.now() >= nextCensus) {
      ride.counted(await machine.census());
      nextCensus = performance.now() + ride.censusMs;
    }
    if (everyMs === undefined || images.length === 0) await pause(POLL_MS);
    else {
      // An even number of turns, so that a slice ends with the filters attached.
      const slice = await machine.storm(images, everyMs, Math.max(SLICE_MS, 4 * everyMs));
      total.attached += slice.attached;
      total.detached += slice.detached;
    }
  }
  return everyMs === undefined ? undefined : total;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
