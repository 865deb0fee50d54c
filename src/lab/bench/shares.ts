// Where threads spend their time, found by looking at their processors now and then from the host:
// the level of requestors and storage threads, whether a system worker is in a work item. A look
// disturbs nobody, and a share is right to one over the root of the number of looks.
import type { HostView } from '../../machine/host-view.ts';
import type { TimeShares } from './types.ts';

const EVERY_MS = 1;
const APC_LEVEL = 1;

/** Begins to look; `end` stops and says what was seen. */
export function sampleShares(view: HostView): { end: () => TimeShares } {
  const seen = { drivers: 0, apc: 0, dispatch: 0, workers: 0, items: 0 };
  const look = (): void => {
    for (const thread of view.threads()) {
      if (thread.role === 'requestor' || thread.role === 'storage') {
        if (thread.state !== 'running') continue;
        seen.drivers++;
        if (thread.irql === APC_LEVEL) seen.apc++;
        if (thread.irql > APC_LEVEL) seen.dispatch++;
      } else if (thread.role === 'system worker' || thread.role === 'system-worker') {
        seen.workers++;
        if (thread.routine !== 0) seen.items++;
      }
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      const of = (part: number, all: number): number => (all === 0 ? 0 : part / all);
      return { samples: seen.drivers, apcLevel: of(seen.apc, seen.drivers),
        dispatchLevel: of(seen.dispatch, seen.drivers), workItems: of(seen.items, seen.workers) };
    },
  };
}

/** The shares of several rounds together. */
export function sumShares(all: readonly TimeShares[]): TimeShares {
  const samples = all.reduce((sum, one) => sum + one.samples, 0);
  const mean = (pick: (one: TimeShares) => number): number => (samples === 0 ? 0
    : all.reduce((sum, one) => sum + pick(one) * one.samples, 0) / samples);
  return { samples, apcLevel: mean((one) => one.apcLevel),
    dispatchLevel: mean((one) => one.dispatchLevel), workItems: mean((one) => one.workItems) };
}
