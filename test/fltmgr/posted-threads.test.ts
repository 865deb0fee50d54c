// Whose thread a posted operation is in, and what an unload waits for: on real threads.
import { expect, test } from 'vitest';
import { runRule } from '../fifteen-rules/run-rule.ts';

const run = { driver: 'posting-filter', below: ['posted-below'], folder: 'test/fltmgr' };

test('PEND-5, KRN-42: lower callbacks run in the worker, Data->Thread is the originator; unload ' +
  'waits for queued work', async () => {
  await runRule({ ...run, seed: 1 });
});

test('KRN-42: a twin that uses ExQueueWorkItem is unloaded while its work is queued', async () => {
  await expect(runRule({ ...run, below: [], seed: 1, naive: true }))
    .rejects.toThrow(/unload waits for queued work/);
});
