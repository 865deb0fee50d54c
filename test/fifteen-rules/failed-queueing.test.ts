// Rule: FltQueueDeferredIoWorkItem may fail, and then item and operation are still the filter's.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('PEND-11: what cannot be posted stays with the filter, seed ' +
  '%i', async (seed) => {
  const outcome = await runRule({
    driver: 'failed-queueing', seed, storm: { everyMs: 10, forMs: 200 },
  });
  expect(outcome.census.filters[0]?.workItems).toBe(0);
});

test('a twin that posts everything is found out', async () => {
  await expectBroken('failed-queueing', /what cannot be posted is refused/);
});
