// `fltlab fuzz`: random sequences of operations, legal and illegal, against a filter on the checked
// machine; a failing one is made small.
import { Command, Option } from 'commander';
import { EXIT_CLEAN, EXIT_FINDINGS } from '../lab/report/run-report.ts';
import { count, counted } from '../lab/report/format.ts';
import { findingText } from '../lab/report/finding-text.ts';
import { describeOperation } from '../lab/fuzz/describe.ts';
import { fuzz } from '../lab/fuzz/fuzz.ts';
import { reachedJson, reachedLines } from '../lab/fuzz/reached-text.ts';
import { readSequence, sequenceText } from '../lab/fuzz/sequence.ts';
import { resolveFilters } from './filters.ts';
import { HOUR, UsageError, onOff, seconds, wholeNumber } from './options.ts';
import type { ImageSpec } from '../image/js-image.ts';
import type { FuzzFinding } from '../lab/fuzz/campaign.ts';
import type { FuzzOperation } from '../lab/fuzz/sequence.ts';
import type { About } from './about.ts';

interface FuzzCliOptions {
  readonly sequences: number;
  readonly seed: number;
  readonly transparent: boolean;
  readonly replay?: string;
  readonly watchdog: number;
  readonly cells: number;
  readonly each: boolean;
  readonly json: boolean;
}


function replayed(text: string): (readonly FuzzOperation[])[] {
  return text.split('_').map((part) => {
    const sequence = readSequence(part);
    if (sequence !== undefined) return sequence;
    throw new UsageError(`--replay: "${part.slice(0, 40)}" is no sequence; take it as ` +
      'fltlab fuzz printed it, such as o0000-r0010');
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

const NOT_AGAIN = 'it did not come again in a thread of its own: the filter keeps something in ' +
  'variables of JavaScript that outlives its unload (driverGlobals does not)';

/** What a program is told of a finding. */
const told = ({ fault, sequences, drawn, index }: FuzzFinding): object =>
  ({ fault, sequences, drawn, index });

/** What one campaign came to, as lines or as one value of the JSON document. */
async function oneCampaign(
  images: readonly ImageSpec[], names: readonly string[], options: FuzzCliOptions,
): Promise<{ readonly lines: string[]; readonly json: object; readonly isClean: boolean }> {
  const replay = options.replay === undefined ? undefined : replayed(options.replay);
  const isLive = process.stderr.isTTY === true;
  const result = await fuzz({ images, seed: options.seed, cells: options.cells,
    sequences: options.sequences, watchdogSeconds: options.watchdog,
    compares: options.transparent && !images.some(({ transformsData }) => transformsData === true),
    ...(replay !== undefined && { replay }),
    progress: (n) => { if (isLive) process.stderr.write(`\r${count(n)} sequences`); } });
  if (isLive) process.stderr.write('\r');
  const { played, stuck, seconds: took, cpuSeconds, finding, reached, isConfirmed } = result;
  const perSecond = played / Math.max(took, 0.001);
  const perCpuSecond = played / Math.max(cpuSeconds, 0.001);
  const command = finding === undefined ? '' : commandOf(names, options, tokenOf(finding));
  const head = `${names.join(' ')}: ${counted(played, 'sequence')}, seed ${options.seed}, ` +
    `${count(perSecond)} sequences/s, ${count(perCpuSecond)} for each second of a processor` +
    `${stuck === 0 ? '' : `; ${count(stuck)} need real threads to be judged`}`;
  return {
    isClean: finding === undefined,
    lines: [head, ...(replay === undefined ? reachedLines(reached) : []),
      ...(finding === undefined ? ['clean'] : findingLines(finding, command)),
      ...(finding === undefined || isConfirmed ? [] : [NOT_AGAIN])],
    json: { filters: names, played, stuck, seconds: took, cpuSeconds, perSecond, perCpuSecond,
      seed: options.seed, reached: reachedJson(reached),
      ...(finding !== undefined && { finding: told(finding), isConfirmed, replay: command }) },
  };
}

async function action(
  names: readonly string[], options: FuzzCliOptions, about: About,
): Promise<void> {
  const images = await resolveFilters(names, process.cwd());
  const alone = options.each && names.length > 1 ? Array.from(images.keys(), (n) => [n]) : [];
  const all = Array.from(images.keys());
  const documents: object[] = [];
  let isClean = true;
  for (const which of [...alone, all]) {
    const outcome = await oneCampaign(which.map((n) => images[n]!), which.map((n) => names[n]!),
      options);
    documents.push({ fltlab: about.version, ...outcome.json });
    if (!options.json) process.stdout.write(`${outcome.lines.join('\n')}\n`);
    isClean &&= outcome.isClean;
  }
  if (options.json) {
    const document = documents.length === 1 ? documents[0] : documents;
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }
  about.finish(isClean ? EXIT_CLEAN : EXIT_FINDINGS);
}

/** The command. */
export function fuzzCommand(about: About): Command {
  return new Command('fuzz')
    .description('Play random sequences of operations against a filter; make a failing one small.')
    .argument('<filter...>', 'built-in filters, or modules: name|path[@altitude]')
    .option('--sequences <n>', 'how many', wholeNumber(1, 1e9), 10_000)
    .option('--seed <n>', 'every choice comes from it', wholeNumber(0, 2 ** 32 - 1), 1)
    .addOption(new Option('--transparent <on|off>', 'applications must see what they would ' +
      'without the filter: statuses, counts, bytes').argParser(onOff).default(true, 'on'))
    .option('--replay <sequence>', 'play the sequence that a run printed')
    .option('--watchdog <seconds>', 'give up when a sequence does not end', seconds(1, HOUR), 20)
    .option('--cells <n>', 'machines side by side, one core each', wholeNumber(1, 64), 1)
    .option('--each', 'every filter by itself first, then all of them together', false)
    .option('--json', 'print the outcome as one JSON document', false)
    .addHelpText('after', `
Exit codes: 0 clean, 1 findings, 2 usage, 3 internal error, 4 unsupported routine.

Examples:
  fltlab fuzz ./my-filter.js --sequences 100000 --seed 7
  fltlab fuzz minispy scanner ctx --each --cells 2 --sequences 20000
  fltlab fuzz ./my-filter.js --replay o0000-w0010-r0010`)
    .action((names: readonly string[], options: FuzzCliOptions) => action(names, options, about));
}
