// `npm run sctbench`: hunts the programs of the SCTBench on real threads with the default strategy
// and with the named ones, and prints the median number of schedules to the first failure beside the
// figures of sctbench.json, which lies beside the repository or where --reference says; its columns
// stay empty without it. Exit code 1 when a program was not found with every seed, or a deadlock was
// not predicted; 2 for options that it does not know.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allPrograms, leftOut } from './catalogue.ts';
import { publishedColumns, readPublished } from './published.ts';
import { median, predicted, series, startProgram } from './series.ts';
import type { Program } from './catalogue.ts';
import type { Series } from './series.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const DEFAULT = 'portfolio';
const USAGE = 'npm run sctbench -- [--seeds 20] [--limit 10000] [--strategies random,pct:3,…] ' +
  '[--seconds 20 (for a named strategy)] [--only REGEXP] [--core N] [--reference FILE] [--json]';

interface Options {
  readonly seeds: number;
  readonly limit: number;
  readonly strategies: readonly string[];
  readonly seconds: number;
  readonly only: RegExp;
  readonly core: number;
  readonly reference: string;
  readonly json: boolean;
}

function options(): Options | undefined {
  try {
    const { values } = parseArgs({ options: {
      seeds: { type: 'string', default: '20' }, limit: { type: 'string', default: '10000' },
      strategies: { type: 'string', default: 'random,pct:3,pos,surw,delay,dpor' },
      seconds: { type: 'string', default: '20' }, only: { type: 'string', default: '' },
      core: { type: 'string', default: '0' },
      reference: { type: 'string', default: join(root, '../shared/reference/sctbench.json') },
      json: { type: 'boolean', default: false },
    } });
    const strategies = values.strategies.split(',').filter((name) => name !== '');
    const [seeds, limit, seconds, core] =
      [values.seeds, values.limit, values.seconds, values.core].map(Number) as
      [number, number, number, number];
    if (!(seeds >= 1 && limit >= 1 && seconds > 0 && core >= 0)) throw new Error('not a number');
    return { ...values, strategies, seeds, limit, seconds, core, only: new RegExp(values.only) };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return undefined;
  }
}

/** One program's results. */
interface Line {
  readonly program: Program;
  readonly series: ReadonlyMap<string, Series>;
  readonly rings: number | undefined;
  readonly seconds: number;
}

/** A median, with how many seeds found it where some did not; `-` where none did. */
function shown(result: Series | undefined): string {
  if (result === undefined) return '';
  const { found, tried, isCut } = result;
  const value = median(found);
  const part = found.length < tried || isCut ? ` (${found.length}/${tried}${isCut ? ', cut' : ''})` : '';
  return `${value ?? '-'}${part}`;
}

async function hunt(program: Program, wanted: Options): Promise<Line> {
  const began = performance.now();
  const { seeds, limit } = wanted;
  const cell = await startProgram(program, limit, wanted.core);
  const results = new Map<string, Series>();
  const minute = 60_000;
  try {
    results.set(DEFAULT, await series(cell, program, DEFAULT, {
      seeds: program.isRare ? 1 : seeds, limit, misses: 1, milliseconds: 60 * minute,
    }));
    for (const name of wanted.strategies) {
      if (name.startsWith('dpor') && program.play.threads > 32) continue;
      results.set(name, await series(cell, program, name,
        { seeds, limit, misses: 2, milliseconds: 1000 * wanted.seconds }));
    }
    const rings = program.locks === undefined ? undefined : await predicted(cell, program);
    return { program, series: results, rings, seconds: (performance.now() - began) / 1000 };
  } finally {
    await cell.stop();
  }
}

function isFound({ program, series: results }: Line, seeds: number): boolean {
  const result = results.get(DEFAULT)!;
  return result.found.length === (program.isRare ? 1 : seeds);
}

function print(line: Line, published: ReadonlyMap<string, readonly string[]>,
  strategies: readonly string[]): void {
  const { program, rings } = line;
  const own = [DEFAULT, ...strategies].map((name) => shown(line.series.get(name)).padStart(13));
  const theirs = published.get(program.row) ?? publishedColumns.map(() => '');
  const cells = [program.row.padEnd(35), String(program.play.threads).padStart(4), ...own,
    '  |', ...theirs.map((cell) => cell.padStart(12)), line.seconds.toFixed(1).padStart(7)];
  const note = program.locks === undefined ? '' : `  predicted: ${rings ?? 'no passing run'}`;
  process.stdout.write(`${cells.join('')}${note}\n`);
}

async function main(): Promise<number> {
  const wanted = options();
  if (wanted === undefined) return 2;
  const published = readPublished(wanted.reference);
  const lines: Line[] = [];
  const columns = ['program'.padEnd(35), ' thr',
    ...[DEFAULT, ...wanted.strategies].map((name) => name.padStart(13)), '  |',
    ...publishedColumns.map((name) => name.padStart(12)), '      s'];
  if (!wanted.json) process.stdout.write(`${columns.join('')}\n`);
  for (const program of await allPrograms()) {
    if (!wanted.only.test(program.row)) continue;
    const line = await hunt(program, wanted);
    lines.push(line);
    if (!wanted.json) print(line, published, wanted.strategies);
  }
  const counted = lines.filter(({ program }) => !program.isRare);
  const found = counted.filter((line) => isFound(line, wanted.seeds));
  const cycles = lines.filter(({ program }) => program.locks !== undefined);
  const seen = cycles.filter(({ rings }) => (rings ?? 0) > 0);
  if (wanted.json) {
    process.stdout.write(`${JSON.stringify(lines.map((line) => ({
      program: line.program.row, threads: line.program.play.threads, seconds: line.seconds,
      rings: line.rings, series: Object.fromEntries(line.series),
      published: published.get(line.program.row) ?? [],
    })))}\n`);
  } else {
    process.stdout.write(`left out: ${leftOut}\nmedians of ${wanted.seeds} seeds; (found/tried) ` +
      'where a seed did not find it, cut where its time was over\n' +
      `deadlocks predicted from one passing run: ${seen.length} of ${cycles.length}\n` +
      `found ${found.length} of ${counted.length} within ${wanted.limit} schedules\n`);
  }
  return found.length === counted.length && seen.length === cycles.length ? 0 : 1;
}

process.exitCode = await main();
