// Rule: altitudes are compared as decimal numbers of any precision, never as text or floating
// point.
import { expect, test } from 'vitest';
import { seeds } from '#test/support/seeds.ts';
import { compareAltitudes } from '#src/fltmgr/attach/altitude.ts';
import { isInOrder } from './altitude-order.ts';
import { expectBroken, runRule } from './run-rule.ts';

test.each(seeds(1))('ALT-1, ALT-2, ALT-3, ATT-2: instances stand in the order of their ' +
  'altitudes, ' +
  'while several threads attach them, seed %i', async (seed) => {
  const outcome = await runRule({ driver: 'altitudes', seed });
  expect(outcome.census.filters[0]?.drained).toBe(0);
});

test('a twin that compares texts is found out', async () => {
  await expectBroken('altitudes', /is called first/);
});

test('ALT-1: the order is that of the kernel, not that of texts or floating point numbers', () => {
  expect(isInOrder(compareAltitudes)).toBe(true);
  expect(isInOrder((a, b) => (a < b ? -1 : Number(a > b)))).toBe(false);
  expect(isInOrder((a, b) => Number(a) - Number(b))).toBe(false);
  expect(isInOrder((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))).toBe(false);
});
