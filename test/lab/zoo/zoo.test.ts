// The zoo's runner: a bug is found by the detector that it names, its twin is silent; what is not
// found, and folders that are no zoo, are told in clear words. The whole zoo runs by `npm run zoo`.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fltlabHere } from '#test/cli/here.ts';
import { detectorsOf } from '#src/lab/zoo/detector.ts';
import { zooScenario } from '#src/lab/zoo/scenario.ts';
import type { Outcome } from '#src/lab/hunt/outcome.ts';

const here = (path: string): string => fileURLToPath(import.meta.resolve(`#test/lab/zoo/${path}.ts`))
  .replace(/[^/\\]+[/\\][^/\\]+$/, '');

describe('fltlab zoo', () => {
  test('finds a bug by the detector that it names first, and its twin is silent', async () => {
    const { code, out, err } =
      await fltlabHere('zoo', '--only', 'BZ-011', '--twin-schedules', '5', '--cells', '1');
    expect(out).toMatch(/BZ-011 +never-completed-on-error +never-complete +\S+ +\d+ .*silent in 5/);
    expect(out).toMatch(/^found 1 of 1, findings on twins 0$/m);
    expect(err).toContain('1/1 BZ-011 never-completed-on-error: found, twin silent');
    expect(code).toBe(0);
  });

  test('ends with 1 when a bug is not found', async () => {
    const folder = here('bugless/nothing-wrong/scenario');
    const { code, out } = await fltlabHere('zoo', folder, '--duration', '0.3', '--json');
    expect(JSON.parse(out)).toMatchObject({ found: 0, of: 1, clean: false });
    expect(code).toBe(1);
  });
});

describe('a folder that is no zoo', () => {
  test.each([
    ['there is none', ['no-such-folder'], /there is no folder .*no-such-folder/],
    ['an entry has no twin', [here('halves/half/faulty')], /half: there is no fixed\.js; an entry has/],
    ['an entry is asked for that is not there', ['--only', 'BZ-999'],
      /no entry is called BZ-999; there are BZ-001, /],
  ])('%s', async (_, args, words) => {
    const { code, err } = await fltlabHere('zoo', ...args);
    expect(err).toMatch(words);
    expect(code).toBe(2);
  });

  test('an entry that names a detector that there is not', () => {
    const story = {
      id: 'BZ-901', name: 'x', interleaving: 'any' as const, detectors: ['luck'] as never,
      applications: [],
    };
    expect(() => zooScenario(story)).toThrow(/BZ-901: no detector is called luck; there are irql-rule/);
    expect(() => zooScenario({ ...story, id: '1' })).toThrow(/an entry's id is capitals, - and a number/);
    expect(() => zooScenario({ ...story, detectors: ['leak'], interleaving: 'some' as never }))
      .toThrow(/BZ-901: interleaving is 'any' or 'chosen', not some/);
  });
});

describe('the detector of a schedule', () => {
  const failed = (failure: string, text: string, rules: readonly string[] = []): Outcome =>
    ({ failure, text, verdicts: rules.map((rule) => ({ rule })) }) as never;

  test.each([
    [failed('none', ''), []],
    [failed('thrown', 'BugCheck: x', ['lock-usage.recursion']), ['lock-usage']],
    [failed('deadlock', '', ['never-complete']), ['never-complete']],
    [failed('deadlock', ''), ['deadlock']],
    [failed('rule', 'data race on x: a writes'), ['data-race']],
    [failed('thrown', 'InvariantBroken: two verdicts'), ['invariant']],
    [failed('thrown', 'LeftBehind: left behind at the end: 1 open handles'), ['leak']],
    [failed('thrown', 'TypeError: the scenario itself is wrong'), []],
  ])('%#', (outcome, expected) => {
    expect(detectorsOf(outcome)).toEqual(expected);
  });
});
