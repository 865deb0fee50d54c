// A RAM volume under three requestors on real threads, with each completion policy: contents are
// right, nothing is lost, and nothing is left when the volume goes.
import { describe, expect, test } from 'vitest';
import { variants } from '#test/support/seeds.ts';
import { Machine } from '#src/machine/machine.ts';
import { ramfsTags } from '#src/fs/ramfs/pool.ts';
import { poolTagName } from '#src/ntos/ex/pool/pool-tags.ts';
import type { CompletionPolicy } from '#src/mem/boot-options.ts';
import type { DuelResult } from '#test/fs/threads/file-duel.ts';

const module = '#test/fs/threads/file-duel.ts';
const ours = ramfsTags.map(poolTagName);

async function duel(completion: CompletionPolicy, seed: number, rounds: number): Promise<DuelResult[]> {
  const machine = await Machine.boot({ requestors: 3, storageThreads: 1, completion, seed,
    memoryBytes: 128 << 20, verifier: true });
  try {
    const workload = { module, routine: 'fileDuel', data: { rounds, seed } };
    const reports = await machine.run([workload, workload, workload]);
    const left = await machine.shutdown();
    expect(left.storage.inFlight).toBe(0);
    expect(left.storage.taken).toBe(left.storage.completed);
    expect(left.handles).toBe(0);
    expect(left.pools.filter(({ tag }) => ours.includes(tag))).toEqual([]);
    return reports.map((report) => (report.result as { result: DuelResult }).result);
  } finally {
    await machine.destroy();
  }
}

describe('three requestors on one volume', () => {
  test.each(variants([
    ['hostile', 30], ['inline', 50], ['dispatch', 30], ['delayed', 5],
  ], 1))('agree about its files when storage is %s', async (completion, rounds) => {
    const results = await duel(completion, 11, rounds);
    expect(results).toHaveLength(3);
    for (const { operations } of results) expect(operations).toBeGreaterThan(rounds * 16);
  });
});
