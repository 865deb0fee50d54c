// Pairs of requestors that hand a word to each other, by several ways to wait. A round trip is an
// operation of the one that asks.
import { load, notify, store } from '../../src/atomics-sync/atomics.ts';
import { PARK, SPIN, SPIN_THEN_PARK, parkWhile } from '../../src/atomics-sync/park.ts';
import { SPIN_LIMIT_IDLE } from '../../src/mem/param.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { lineOf } from '../shared-words.ts';
import type { WaitStrategy } from '../../src/atomics-sync/park.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

/** Round trips per batch, and how long one may take before it does not count (ms). */
const BATCH = 4;
const PATIENCE_MS = 40;

function asker(pair: number, strategy: WaitStrategy): Batch {
  const ask = lineOf(0, 2 * pair);
  const answer = lineOf(0, 2 * pair + 1);
  return () => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      const before = load(answer);
      store(ask, before + 1);
      if (strategy.parks) notify(ask, 1);
      if (parkWhile(answer, before, PATIENCE_MS, strategy) === before) break;
      done++;
    }
    return done;
  };
}

function answerer(pair: number, strategy: WaitStrategy): Batch {
  const ask = lineOf(0, 2 * pair);
  const answer = lineOf(0, 2 * pair + 1);
  return () => {
    for (let i = 0; i < BATCH; i++) {
      const before = load(answer);
      if (parkWhile(ask, before, PATIENCE_MS, strategy) === before) break;
      store(answer, before + 1);
      if (strategy.parks) notify(answer, 1);
    }
    return 0;
  };
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  const by = (strategy: WaitStrategy) => (): Batch =>
    (place.index % 2 === 0 ? asker : answerer)(place.index >> 1, strategy);
  return playSteps(told, place, {
    'spin': by(SPIN),
    'always 2000 looks': by({ name: 'long', spins: SPIN_LIMIT_IDLE, parks: true }),
    'park at once': by(PARK),
    'adaptive': by(SPIN_THEN_PARK),
  });
}
