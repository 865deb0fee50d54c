// Rule: changed parameters are seen below, by nobody above and not by the changer's own post-op.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('OP-23, OP-13: each instance sees the same parameters in pre and post, with ' +
  'the ' +
  'changes of those above it, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'parameter-visibility', seed });
  expect(outcome.census.filters[0]?.pended).toBeGreaterThan(0);
});

test('a twin with one set of parameters for everybody is found out', async () => {
  await expectBroken('parameter-visibility', /a post-op sees what its pre-op was given/);
});
