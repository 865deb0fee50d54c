// Two words that belong together, written one after the other without a lock, and threads that look
// at both in between: SCTBench's reorder family, which gets harder with every setter.
import { load, store } from '#src/atomics-sync/index.ts';
import { wordScenario } from '#src/atomics-sync/schedule/scenario.ts';
import { claim } from './claim.ts';

interface Pair {
  readonly a: number;
  readonly b: number;
}

function set({ a, b }: Pair): void {
  store(a, 1);
  store(b, -1);
}

/** Each word is looked at as often as the sentence names it. */
function look({ a, b }: Pair): void {
  const isOld = load(a) === 0 && load(b) === 0;
  claim(isOld || (load(a) === 1 && load(b) === -1), 'both words are old, or both are new');
}

function reorder(setters: number, checkers: number) {
  return wordScenario({
    name: `reorder-${setters + checkers}`, words: { a: 1, b: 1 },
    threads: [...Array.from({ length: setters }, () => set),
      ...Array.from({ length: checkers }, () => look)],
  });
}

export const reorder3 = reorder(2, 1);
export const reorder4 = reorder(3, 1);
export const reorder5 = reorder(4, 1);
export const reorder10 = reorder(9, 1);
export const reorder20 = reorder(10, 10);
export const reorder50 = reorder(49, 1);
export const reorder100 = reorder(99, 1);
