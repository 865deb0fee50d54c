// The fuzzer: the shipped filters are clean, and what is found can be played again from the command
// line (planted.test.ts has bugs to be found).
import './fuzz-on.ts';
import { describe, expect, test } from 'vitest';
import { fixture, fltlab } from '#test/cli/run-cli.ts';
import { campaign } from '#src/lab/fuzz/campaign.ts';
import { FuzzMachine } from '#src/lab/fuzz/machine.ts';
import { readSequence, sequenceOf, sequenceText } from '#src/lab/fuzz/sequence.ts';
import { shrink } from '#src/lab/fuzz/shrink.ts';
import { mutants, shipped } from '#test/lab/fuzz/mutants.ts';

const beginning = (): void => undefined;

test.each(mutants)('$filter is clean: no rule broken, nothing left, all as without it',
  async (mutant) => {
    const machine = await FuzzMachine.map([shipped(mutant)], true, mutants.indexOf(mutant));
    const { finding, stuck } = campaign(machine, { seed: 3, sequences: 60, beginning });
    expect(finding).toBeUndefined();
    expect(stuck).toBeLessThan(6);
  });

describe('a sequence', () => {
  test('follows from seed and number, and survives its text form', () => {
    for (let n = 0; n < 50; n++) {
      const sequence = sequenceOf(9, n);
      expect(sequence).toEqual(sequenceOf(9, n));
      expect(readSequence(sequenceText(sequence))).toEqual(sequence);
    }
    expect(sequenceOf(9, 1)).not.toEqual(sequenceOf(10, 1));
    for (const text of ['', 'o', 'o000', 'B0000', 'o0000-', 'o00000']) {
      expect(readSequence(text)).toBeUndefined();
    }
  });

  test('is made small by leaving out and by making plain, and keeps failing', () => {
    const needs = (kinds: readonly string[]) => (list: readonly { readonly kind: string }[]) =>
      kinds.every((kind) => list.some((operation) => operation.kind === kind));
    const long = Array.from({ length: 12 }, (_, n) => sequenceOf(1, n)).flat();
    const small = shrink(long, needs(['write', 'lock', 'rename']), 2000);
    expect(small.length).toBe(3);
    expect(small.every(({ slot, x, y, z }) => slot + x + y + z === 0)).toBe(true);
  });
});

test('fltlab fuzz prints what failed and how to play it again; exit codes 0, 1, 2', async () => {
  const found = await fltlab(['fuzz', fixture('leaks'), '--sequences', '200']);
  expect(found.code).toBe(1);
  expect(found.out).toMatch(/leak\.pool|shared-recursion/);
  const [, token = ''] = /again: fltlab fuzz .* --replay (\S+)/.exec(found.out) ?? [];
  const [again, bad] = await Promise.all([
    fltlab(['fuzz', fixture('leaks'), '--replay', token, '--json']),
    fltlab(['fuzz', 'ctx', '--replay', 'nonsense'])]);
  expect(again.code).toBe(1);
  expect((JSON.parse(again.out) as { finding: unknown }).finding).toBeDefined();
  expect([bad.code, bad.err]).toEqual([2, expect.stringContaining('is no sequence')]);
});
