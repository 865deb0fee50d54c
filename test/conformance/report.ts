// What the named tests show: per area the facts, the rows of the feature checklist, the seeds
// statement by statement; as text for the terminal and as a page for docs/.
import { areas, facts, idsOf } from '#src/verifier/facts.ts';
import { features, featuresIn } from './features.ts';
import { seeds, statements, statementsIn } from './seeds.ts';
import type { Area } from '#src/verifier/facts.ts';
import type { Feature, Priority } from './features.ts';
import type { Seed, Statement } from './seeds.ts';

/** A test as a run reported it. */
export interface TestResult {
  readonly name: string;
  readonly passed: boolean;
}

export interface FactResult {
  readonly id: string;
  readonly text: string;
  readonly tests: readonly string[];
}

export interface AreaResult {
  readonly area: Area;
  readonly facts: readonly FactResult[];
  readonly shown: number;
}

export interface FeatureResult extends Feature {
  readonly shown: boolean;
  /** References that no passing test shows. */
  readonly missing: readonly string[];
}

export interface StatementResult extends Statement {
  readonly tests: readonly string[];
}

export interface SeedResult {
  readonly seed: Seed;
  readonly statements: readonly StatementResult[];
  readonly shown: number;
}

export interface Conformance {
  readonly areas: readonly AreaResult[];
  readonly features: readonly FeatureResult[];
  readonly seeds: readonly SeedResult[];
  readonly failed: readonly string[];
  readonly factsShown: number;
  readonly statementsShown: number;
  /** Every core and expected row and every statement is shown. */
  readonly complete: boolean;
}

/** The ids that a name holds, of facts, statements and rows alike. */
export function idsIn(name: string): string[] {
  return [...idsOf(name), ...statementsIn(name), ...featuresIn(name)];
}

function byId(results: readonly TestResult[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, passed } of results) {
    if (!passed) continue;
    for (const id of idsIn(name)) found.set(id, [...(found.get(id) ?? []), name]);
  }
  return found;
}

function featureResult(feature: Feature, shownBy: ReadonlyMap<string, unknown>): FeatureResult {
  const refs = feature.refs === '' ? [] : feature.refs.split(' ');
  const missing = refs.filter((id) => !shownBy.has(id));
  const named = shownBy.has(feature.id);
  return { ...feature, shown: named || refs.length > 0 && missing.length === 0,
    missing: named ? [] : refs.length === 0 ? [feature.id] : missing };
}

const count = <T>(of: readonly T[], test: (x: T) => boolean): number => of.filter(test).length;

/** Judges a run. */
export function conformance(results: readonly TestResult[]): Conformance {
  const shownBy = byId(results);
  const tests = (id: string): readonly string[] => shownBy.get(id) ?? [];
  const areaResults = areas.map((area) => {
    const of = [...facts.values()].filter((fact) => fact.area === area)
      .map(({ id, text }) => ({ id, text, tests: tests(id) }));
    return { area, facts: of, shown: count(of, (f) => f.tests.length > 0) };
  });
  const seedResults = seeds.map((seed) => {
    const of = statements.filter((s) => s.seed === seed).map((s) => ({ ...s,
      tests: [...new Set([...tests(s.id), ...tests(s.shownAs)])] }));
    return { seed, statements: of, shown: count(of, (s) => s.tests.length > 0) };
  });
  const rows = features.map((feature) => featureResult(feature, shownBy));
  const statementsShown = seedResults.reduce((n, s) => n + s.shown, 0);
  return {
    areas: areaResults, features: rows, seeds: seedResults,
    failed: results.filter(({ passed, name }) => !passed && idsIn(name).length > 0)
      .map(({ name }) => name),
    factsShown: areaResults.reduce((n, a) => n + a.shown, 0), statementsShown,
    complete: statementsShown === statements.length
      && rows.every((row) => row.shown || row.priority === 'beyond'),
  };
}

/** The last line of the command. */
export function lastLine(c: Conformance): string {
  return `facts ${c.factsShown} of ${facts.size}, seeds ${c.statementsShown} of ` +
    `${statements.length}`;
}

