// Rule: where a post-operation callback runs depends on how the operation came and was passed on.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('POST-1, S1.6, S1.12, S1.13: an IRP ends anywhere, up to DISPATCH_LEVEL; ' +
  'S1.17..20, S2.12, PRE-11: others come back to their thread, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'post-context', seed });
  expect(outcome.census.filters[0]?.post[2]).toBeGreaterThan(0);
});

test('a twin that believes that every operation comes back is found out', async () => {
  await expectBroken('post-context', /every operation comes back to its thread/);
});
