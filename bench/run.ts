// The benches: `npm run bench` runs all cases, `npm run bench -- micro/locks` one, `-- micro/` a
// shelf. Each case runs in a fresh process; everything that a ratio needs is measured there.
import { Command } from 'commander';
import { allCases, chooseCases } from './catalogue.ts';
import { checkCases, runCase } from './child.ts';
import { figureTable } from './show.ts';
import { compareWith, readBaseline, saveBaseline } from './baseline.ts';
import { aims, judge, verdictOf } from './aims.ts';
import { aimsTable } from './show-aims.ts';
import type { Figure } from './case.ts';

interface Options {
  readonly json: boolean;
  readonly list: boolean;
  readonly tiny: boolean;
  readonly aims: boolean;
  readonly save?: string;
  readonly compare?: string;
}

function stop(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
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
  if (options.save !== undefined) {
    saveBaseline(options.save, [...outcomes.values()].flatMap(({ figures }) => figures));
  }
  process.exitCode = verdictOf(judged).isMissed ? 1 : 0;
}

function run(wanted: readonly string[], options: Options): void {
  const all = allCases();
  if (options.list) {
    process.stdout.write(`${all.join('\n')}\n`);
    return;
  }
  if (options.aims) return runAims(options);
  const chosen = chooseCases(all, wanted);
  if (chosen.problem !== undefined) stop(2, chosen.problem);
  const before = options.compare === undefined ? undefined : readBaseline(options.compare);
  if (before !== undefined && 'problem' in before) stop(2, before.problem);
  const figures: Figure[] = [];
  for (const [index, name] of chosen.cases.entries()) {
    process.stderr.write(`${index + 1}/${chosen.cases.length} ${name}\n`);
    const outcome = options.tiny ? checkCases([name]) : runCase(name);
    if (outcome.problem !== undefined) stop(3, outcome.problem);
    figures.push(...outcome.figures);
  }
  process.stdout.write(options.json ? `${JSON.stringify(figures, null, 1)}\n`
    : `${figureTable(figures)}\n`);
  if (options.save !== undefined) saveBaseline(options.save, figures);
  if (before !== undefined) {
    const { text, worse } = compareWith(before, figures);
    process.stdout.write(`${text}\n`);
    process.exitCode = worse === 0 ? 0 : 1;
  }
}

new Command('bench')
  .description('Measure the cases of bench/; a name that ends in / means a whole shelf.')
  .argument('[case...]', 'micro/locks, peers/, ...; all when left out')
  .option('--json', 'print the figures as JSON', false)
  .option('--list', 'only list the cases', false)
  .option('--aims', 'run the cases that have an aim; exit code 1 when one is missed', false)
  .option('--tiny', 'only check that every case does its work; measure nothing', false)
  .option('--save <file>', 'keep the ratios as a baseline')
  .option('--compare <file>', 'compare with a baseline; exit code 1 when something got slower')
  .action(run)
  .parse();
