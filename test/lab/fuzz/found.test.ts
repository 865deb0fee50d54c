// What the fuzzer has found stays mended: each sequence failed once, in the filter or below it.
import './fuzz-on.ts';
import { expect, test } from 'vitest';
import { FuzzMachine } from '#src/lab/fuzz/machine.ts';
import { readSequence } from '#src/lab/fuzz/sequence.ts';
import { mutants, shipped } from '#test/lab/fuzz/mutants.ts';

const found = [
  ['swap-buffers', 'o0000-y0010-w0000-j0001', 'no system address for an MDL is looked at'],
  ['swap-buffers', 'o0000-w0000-M0000', 'pages that are read in for a view are resident'],
  ['null-filter', 'o0000-w0m00-M0000', 'a view of a file of a terabyte is refused'],
  ['null-filter', 'o1000-w1000-r100t', 'a read into kernel memory is refused'],
] as const;

test('sequences that failed once are clean', async () => {
  const machines = new Map<string, FuzzMachine>();
  for (const [filter, text, what] of found) {
    const n = mutants.findIndex((mutant) => mutant.filter === filter);
    const machine = machines.get(filter) ?? await FuzzMachine.map([shipped(mutants[n]!)], true, n);
    machines.set(filter, machine);
    expect(machine.run([readSequence(text)!]), what).toBeUndefined();
    expect(machine.isStuck).toBe(false);
  }
});
