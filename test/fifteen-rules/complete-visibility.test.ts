// Rule: what a pre-operation callback completes or disallows is over for the instances below it and
// for its own post-op; those above it are called.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('PRE-4, PRE-18, OP-16, S2.5: COMPLETE ends an operation here, ' +
  'DISALLOW_FASTIO sends it ' +
  'again as an IRP, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'complete-visibility', seed });
  expect(outcome.census.filters[0]?.pended).toBe(0);
});

test('a twin that sends a completed operation further down is found out', async () => {
  await expectBroken('complete-visibility', /is not seen below/);
});
