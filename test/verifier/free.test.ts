// The free configuration pays nothing for the checks: routines and accessors are what they are
// without them.
import { describe, expect, test } from 'vitest';
import { boot } from '#src/mem/boot-options.ts';
import { watchPaged } from '#src/mem/watch.ts';
import { compileAccessors } from '#src/mem/accessors.ts';
import { ULONG } from '#src/mem/field.ts';
import { views } from '#src/mem/memory.ts';
import { struct } from '#src/mem/struct.ts';
import { RtlCompareUnicodeString } from '#src/ntos/rtl/unicode-string.ts';
import { checked, withChecks } from '#src/verifier/check.ts';
import { contracts } from '#src/verifier/contracts.ts';

const FREE_DATA = struct('FREE_DATA', { Count: ULONG });
const source = (accessors: unknown): string =>
  String((accessors as { Count: unknown }).Count);

describe('VER-1: without the verifier', () => {
  test('a routine with a contract is the routine itself', () => {
    expect(boot.verifier).toBe(false);
    expect(checked('RtlCompareUnicodeString', RtlCompareUnicodeString)).toBe(
      RtlCompareUnicodeString);
  });

  test('with the checks it is another one, so the comparison means something', () => {
    const contract = contracts.get('RtlCompareUnicodeString');
    if (contract === undefined) throw new Error('no contract');
    expect(withChecks('RtlCompareUnicodeString', contract, RtlCompareUnicodeString)).not.toBe(
      RtlCompareUnicodeString);
  });

  test('an accessor has no watch compiled in', () => {
    expect(watchPaged).toBeUndefined();
    expect(source(FREE_DATA.bound)).not.toContain('watch');
    expect(source(compileAccessors(FREE_DATA, views, () => undefined))).toContain('watch');
  });
});
