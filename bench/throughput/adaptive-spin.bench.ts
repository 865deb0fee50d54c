// How threads wait for each other: pairs that hand a word to and fro, first one pair, which has a
// core for each, then more threads than there are cores. There a pure spin burns the time slice of
// the very thread it waits for; the adaptive waiter sees the crowd and sleeps sooner.
//
//   requestor 0 <--word--> requestor 1        one pair: two threads on two cores
//   requestor 2 <--word--> requestor 3        one more pair than cores: they take turns
//   ...
import { availableParallelism } from 'node:os';
import { checkSteps, measureSteps } from '../threads/measure.ts';
import type { Kind } from '../threads/measure.ts';
import type { TopologyCase } from '../case.ts';

/** Of a machine's processors four are not requestors. */
const pairs = Math.min(12, availableParallelism() + 1);
const ways = ['adaptive', 'always 2000 looks', 'park at once', 'spin'];
const kinds: readonly Kind[] = [1, pairs].flatMap((many) => {
  const title = (way: string): string => `${way}, ${many} pair${many === 1 ? '' : 's'}`;
  return ways.map((task): Kind => ({ title: title(task),
    step: { task, active: 2 * many, milliseconds: task === 'spin' ? 250 : 80 },
    ...(task !== 'adaptive' && { yardstick: title('adaptive') }) }));
});
const run = { options: { requestors: 2 * pairs }, work: 'spinning' };

export default {
  title: 'waiting for each other with more runnable threads than cores',
  figures: async (name) => measureSteps(name, run, kinds, 5),
  check: async () => checkSteps(run, kinds),
} satisfies TopologyCase;
