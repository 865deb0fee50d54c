// Low resources at random: a share of what a filter allocates is refused, by the seed, and whatever
// the filter had by then is given back.
import './at-random.ts';
import { boardMemory } from './faults-on.ts';
import { expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { mapDriver } from '#test/support/load-driver.ts';
import { mountC } from '#test/support/ramfs-volume.ts';
import { FaultBoard } from '#src/machine/faults/board.ts';
import { startFaults, withoutFaults } from '#src/machine/faults/policy.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool.ts';

const ATTEMPTS = 200;

test('F-225: at random, a filter starts or fails for want of memory, and keeps ' +
  'nothing', async () => {
  const board = new FaultBoard(boardMemory);
  const ctx = await mapDriver('ctx', '365000');
  startFaults();
  const shutdown = withoutFaults(bootInline);
  const unmount = withoutFaults(() => mountC());
  let started = 0;
  for (let n = 0; n < ATTEMPTS; n++) {
    try {
      ctx.start();
    } catch (error) {
      expect((error as Error).message).toContain('STATUS_INSUFFICIENT_RESOURCES');
      continue;
    }
    started++;
    ctx.stop();
  }
  const { asked, failed } = board.counts().allocations;
  expect(started).toBeGreaterThan(0);
  expect(ATTEMPTS - started).toBeGreaterThan(0);
  expect(failed / asked).toBeGreaterThan(0.25);
  expect(failed / asked).toBeLessThan(0.42);
  unmount();
  shutdown();
  expect(poolUsage()).toEqual([]);
});
