import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSchedule, encodeSchedule, looksLikeCode }
  from '#src/atomics-sync/schedule/trace-code.ts';
import type { ScheduleCode } from '#src/atomics-sync/schedule/trace-code.ts';

const code: ScheduleCode = {
  build: '0.1.0-1a2b3c', scenario: 'lost-update', threads: 2, anyTime: false, steps: 6,
  digest: -12345, decisions: [2, 1, 5, 0],
};

describe('the token of a schedule', () => {
  test('says everything that was put in', () => {
    expect(decodeSchedule(encodeSchedule(code))).toEqual(code);
  });

  test('says it for any schedule', () => {
    const decisions = fc.array(fc.tuple(fc.nat(60), fc.nat(127)), { maxLength: 200 }).map((pairs) => {
      let step = 0;
      return pairs.flatMap(([gap, choice]) => [step += gap, choice]);
    });
    fc.assert(fc.property(decisions, fc.integer(), fc.nat(100_000), fc.boolean(),
      (list, digest, steps, anyTime) => {
        const one = { ...code, decisions: list, digest: digest | 0, steps, anyTime };
        expect(decodeSchedule(encodeSchedule(one))).toEqual(one);
      }));
  });

  test('is short: three preemptions of forty steps fit into fifty characters', () => {
    const token =
      encodeSchedule({ ...code, threads: 3, steps: 63, decisions: [12, 1, 30, 2, 41, 0] });
    expect(token.length).toBeLessThan(50);
  });

  test('is refused with the reason when it is of another format', () => {
    const token = encodeSchedule(code).replace('fl1', 'fl2');
    expect(looksLikeCode(token)).toBe(true);
    expect(() => decodeSchedule(token)).toThrow(/format 2, this fltlab reads format 1.*0\.1\.0-1a2b3c/);
  });

  test('is refused when a letter is wrong or missing', () => {
    const token = encodeSchedule(code);
    for (let i = token.lastIndexOf('.') + 1; i < token.length; i++) {
      const other = token[i] === 'A' ? 'B' : 'A';
      expect(() => decodeSchedule(token.slice(0, i) + other + token.slice(i + 1))).toThrow(/token/);
    }
    expect(() => decodeSchedule(token.slice(0, -2))).toThrow(/damaged/);
    expect(() => decodeSchedule('hello')).toThrow(/not a schedule token/);
  });
});
