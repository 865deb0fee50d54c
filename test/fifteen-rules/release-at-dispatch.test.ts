// Rule: a context that loses its last reference at DISPATCH_LEVEL is cleaned up by a worker.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('CTX-14: cleanup never runs at DISPATCH_LEVEL, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'release-at-dispatch', seed });
  expect(outcome.census.filters[0]?.post[2]).toBeGreaterThan(0);
});

test('a twin that cleans up where the last reference goes is found out', async () => {
  await expectBroken('release-at-dispatch', /cleanup runs at APC_LEVEL or below/);
});
