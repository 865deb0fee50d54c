// Rule: a context's references are the caller's own, one for each Allocate and Get, whatever Set
// does.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('CTX-7, CTX-15: each reference is released once, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'context-references', seed });
  expect(outcome.left.pools).toEqual([]);
});

test('a twin whose Set takes the caller\'s reference over is found out', async () => {
  await expectBroken('context-references', /0x000000f5|keeps the context|cleaned up once/);
});
