// Rule: FltCheckOplockEx without a wait routine blocks until the break is answered.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

const work = { file: 'null-wait-work', routine: 'nullWaitWork' };

test.each(seeds(1))('OPL-6, S3.12: the caller waits until the break is answered, seed ' +
  '%i', async (seed) => {
  const outcome = await runRule({ driver: 'null-wait', seed, work });
  expect(outcome.census.filters[0]?.pre[0]).toBeGreaterThan(0);
});

test('a twin that only looks and goes on is found out', async () => {
  await expectBroken('null-wait', /the check returns when the break was answered/, { work });
});
