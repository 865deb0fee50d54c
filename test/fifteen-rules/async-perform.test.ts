// Rule: the callback of FltPerformAsynchronousIo comes on every outcome, so data is freed there
// only.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('IO-8: the callback comes once, on every outcome, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'async-perform', seed, below: ['completer'] });
  expect(outcome.census.filters.find(({ name }) => name === 'async-perform')?.callbackData).toBe(0);
});

test('a twin that does not call back for what it refuses is found out', async () => {
  await expectBroken('async-perform', /the callback comes on every outcome/,
    { below: ['completer'] });
});
