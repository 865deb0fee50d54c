// `fltlab bench`: what filters cost per operation, against pass-through and no filter at all.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { coloursFor } from '../lab/report/table.ts';
import { EXIT_CLEAN, EXIT_FINDINGS } from '../lab/report/run-report.ts';
import { compareReports, comparisonText, parseReport } from '../lab/bench/compare.ts';
import { benchHtml } from '../lab/bench/html.ts';
import { measureStacks } from '../lab/bench/measure.ts';
import { benchText } from '../lab/bench/text.ts';
import { BENCH_FORMAT } from '../lab/bench/types.ts';
import { completionPolicies } from '../mem/boot-options.ts';
import { MachineCrash } from '../machine/machine.ts';
import { resolveFilters } from './filters.ts';
import { UsageError, seconds, wholeNumber } from './options.ts';
import type { About } from './about.ts';
import type { Stack } from '../lab/bench/measure.ts';
import type { BenchReport } from '../lab/bench/types.ts';
import type { CompletionPolicy } from '../mem/boot-options.ts';

interface Options {
  readonly fileSystem: 'ramfs' | 'null-fs';
  readonly completion: CompletionPolicy;
  readonly requestors: number;
  readonly rounds: number;
  readonly duration: number;
  readonly json: boolean;
  readonly html?: string;
  readonly against?: string;
  readonly maxRegress: number;
}

const LATENCIES = 4000;
const MAX_REQUESTORS = 16;
const PASS_THROUGH = 'pass-through';

/** `5%` or `5` as a fraction. */
function percentage(text: string): number {
  const [, digits = ''] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text) ?? [];
  if (digits === '') throw new InvalidArgumentError('Allowed is a percentage, such as 5%.');
  return Number(digits) / 100;
}

/** No filter, pass-through, each by itself, and all together. */
async function stacksOf(filters: readonly string[]): Promise<Stack[]> {
  const images = await resolveFilters(filters, process.cwd());
  const through = await resolveFilters([PASS_THROUGH], process.cwd());
  const alone = images.filter(({ module }) => module !== through[0]?.module)
    .map((image) => ({ name: image.name, images: [image] }));
  const all = images.length < 2 ? []
    : [{ name: images.map(({ name }) => name).join(' + '), images }];
  return [{ name: 'no filter', images: [] }, { name: PASS_THROUGH, images: through }, ...alone,
    ...all];
}

/** 1, 2, 4 ... up to the number asked for. */
function requestorCounts(most: number): number[] {
  const counts: number[] = [];
  for (let n = 1; n < most; n *= 2) counts.push(n);
  return [...counts, most];
}

function readBase(file: string): BenchReport {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--against ${file}: ${(error as Error).message}`);
  }
  const report = parseReport(text);
  if (typeof report === 'string') throw new UsageError(`--against ${file}: ${report}`);
  return report;
}

async function measure(filters: readonly string[], options: Options, about: About):
  Promise<BenchReport> {
  const { fileSystem, completion } = options;
  const stacks = await stacksOf(filters);
  const progress = (what: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`${what}\n`);
  };
  const figures = await measureStacks(stacks, { fileSystem, completion, latencies: LATENCIES,
    requestors: requestorCounts(options.requestors), rounds: options.rounds,
    milliseconds: options.duration * 1000 }, progress);
  return { format: BENCH_FORMAT, fltlab: about.version, node: process.versions.node,
    machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    cores: availableParallelism(), fileSystem, completion, stacks: figures };
}

/** It does not load, or the machine crashed with it: the filter's fault and not ours. */
function isFiltersFault(error: Error): boolean {
  return error instanceof MachineCrash || /^filter .*: DriverEntry failed/.test(error.message);
}

async function bench(filters: readonly string[], options: Options, about: About): Promise<void> {
  const base = options.against === undefined ? undefined : readBase(options.against);
  const report = await measure(filters, options, about).catch((error: Error) => {
    if (!isFiltersFault(error)) throw error;
    process.stderr.write(`error: ${error.message}\nNothing was measured: fltlab run says more ` +
      'about what a filter does wrong.\n');
  });
  if (report === undefined) return about.finish(EXIT_FINDINGS);
  if (options.html !== undefined) writeFileSync(options.html, benchHtml(report));
  process.stdout.write(options.json ? `${JSON.stringify(report, undefined, 1)}\n`
    : `${benchText(report, coloursFor(process.stdout))}\n`);
  if (base === undefined) return about.finish(EXIT_CLEAN);
  const comparison = compareReports(base, report, options.maxRegress);
  (options.json ? process.stderr : process.stdout).write(`${comparisonText(comparison)}\n`);
  about.finish(comparison.regressions.length === 0 ? EXIT_CLEAN : EXIT_FINDINGS);
}

/** The command. */
export function benchCommand(about: About): Command {
  return new Command('bench')
    .description('Measure what filters add to an operation: alone, together, against ' +
      'pass-through ' +
      'and no filter.')
    .argument('<filter...>', 'built-in names, or paths of modules, with @altitude if need be')
    .addOption(new Option('--file-system <name>', 'what lies under the filters')
      .choices(['ramfs', 'null-fs']).default('ramfs'))
    .addOption(new Option('--completion <policy>', 'how storage completes')
      .choices(completionPolicies).default('inline'))
    .option('--requestors <n>', 'up to so many threads read at once',
      wholeNumber(1, MAX_REQUESTORS),
      Math.max(2, Math.min(MAX_REQUESTORS, availableParallelism())))
    .option('--rounds <n>', 'how often each stack is measured', wholeNumber(1, 1000), 5)
    .option('--duration <seconds>', 'of one kind of operation in one round', seconds(0.005, 60),
      0.1)
    .option('--json', 'print one JSON document, which --against reads', false)
    .option('--html <file>', 'write plots and numbers as one self-contained file')
    .option('--against <file>', 'compare with an earlier --json; exit code 1 when slower')
    .addOption(new Option('--max-regress <percent>', 'how much slower is still accepted')
      .argParser(percentage).default(0.05, '5%'))
    .action(async (filters: string[], options: Options) => bench(filters, options, about));
}
