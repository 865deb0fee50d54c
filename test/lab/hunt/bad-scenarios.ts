// Scenarios that cannot be hunted, or not for long: loops that the schedule does not see, and
// variables that outlive a schedule.
import { load, store } from '#src/atomics-sync/index.ts';
import { chooseAmong } from '#src/atomics-sync/schedule/hook.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';

function countForEver(from: number): void {
  for (let left = from; left > 0; left = (left + 2) & 0xffff);
}

/** One thread never comes back. */
export const outOfSight = wordScenario({
  name: 'out-of-sight', words: { x: 1 },
  threads: [(at) => void load(at.x), (at) => countForEver(load(at.x) + 1)],
});

/** Loses updates often, and comes back from one schedule in thirty not at all. */
export const lateLoop = wordScenario({
  name: 'late-loop', words: { x: 1 },
  threads: [(at) => {
    if (chooseAmong?.(30) === 29) countForEver(1);
    store(at.x, load(at.x) + 1);
  }, (at) => store(at.x, load(at.x) + 1)],
  check(at) {
    if (load(at.x) !== 2) throw new Error('an update was lost');
  },
});

let schedules = 0;

/** Does more from its 20th schedule on: too late for the check at the beginning. */
export const lateChange = wordScenario({
  name: 'late-change', words: { x: 1, extra: 1 },
  threads: [(at) => {
    if (++schedules > 20) store(at.extra, 1);
    store(at.x, 1);
    store(at.x, 2);
  }, (at) => {
    store(at.x, 3);
    store(at.x, 4);
    load(at.extra);
  }],
});

/** As many threads as one search can take, and one more. */
export const crowd = wordScenario({
  name: 'crowd', words: { x: 1 },
  threads: Array.from({ length: 33 }, () => (at: { readonly x: number }) => void load(at.x)),
});
