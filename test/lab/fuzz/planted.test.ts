// A bug planted into each shipped filter is found by the fuzzer and made small.
import './fuzz-on.ts';
import { expect, test } from 'vitest';
import { campaign } from '#src/lab/fuzz/campaign.ts';
import { FuzzMachine } from '#src/lab/fuzz/machine.ts';
import { variants } from '#test/support/seeds.ts';
import { mutants, planted } from '#test/lab/fuzz/mutants.ts';

test.each(variants(mutants, 3))('$filter that $bug is found, with at most five operations', async (mutant) => {
  const machine = await FuzzMachine.map([planted(mutant)], true, mutants.indexOf(mutant));
  const { finding } = campaign(machine, { seed: 1, sequences: 2000,
    beginning: () => undefined });
  expect(finding).toBeDefined();
  expect(finding!.sequences.flat().length).toBeLessThanOrEqual(5);
});
