// The conformance report itself: what counts as shown, what does not, and when it is complete.
import { describe, expect, test } from 'vitest';
import { facts } from '#src/verifier/facts.ts';
import { features } from './features.ts';
import { conformance, idsIn, lastLine, markdown, terminal } from './report.ts';
import { testsOf } from './run.ts';
import { seeds, statements, statementsIn } from './seeds.ts';

const pass = (name: string): { name: string; passed: boolean } => ({ name, passed: true });
const fail = (name: string): { name: string; passed: boolean } => ({ name, passed: false });

/** A run in which everything is named. */
const everything = [...facts.keys(), ...statements.map(({ id }) => id),
  ...features.map(({ id }) => id)].map((id) => pass(`${id}: shown`));

describe('a name shows', () => {
  test('the ids in it, ranges and several kinds at once', () => {
    expect(idsIn('PORT-1 to PORT-3, S3.24..26, F-12: many at once').toSorted()).toEqual(
      ['F-12', 'PORT-1', 'PORT-2', 'PORT-3', 'S3.24', 'S3.25', 'S3.26']);
    expect(idsIn('UTF-8, version 1.2, POST-77, S2.99, F-999')).toEqual([]);
  });

  test('a fact only when the test passed', () => {
    const c = conformance([fail('POST-5: no'), pass('POST-6: yes')]);
    const post = c.areas.find(({ area }) => area.id === 'POST');
    expect(post?.shown).toBe(1);
    expect(c.failed).toEqual(['POST-5: no']);
  });
});

describe('a row of the checklist is shown', () => {
  test('when all of its facts are, or when it is named', () => {
    const shown = (names: string[], id: string): boolean | undefined =>
      conformance(names.map(pass)).features.find((row) => row.id === id)?.shown;
    expect(shown(['LC-10: x'], 'F-1')).toBe(false);
    expect(shown(['LC-10: x', 'LC-11: y'], 'F-1')).toBe(true);
    expect(shown(['F-1: x'], 'F-1')).toBe(true);
    expect(shown([], 'F-40')).toBe(false);
    expect(shown(['F-40: x'], 'F-40')).toBe(true);
  });

  test('its references are facts and statements that exist', () => {
    expect(features.length).toBe(231);
    const wrong = features.flatMap(({ id, refs }) =>
      refs.split(' ').filter((ref) => ref !== '' && idsIn(ref).length !== 1)
        .map((ref) => `${id}: ${ref}`));
    expect(wrong).toEqual([]);
  });

  test('the checklist has as many rows of each priority as the research', () => {
    const of = (p: string): number => features.filter(({ priority }) => priority === p).length;
    expect([of('core'), of('expected'), of('beyond')]).toEqual([140, 70, 21]);
  });
});

describe('the seeds', () => {
  test('two editions of one article share their tests, but for their own slips', () => {
    expect(seeds.map(({ id }) => id)).toEqual(['S1', 'S2', 'S3', 'S4', 'S5']);
    const c = conformance([pass('S1.3: x'), pass('S5.25: y')]);
    const [s1, , , , s5] = c.seeds;
    expect([s1?.shown, s5?.shown]).toEqual([1, 2]);
    expect(statementsIn('S5.25, S2.16')).toEqual(['S5.25']);
  });
});

describe('the verdict', () => {
  test('complete when every core and expected row and every statement is shown', () => {
    expect(conformance(everything).complete).toBe(true);
    const without = (prefix: string): boolean =>
      conformance(everything.filter(({ name }) => !name.startsWith(prefix))).complete;
    expect(without('S2.14:')).toBe(false);
    expect(without('F-220:')).toBe(true);
    expect(conformance(everything.filter(({ name }) => !/^(F-220|VER-2):/.test(name))).complete)
      .toBe(false);
  });

  test('the last line counts facts and statements', () => {
    expect(lastLine(conformance(everything))).toBe(
      `facts 352 of 352, seeds ${statements.length} of ${statements.length}`);
    expect(terminal(conformance([])).split('\n').at(-1)).toBe(
      `facts 0 of 352, seeds 0 of ${statements.length}`);
  });

  test('the page has a table for each seed, with the test that shows each statement', () => {
    const page = markdown(conformance([pass('S2.14: a | b <c>')]));
    expect(page).toMatch(/### S2: Pending an I\/O operation.*\(1 of 15\)/);
    expect(page).toContain('| S2.14: a \\| b &lt;c> | yes |');
    expect(page.match(/^### S\d/gm)?.length).toBe(5);
  });
});

test('results come from vitest\'s JSON; skipped tests show nothing', () => {
  const assertionResults = [{ fullName: ' PRE-1: a', status: 'passed' },
    { fullName: 'PRE-2: b', status: 'failed' }, { fullName: 'PRE-3: c', status: 'pending' }];
  expect(testsOf(JSON.stringify({ testResults: [{ assertionResults }] }))).toEqual(
    [pass('PRE-1: a'), fail('PRE-2: b')]);
});
