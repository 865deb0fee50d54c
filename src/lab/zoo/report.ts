// What the zoo says at its end: a table for people, Markdown for docs/zoo.md, JSON for scripts. The
// last line is the same everywhere: found N of M, findings on twins K.
import { count } from '../report/format.ts';
import { table } from '../report/table.ts';
import type { Colours, Column } from '../report/table.ts';
import type { Met, ZooResult } from './hunt-entry.ts';

/** Whether every bug was found by its detector and no twin was complained about. */
export function isClean(results: readonly ZooResult[]): boolean {
  return results.every(({ hit, twin }) => hit !== undefined && twin.findings.length === 0);
}

/** found N of M, findings on twins K */
export function lastLine(results: readonly ZooResult[]): string {
  const found = results.filter(({ hit }) => hit !== undefined).length;
  const onTwins = results.reduce((sum, { twin }) => sum + twin.findings.length, 0);
  return `found ${found} of ${results.length}, findings on twins ${onTwins}`;
}

const columns: readonly Column[] = [
  { name: 'entry' }, { name: 'name' }, { name: 'detector' }, { name: 'strategy' },
  { name: 'schedules', align: 'right' }, { name: 'seconds', align: 'right' },
  { name: 'preemptions', align: 'right' }, { name: 'twin' },
];

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(1);

function preemptionsOf({ hit }: ZooResult): string {
  if (hit === undefined) return '';
  return hit.minimal === undefined ? '' : `${hit.preemptions}${hit.minimal === 'open' ? ' ?' : ''}`;
}

function verdict(result: ZooResult): string {
  const { entry, hit, others, error } = result;
  const [wanted] = entry.story.detectors;
  if (hit !== undefined) return wanted;
  if (error !== undefined) return 'not hunted';
  const by = [...new Set(others.flatMap((other) => other.detectors))];
  return by.length === 0 ? `${wanted}: not found` : `${wanted}: not found, but by ${by.join(', ')}`;
}

function twinOf({ hit, twin }: ZooResult): string {
  if (hit === undefined) return '';
  if (twin.findings.length > 0) return `${twin.findings.length} findings`;
  return `silent in ${twin.exhausted ? 'all ' : ''}${count(twin.schedules)}`;
}

function row(result: ZooResult): string[] {
  const { entry, hit, schedules, milliseconds } = result;
  return [
    entry.story.id, entry.name, verdict(result), hit?.strategy ?? '',
    count(hit?.schedule ?? schedules), seconds(hit?.milliseconds ?? milliseconds),
    preemptionsOf(result), twinOf(result),
  ];
}

function metLines(what: string, list: readonly Met[]): string[] {
  return list.map((one) => `  ${what}: [${one.detectors.join(', ') || 'none'}] ${one.text}`);
}

/** What went wrong, entry by entry. */
function details(results: readonly ZooResult[]): string[] {
  return results.flatMap((result) => {
    const { entry, hit, others, twin, error } = result;
    const lines = [
      ...(error === undefined ? [] : [`  ${error}`]),
      ...(hit === undefined ? metLines('found by another', others) : []),
      ...metLines('on the twin', twin.findings),
    ];
    return lines.length === 0 ? [] : ['', `${entry.story.id} ${entry.name}`, ...lines];
  });
}

/** For people. */
export function zooText(results: readonly ZooResult[], colours: Colours): string {
  const paint = isClean(results) ? colours.green : colours.red;
  return [table(columns, results.map(row), colours), ...details(results), '',
    paint(lastLine(results)), ''].join('\n');
}

const introduction = `# The zoo

Bugs that real minifilters have, each as a small faulty filter in \`src/minifilters/faulty\` with a
fixed twin beside it. \`npm run zoo\` hunts each under controlled schedules until the detector that
the entry names first has found it, then hunts the twin with at least as many schedules, and keeps
this table. A folder of the same form can be given: \`fltlab zoo FOLDER\`.

The columns: the strategy whose schedule showed the bug first, how many schedules and seconds that
took, how many preemptions are left after shrinking (? where the search for fewer was not complete;
empty without \`--minimise\`), and how many schedules the twin passed in silence (all: there are no
others within the bounds of the strategies).
`;

/** For docs/zoo.md. */
export function zooMarkdown(results: readonly ZooResult[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const sides = columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  return [introduction, line(columns.map(({ name }) => name)), line(sides),
    ...results.map((result) => line(row(result))), '', lastLine(results), ''].join('\n');
}

/** For scripts. */
export function zooJson(results: readonly ZooResult[], version: string): string {
  const entries = results.map(({ entry, ...rest }) => ({
    id: entry.story.id, name: entry.name, about: entry.story.about ?? '',
    detectors: entry.story.detectors, ...rest,
  }));
  const found = results.filter(({ hit }) => hit !== undefined).length;
  const summary = { found, of: results.length, clean: isClean(results) };
  return `${JSON.stringify({ format: 1, version, ...summary, entries }, null, 1)}\n`;
}
