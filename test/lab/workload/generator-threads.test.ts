// Generators on real threads: three requestors at once with hostile completion; everything that is
// issued comes back, all that is read is right, nothing is left.
import { describe, expect, test } from 'vitest';
import { variants } from '#test/support/seeds.ts';
import { builtModule, runMachine } from '#test/support/run-machine.ts';
import type { GeneratorData, GeneratorResult } from '#src/lab/workload/generator/data.ts';

describe('three requestors with hostile completion', () => {
  test.each(variants([['stress', 1], ['build', 3], ['win10-desktop', 2]], 1))(
    '%s, seed %i', async (preset, seed) => {
      const data: GeneratorData = { preset, seed, letter: 'C', fileSystem: 'ramfs', requestors: 3,
        operations: 1000, milliseconds: 0, isPrepared: false };
      const outcome = await runMachine({
        options: { requestors: 3, systemWorkers: 1, completion: 'hostile', seed },
        workload: { module: builtModule('src/lab/workload/generator.ts'), routine: 'generate', data },
      });
      for (const report of outcome.reports) {
        const { result, issued, completed } = report.result as
          { result: GeneratorResult; issued: number; completed: number };
        expect(result.unexpected).toEqual({ count: 0, examples: [] });
        expect(result.content).toMatchObject({ errors: 0, examples: [] });
        expect(result.content.bytesChecked).toBeGreaterThan(0);
        expect(completed).toBe(issued);
      }
      expect(outcome.left).toMatchObject({ pools: [], handles: 0, files: 0, operations: 0 });
    });
});
