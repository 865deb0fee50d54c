// The benches: `npm run bench` runs all cases, `npm run bench -- micro/locks` one, `-- micro/` a
// shelf. Each case runs in a fresh process; everything that a ratio needs is measured there.
import { Command } from 'commander';
import { allCases, chooseCases } from './catalogue.ts';
import { runCase } from './child.ts';
import { figureTable } from './show.ts';
import { compareWith, readBaseline, saveBaseline } from './baseline.ts';
import type { Figure } from './case.ts';

interface Options {
  readonly json: boolean;
  readonly list: boolean;
  readonly tiny: boolean;
  readonly save?: string;
  readonly compare?: string;
}

function stop(code: number, text: string): never {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

function run(wanted: readonly string[], options: Options): void {
  const all = allCases();
  if (options.list) {
    process.stdout.write(`${all.join('\n')}\n`);
    return;
  }
  const chosen = chooseCases(all, wanted);
  if (chosen.problem !== undefined) stop(2, chosen.problem);
  const before = options.compare === undefined ? undefined : readBaseline(options.compare);
  if (before !== undefined && 'problem' in before) stop(2, before.problem);
  const figures: Figure[] = [];
  for (const [index, name] of chosen.cases.entries()) {
    process.stderr.write(`${index + 1}/${chosen.cases.length} ${name}\n`);
    const outcome = runCase(name, options.tiny);
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
  .option('--tiny', 'only check that every case does its work; measure nothing', false)
  .option('--save <file>', 'keep the ratios as a baseline')
  .option('--compare <file>', 'compare with a baseline; exit code 1 when something got slower')
  .action(run)
  .parse();
