// When to ring the bell of a ring whose consumer sleeps between bursts of 16 words: for each word,
// for each while somebody sleeps, once for all of them.
//
//   requestor 0 --16 words--> ring --bell--> requestor 1 (asleep) --told--> requestor 0
import { checkSteps, measureSteps } from '../threads/measure.ts';
import type { Kind } from '../threads/measure.ts';
import type { TopologyCase } from '../case.ts';

const once = 'one bell for 16 words';
const kinds: readonly Kind[] =
  [once, 'a bell while somebody sleeps', 'a bell for every word'].map((task): Kind => ({
    title: task, step: { task, active: 2, milliseconds: 80 },
    ...(task !== once && { yardstick: once }) }));
const run = { options: { requestors: 2 }, work: 'bells' };

export default {
  title: 'bells for bursts of 16 words to a consumer that sleeps',
  figures: async (name) => measureSteps(name, run, kinds, 9),
  check: async () => checkSteps(run, kinds),
} satisfies TopologyCase;
