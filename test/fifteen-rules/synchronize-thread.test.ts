// Rule: a synchronised operation comes back to the thread of the pre-operation callback, not of the
// issuer.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('PRE-3, PRE-11: SYNCHRONIZE comes back to where its pre-op ran, be it a ' +
  'worker, ' +
  'seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'synchronize-thread', seed });
  expect(outcome.census.filters[0]?.pended).toBeGreaterThan(0);
});

test('a twin that does not bring it back is found out', async () => {
  await expectBroken('synchronize-thread', /comes back to the thread of its pre-op/);
});
