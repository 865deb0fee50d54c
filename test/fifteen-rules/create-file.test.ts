// Rule: FltCreateFile begins below the instance it is given, and at the top of the stack without
// one.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('IO-13: who sees a filter\'s own create, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'create-file', seed });
  expect(outcome.left.handles).toBe(0);
});

test('a twin that always sends to the top of the stack is found out', async () => {
  await expectBroken('create-file', /with an instance nothing comes back to it/);
});
