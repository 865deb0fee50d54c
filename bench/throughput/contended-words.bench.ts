// What it costs that two processors write the same word or the same cache line, and what per-thread
// words buy: the walk's gate against one rundown reference, magazines against one free list.
//
//   requestor 1 --+--> one word          requestor 1 --> own word, own line
//   requestor 2 --+                      requestor 2 --> own word, own line
import { checkSteps, measureSteps } from '../threads/measure.ts';
import type { Kind } from '../threads/measure.ts';
import type { TopologyCase } from '../case.ts';

const pairs = [['own words, own lines', 'one word'], ['own words, own lines', 'own words, one line'],
  ['own gates', 'one reference count'], ['pool, own magazines', 'one free list']] as const;
const nameOf = (task: string, active: number): string =>
  `${task}, ${active === 1 ? 'alone' : 'two threads'}`;
const kinds: readonly Kind[] = [1, 2].flatMap((active) => {
  const step = (task: string): Kind['step'] => ({ task, active, milliseconds: 40, warm: 500 });
  return ['own words, own lines', 'own gates', 'pool, own magazines']
    .map((task): Kind => ({ title: nameOf(task, active), step: step(task) }))
    .concat(pairs.map(([own, shared]) => ({ title: nameOf(shared, active), step: step(shared),
      yardstick: nameOf(own, active) })));
});
const run = { options: { requestors: 2 }, work: 'words' };

export default {
  title: 'words that two processors write, and words that they do not share',
  figures: async (name) => measureSteps(name, run, kinds, 9),
  check: async () => checkSteps(run, kinds),
} satisfies TopologyCase;
