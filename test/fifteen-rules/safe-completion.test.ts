// Rule: FltDoCompletionProcessingWhenSafe posts at DISPATCH_LEVEL, and resumes the operation
// itself.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('POST-12, POST-13: the safe callback runs where it is safe, seed ' +
  '%i', async (seed) => {
  const outcome = await runRule({ driver: 'safe-completion', seed });
  expect(outcome.census.filters[0]?.post[2]).toBeGreaterThan(0);
});

test('a twin that runs the callback where it stands is found out', async () => {
  await expectBroken('safe-completion', /the safe callback runs at APC_LEVEL or below/);
});
