// Oplocks on a RAM volume between requestors on real threads, with each completion policy: creates
// sleep until the owner has answered, nobody changes what an exclusive owner trusts, and nothing is
// left when the volume goes.
import { describe, expect, test } from 'vitest';
import { variants } from '#test/support/seeds.ts';
import { Machine } from '#src/machine/machine.ts';
import { ramfsTags } from '#src/fs/ramfs/pool.ts';
import { poolTagName } from '#src/ntos/ex/pool/pool-tags.ts';
import type { CompletionPolicy } from '#src/mem/boot-options.ts';
import type { OplockDuelResult } from '#test/fs/threads/oplock-duel.ts';

const module = '#test/fs/threads/oplock-duel.ts';
const tags = [...ramfsTags.map(poolTagName), 'FOop', 'FOho', 'FOwa', 'FOkc'];

async function duel(completion: CompletionPolicy, rounds: number): Promise<OplockDuelResult[]> {
  const machine = await Machine.boot({ requestors: 3, storageThreads: 1, completion, seed: 5,
    memoryBytes: 128 << 20, verifier: true });
  try {
    const data = { rounds, seed: 5, inline: completion === 'inline' };
    const workload = { module, routine: 'oplockDuel', data };
    const reports = await machine.run([workload, workload, workload]);
    const left = await machine.shutdown();
    expect(left.handles).toBe(0);
    expect(left.pools.filter(({ tag }) => tags.includes(tag))).toEqual([]);
    return reports.map((report) => (report.result as { result: OplockDuelResult }).result);
  } finally {
    await machine.destroy();
  }
}

describe('owners and intruders on one file', () => {
  test.each(variants([['hostile', 60], ['inline', 120], ['dispatch', 60]], 1))(
    'agree when storage is %s', async (completion, rounds) => {
      const results = await duel(completion, rounds);
      const sum = (of: keyof OplockDuelResult): number => results.reduce((n, r) => n + r[of], 0);
      expect(sum('grants')).toBeGreaterThan(0);
      expect(sum('breaks')).toBeGreaterThan(0);
      expect(sum('writes')).toBeGreaterThan(rounds / 4);
      expect(sum('visits')).toBeGreaterThan(rounds / 8);
    });
});
