// Rule: what waits for a post-operation callback when an instance is detached is drained: at once,
// with a copy, once.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('TD-4, TD-5, POST-8, PRE-11, DIS-22: drained at once and once, with a copy, ' +
  'wherever the detach is, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'draining', seed });
  expect(outcome.census.filters[0]?.drained).toBeGreaterThan(3);
});

test('a twin that ends a drained operation once more is found out', async () => {
  await expectBroken('draining', /a post-op is called once/);
});
