// `fltlab fuzz`: random sequences of operations, legal and illegal, against a filter on the checked
// machine; a failing one is made small.
import { Command, Option } from 'commander';
import { EXIT_CLEAN, EXIT_FINDINGS } from '../lab/report/run-report.ts';
import { count, counted } from '../lab/report/format.ts';
import { findingText } from '../lab/report/finding-text.ts';
import { describeOperation } from '../lab/fuzz/describe.ts';
import { fuzz } from '../lab/fuzz/fuzz.ts';
import { readSequence, sequenceText } from '../lab/fuzz/sequence.ts';
import { resolveFilters } from './filters.ts';
import { UsageError, onOff, seconds, wholeNumber } from './options.ts';
import type { FuzzFinding } from '../lab/fuzz/campaign.ts';
import type { FuzzOperation } from '../lab/fuzz/sequence.ts';
import type { About } from './about.ts';

interface FuzzCliOptions {
  readonly sequences: number;
  readonly seed: number;
  readonly transparent: boolean;
  readonly replay?: string;
  readonly watchdog: number;
  readonly json: boolean;
}

const HOUR = 3600;

function replayed(text: string): (readonly FuzzOperation[])[] {
  return text.split('_').map((part) => {
    const sequence = readSequence(part);
    if (sequence !== undefined) return sequence;
    throw new UsageError(`--replay: "${part.slice(0, 40)}" is no sequence; take it as fltlab ` +
      `fuzz ` +
      'printed it, such as o0000-r0010');
  });
}

const tokenOf = ({ sequences }: FuzzFinding): string => sequences.map(sequenceText).join('_');

function commandOf(names: readonly string[], options: FuzzCliOptions, token: string): string {
  const extra = options.transparent ? '' : ' --transparent off';
  return `fltlab fuzz ${names.join(' ')}${extra} --replay ${token}`;
}

function findingLines(finding: FuzzFinding, command: string): string[] {
  const { fault, sequences, drawn } = finding;
  const operations = sequences.flat();
  return [
    fault.details === undefined ? fault.text : findingText(fault.details),
    `after ${counted(operations.length, 'operation')} (made small from ${drawn}):`,
    ...operations.map((operation, n) => `  ${n + 1}. ${describeOperation(operation)}`),
    `again: ${command}`,
  ];
}

async function action(
  names: readonly string[], options: FuzzCliOptions, about: About,
): Promise<void> {
  const replay = options.replay === undefined ? undefined : replayed(options.replay);
  const images = await resolveFilters(names, process.cwd());
  const isLive = process.stderr.isTTY === true;
  const { played, stuck, seconds: took, finding } = await fuzz({ images, seed: options.seed,
    sequences: options.sequences, watchdogSeconds: options.watchdog,
    compares: options.transparent && !images.some(({ transformsData }) => transformsData === true),
    ...(replay !== undefined && { replay }),
    progress: (n) => { if (isLive) process.stderr.write(`\r${count(n)} sequences`); } });
  if (isLive) process.stderr.write('\r');
  const perSecond = played / Math.max(took, 0.001);
  const command = finding === undefined ? '' : commandOf(names, options, tokenOf(finding));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ fltlab: about.version, filters: names, played,
      stuck, seconds: took, perSecond, seed: options.seed,
      ...(finding !== undefined && { finding, replay: command }) }, null, 2)}\n`);
  } else {
    const head = `${counted(played, 'sequence')}, seed ${options.seed}, ${count(perSecond)} ` +
      `sequences/s${stuck === 0 ? '' : `; ${count(stuck)} need real threads to be judged`}`;
    const lines = finding === undefined ? ['clean'] : findingLines(finding, command);
    process.stdout.write(`${[head, ...lines].join('\n')}\n`);
  }
  about.finish(finding === undefined ? EXIT_CLEAN : EXIT_FINDINGS);
}

/** The command. */
export function fuzzCommand(about: About): Command {
  return new Command('fuzz')
    .description('Play random sequences of operations against a filter; make a failing one small.')
    .argument('<filter...>', 'built-in filters, or modules: name|path[@altitude]')
    .option('--sequences <n>', 'how many', wholeNumber(1, 1e9), 10_000)
    .option('--seed <n>', 'every choice comes from it', wholeNumber(0, 2 ** 32 - 1), 1)
    .addOption(new Option('--transparent <on|off>', 'applications must see what they would ' +
      'without ' +
      'the filter: statuses, counts, bytes').argParser(onOff).default(true, 'on'))
    .option('--replay <sequence>', 'play the sequence that a run printed')
    .option('--watchdog <seconds>', 'give up when a sequence does not end', seconds(1, HOUR), 20)
    .option('--json', 'print the outcome as one JSON document', false)
    .addHelpText('after', `
Exit codes: 0 clean, 1 findings, 2 usage, 3 internal error, 4 unsupported routine.

Examples:
  fltlab fuzz ./my-filter.js --sequences 100000 --seed 7
  fltlab fuzz ./my-filter.js --replay o0000-w0010-r0010`)
    .action((names: readonly string[], options: FuzzCliOptions) => action(names, options, about));
}
