// The benches: `npm run bench` runs all cases, `npm run bench -- micro/locks` one, `-- micro/` a
// shelf. Each case runs in a fresh process; everything that a ratio needs is measured there. Exit
// code: 0, 1 when something is slower or an aim is missed, 2 for a mistake in the call, 3 when a
// case failed; the others run all the same.
import { Command } from 'commander';
import { allCases, chooseCases } from './catalogue.ts';
import { checkCases, runCase } from './child.ts';
import { figureTable } from './show.ts';
import { BASELINES, compareWith, readBaseline, saveBaseline, saveShelves, shelfFiles }
  from './baseline.ts';
import { aims, judge, verdictOf } from './aims.ts';
import { aimsTable } from './show-aims.ts';
import type { Baseline } from './baseline.ts';
import type { Figure } from './case.ts';

interface Options {
  readonly json: boolean;
  readonly list: boolean;
  readonly tiny: boolean;
  readonly aims: boolean;
  /** A file, or true for the shelves' own. */
  readonly save?: string | true;
  readonly compare?: string | true;
}

function stop(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

function save(to: string | true, figures: readonly Figure[]): void {
  if (to === true) {
    const files = saveShelves(BASELINES, figures);
    process.stderr.write(`wrote ${files.join(', ')}\n`);
    return;
  }
  saveBaseline(to, figures);
}

/** The baselines to compare with. */
function baselines(from: string | true, cases: readonly string[]): Baseline[] {
  const files = from === true ? shelfFiles(BASELINES, cases) : [from];
  if (files.length === 0) {
    stop(2, `there is no baseline of these cases in ${BASELINES}; make one with --save`);
  }
  return files.map((file) => {
    const baseline = readBaseline(file);
    return 'problem' in baseline ? stop(2, baseline.problem) : baseline;
  });
}

/** Runs the cases of the aims and holds their figures against them. */
function runAims(options: Options): void {
  const names = [...new Set(aims.map((aim) => aim.case))];
  const outcomes = new Map(names.map((name, index) => {
    process.stderr.write(`${index + 1}/${names.length} ${name}\n`);
    return [name, runCase(name)] as const;
  }));
  const judged = aims.map((aim) => {
    const { figures, problem } = outcomes.get(aim.case)!;
    return judge(aim, figures, problem);
  });
  process.stdout.write(options.json ? `${JSON.stringify(judged, null, 1)}\n`
    : `${aimsTable(judged)}\n`);
  if (typeof options.save === 'string') {
    saveBaseline(options.save, [...outcomes.values()].flatMap(({ figures }) => figures));
  }
  process.exitCode = verdictOf(judged).isMissed ? 1 : 0;
}

/** Runs cases one after the other; one that fails does not keep the others from running. */
function runAll(cases: readonly string[], tiny: boolean): { figures: Figure[]; failed: number } {
  const figures: Figure[] = [];
  let failed = 0;
  for (const [index, name] of cases.entries()) {
    process.stderr.write(`${index + 1}/${cases.length} ${name}\n`);
    const outcome = tiny ? checkCases([name]) : runCase(name);
    figures.push(...outcome.figures);
    if (outcome.problem === undefined) continue;
    failed++;
    process.stderr.write(`${outcome.problem}\n`);
  }
  return { figures, failed };
}

function run(given: readonly string[], options: Options): void {
  const all = allCases();
  if (options.list) {
    process.stdout.write(`${all.join('\n')}\n`);
    return;
  }
  if (options.aims) {
    if (options.save === true) stop(2, '--aims --save wants a file: it runs parts of shelves');
    return runAims(options);
  }
  const chosen = chooseCases(all, given);
  if (chosen.problem !== undefined) stop(2, chosen.problem);
  const before =
    options.compare === undefined ? undefined : baselines(options.compare, chosen.cases);
  const { figures, failed } = runAll(chosen.cases, options.tiny);
  process.stdout.write(options.json ? `${JSON.stringify(figures, null, 1)}\n`
    : `${figureTable(figures)}\n`);
  if (options.save !== undefined) save(options.save, figures);
  if (before !== undefined) {
    const { text, worse } = compareWith(before, figures);
    process.stdout.write(`${text}\n`);
    process.exitCode = worse === 0 ? 0 : 1;
  }
  if (failed > 0) process.exitCode = 3;
}

new Command('bench')
  .description('Measure the cases of bench/; a name that ends in / means a whole shelf.')
  .argument('[case...]', 'micro/locks, peers/, ...; all when left out')
  .option('--json', 'print the figures as JSON', false)
  .option('--list', 'only list the cases', false)
  .option('--aims', 'run the cases that have an aim; exit code 1 when one is missed', false)
  .option('--tiny', 'only check that every case does its work; measure nothing', false)
  .option('--save [file]', `keep the ratios: in a file, or each shelf's in ${BASELINES}`)
  .option('--compare [file]', 'compare with a baseline, or with those of the shelves; exit code 1 ' +
    'when something got slower')
  .action(run)
  .parse();
