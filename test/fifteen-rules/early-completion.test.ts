// Rule: a pended operation may be completed before its callback has returned that it pends it.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('PEND-2: completed before PENDING is returned, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'early-completion', seed });
  expect(outcome.left.storage.inFlight).toBe(0);
});

test('a twin that wants it pended first is found out', async () => {
  await expectBroken('early-completion', /not pended yet/);
});
