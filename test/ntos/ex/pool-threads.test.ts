// The pool under several threads: no block is given out twice, every block and page comes back,
// and what a thread kept is not lost when it leaves or dies.
import { beforeEach, expect, test } from 'vitest';
import { load } from '#src/atomics-sync/atomics.ts';
import { i32 } from '#src/mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '#src/mem/stack.ts';
import { ExFreePoolWithTag, initializePool, poolTag, poolUsage, reclaimMagazines }
  from '#src/ntos/ex/pool/pool.ts';
import { flushMagazines, recover } from '#src/ntos/ex/pool/pool-magazines.ts';
import { freePages } from '#src/ntos/ex/pool/pool-pages.ts';
import { spawnThreads, startThreads, until } from '#test/support/spawn-threads.ts';

const top = pushFrame();
const MODULE = '#test/ntos/ex/pool-threads.ts';
const TAG = poolTag('Thrd');
const SLOTS = 200;
let slots: number;

beforeEach(() => {
  initializePool();
  popFrame(top);
  slots = stackAlloc(4 * SLOTS);
});

test('three threads free each other\'s blocks: none twice, none lost, all pages back', async () => {
  const pages = [freePages(0), freePages(1)];
  const args = { slots, slotCount: SLOTS, rounds: 30000, flush: true };
  await spawnThreads({ module: MODULE, routine: 'churn', threads: 3, args });
  for (let n = 0; n < SLOTS; n++) {
    const block = i32[(slots >> 2) + n]!;
    if (block !== 0) ExFreePoolWithTag(block, TAG);
  }
  expect(poolUsage()).toEqual([]);
  flushMagazines();
  recover(0);
  recover(1);
  expect([freePages(0), freePages(1)]).toEqual(pages);
});

test('the magazines of a thread that died are given back, but for what it held', async () => {
  const ready = stackAlloc(8);
  const job = { module: MODULE, routine: 'keepAndSleep', threads: 1, args: { ready } };
  const running = startThreads(job);
  await until('it sleeps', () => load(ready) === 1);
  await running.terminate(0);
  await running.results;
  expect(poolUsage().map((use) => [use.tag, use.blocks])).toEqual([['Thrd', 3]]);
  expect(reclaimMagazines(1)).toBeGreaterThan(30);
  expect(reclaimMagazines(1)).toBe(0);
});