const priorities: readonly Priority[] = ['core', 'expected', 'beyond'];

function featureCounts(c: Conformance): readonly (readonly [Priority, number, number])[] {
  return priorities.map((priority) => {
    const of = c.features.filter((row) => row.priority === priority);
    return [priority, count(of, (row) => row.shown), of.length];
  });
}

/** What the terminal shows: the counts, and what is not shown yet. */
export function terminal(c: Conformance): string {
  const missing = c.areas.flatMap(({ area, facts: of, shown }) => {
    const ids = of.filter((f) => f.tests.length === 0).map(({ id }) => id.replace(/^.*-/, ''));
    const gap = ids.length === 0 ? '' : `  without: ${ids.join(' ')}`;
    return [`  ${area.id.padEnd(5)} ${String(shown).padStart(3)} of ${
      String(of.length).padEnd(3)} ${area.title}${gap}`];
  });
  const rows = c.features.filter((row) => !row.shown)
    .map((row) => `  ${row.id.padEnd(6)} ${row.priority.padEnd(9)} ${row.text} (${
      row.missing.join(' ')})`);
  const open = c.seeds.flatMap(({ statements: of }) => of.filter((s) => s.tests.length === 0))
    .map(({ id, text }) => `  ${id.padEnd(6)} ${text}`);
  return [
    'Facts shown by a named test, per area:', ...missing, '',
    'Features:', ...featureCounts(c).map(([p, n, of]) => `  ${p.padEnd(9)} ${n} of ${of}`),
    ...(rows.length === 0 ? [] : ['Not shown:', ...rows]), '',
    'Seeds:', ...c.seeds.map(({ seed, shown, statements: of }) =>
      `  ${seed.id}  ${shown} of ${of.length}  ${seed.title}`),
    ...(open.length === 0 ? [] : ['Not shown:', ...open]),
    ...(c.failed.length === 0 ? [] : ['', 'Named tests that fail:',
      ...c.failed.map((name) => `  ${name}`)]),
    '', lastLine(c),
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function testsCell(tests: readonly string[]): string {
  const [first, ...more] = tests;
  if (first === undefined) return '**none**';
  return cell(first) + (more.length === 0 ? '' : ` (and ${more.length} more)`);
}

function mdTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

/** The page docs/conformance.md. */
export function markdown(c: Conformance): string {
  const yes = (shown: boolean): string => (shown ? 'yes' : 'no');
  return [
    '# Conformance', '',
    'Does it do what Windows does? Each statement of the documents that fltlab was built from ' +
      'has ' +
      'a test that names it. `npm run conformance` runs the tests and writes this page. ' +
      '`fltlab explain POST-5` says what a fact says.', '',
    `**${lastLine(c)}.**`, '',
    ...mdTable(['area', 'facts shown', 'of', 'about'], c.areas.map(({ area, facts: of, shown }) =>
      [area.id, String(shown), String(of.length), area.title])),
    ...mdTable(['features', 'shown', 'of'],
      featureCounts(c).map(([p, n, of]) => [p, String(n), String(of)])),
    '## The seeds, statement by statement', '',
    ...c.seeds.flatMap(({ seed, statements: of, shown }) => [
      `### ${seed.id}: ${seed.title} (${shown} of ${of.length})`, '',
      ...mdTable(['', 'statement', 'test', 'shown'], of.map(({ id, text, tests }) =>
        [id, cell(text), testsCell(tests), yes(tests.length > 0)])),
    ]),
    '## Features', '',
    ...mdTable(['', 'group', 'feature', 'priority', 'by', 'shown'], c.features.map((row) =>
      [row.id, row.group, cell(row.text), row.priority, row.refs === '' ? row.id : row.refs,
        yes(row.shown)])),
    '## Facts', '',
    ...c.areas.flatMap(({ area, facts: of, shown }) => [
      `### ${area.id}: ${area.title} (${shown} of ${of.length})`, '',
      ...mdTable(['', 'fact', 'test'], of.map(({ id, text, tests }) =>
        [id, cell(text), testsCell(tests)])),
    ]),
  ].join('\n');
}
