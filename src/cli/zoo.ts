// `fltlab zoo`: hunts every bug of a zoo by the detector that has to find it, and its fixed twin,
// which has to stay silent. The measure of all checkers.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { checkStrategy } from '../atomics-sync/schedule/strategies/make.ts';
import { USUAL_PROOF } from '../lab/hunt/hunt.ts';
import { ZooError, builtInZoo, loadZoo } from '../lab/zoo/load.ts';
import { Zoo } from '../lab/zoo/zoo.ts';
import { isClean, zooJson, zooMarkdown, zooText } from '../lab/zoo/report.ts';
import { EXIT_CLEAN, EXIT_FINDINGS } from '../lab/report/run-report.ts';
import { coloursFor } from '../lab/report/table.ts';
import { MACHINE_STRATEGY } from './hunt.ts';
import { UsageError, seconds, wholeNumber } from './options.ts';
import type { About } from './about.ts';
import type { ZooEntry } from '../lab/zoo/load.ts';
import type { ZooListener } from '../lab/zoo/zoo.ts';

interface ZooCommandOptions {
  readonly only?: string;
  readonly strategy: string;
  readonly duration: number;
  readonly seed: number;
  readonly twinSchedules: number;
  readonly cells: number;
  readonly minimise: boolean;
  readonly proof: number;
  readonly json: boolean;
  readonly out?: string;
}

/** Seconds for an entry that needs no chosen interleaving: one schedule shows it. */
const PLAIN_SECONDS = 10;

/** Tells on stderr how far the zoo is: in place on a terminal, a line for each entry elsewhere. */
function listener(total: number): ZooListener {
  const isTerminal = process.stderr.isTTY === true;
  const clear = isTerminal ? '\r\u001b[K' : '';
  let done = 0;
  return {
    progress(entry, what, p) {
      if (!isTerminal) return;
      const rate = Math.round((1000 * p.schedules) / Math.max(1, p.milliseconds));
      process.stderr.write(`${clear}${done}/${total} ${entry.story.id} ${entry.name}, ${what}: ` +
        `${p.schedules} schedules, ${rate}/s`);
    },
    ended(result, ended) {
      done = ended;
      const { hit, twin, error } = result;
      const verdict = error !== undefined ? 'not hunted' : hit === undefined ? 'NOT FOUND'
        : twin.findings.length > 0 ? 'found, BUT THE TWIN HAS FINDINGS' : 'found, twin silent';
      process.stderr.write(`${clear}${done}/${total} ${result.entry.story.id} ` +
        `${result.entry.name}: ${verdict}\n`);
    },
  };
}

async function entriesOf(folder: string, options: ZooCommandOptions): Promise<ZooEntry[]> {
  const only = (options.only ?? '').split(',').map((word) => word.trim()).filter((w) => w !== '');
  try {
    return await loadZoo(folder, only);
  } catch (error) {
    throw error instanceof ZooError ? new UsageError(error.message) : error;
  }
}

async function zoo(folder: string, options: ZooCommandOptions, about: About): Promise<void> {
  const entries = await entriesOf(folder, options);
  checkStrategy(options.strategy);
  const chosen = options.duration * 1000;
  const run = new Zoo(entries, {
    strategy: options.strategy, seed: options.seed, twinSchedules: options.twinSchedules,
    milliseconds: { chosen, any: Math.min(chosen, PLAIN_SECONDS * 1000) },
    minimise: options.minimise, proofMilliseconds: options.proof * 1000,
  }, options.cells);
  const onSignal = (): void => run.interrupt();
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const results = await run.run(listener(entries.length));
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
  process.stdout.write(options.json ? zooJson(results, about.version)
    : zooText(results, coloursFor(process.stdout)));
  if (options.out !== undefined) writeFileSync(options.out, zooMarkdown(results));
  const isWhole = results.length === entries.length && isClean(results);
  about.finish(isWhole ? EXIT_CLEAN : EXIT_FINDINGS);
}

/** The command. */
export function zooCommand(about: About): Command {
  return new Command('zoo')
    .description('Hunt known bugs, each by the detector that has to find it, and their fixed ' +
      'twins, which have to stay silent.')
    .argument('[folder]', 'a folder with NAME/faulty.js, NAME/fixed.js and NAME/scenario.js',
      builtInZoo)
    .option('--only <list>', 'ids or names of entries, with commas between')
    .option('--strategy <name>', 'as for hunt', MACHINE_STRATEGY)
    .option('--duration <seconds>', 'for each entry; those that need no chosen interleaving have ' +
      `${PLAIN_SECONDS} at most`, seconds(0.1, 3600), 60)
    .option('--seed <n>', 'every choice comes from it', wholeNumber(0, 2 ** 31 - 1), 1)
    .option('--twin-schedules <n>', 'schedules that a twin has at least', wholeNumber(1, 1e6), 100)
    .option('--cells <n>', 'entries hunted at a time, each on a core of its own',
      wholeNumber(1, 64), Math.min(availableParallelism(), 8))
    .option('--minimise', 'shrink what was found and print its preemptions', false)
    .option('--proof <seconds>', 'with --minimise: for looking whether fewer do as well',
      seconds(0.1, 3600), USUAL_PROOF / 1000)
    .option('--json', 'the report as JSON', false)
    .option('--out <file>', 'write the table as Markdown')
    .addHelpText('after', '\nExit codes: 0 every bug found and every twin silent, 1 not so, ' +
      '2 usage, 3 internal error.\n\nExamples:\n' +
      '  fltlab zoo\n' +
      '  fltlab zoo --only BZ-001,BZ-013 --minimise\n' +
      '  fltlab zoo ./my-bugs --out my-zoo.md\n')
    .action(async (folder: string, options: ZooCommandOptions) => zoo(folder, options, about));
}
