// The command line: which commands there are, and what every mistake ends with. Exit codes: 0
// clean, 1 findings, 2 usage, 3 internal error, 4 unsupported routine.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT_CLEAN, EXIT_INTERNAL, EXIT_UNSUPPORTED, EXIT_USAGE }
  from '../lab/report/run-report.ts';
import { TraceError } from '../lab/trace/tally.ts';
import { benchCommand } from './bench.ts';
import { demoCommand } from './demo.ts';
import { dumpCommand } from './dump.ts';
import { explainCommand } from './explain.ts';
import { huntCommand } from './hunt.ts';
import { replayCommand } from './replay.ts';
import { fuzzCommand } from './fuzz.ts';
import { filtersCommand } from './filters-command.ts';
import { UnsupportedRoutine } from './filters.ts';
import { oplockVectorsCommand } from './oplock-vectors.ts';
import { UsageError } from './options.ts';
import { runCommand } from './run.ts';
import { stressCommand } from './stress.ts';
import { zooCommand } from './zoo.ts';

const packageFile = new URL('../../../package.json', import.meta.url);

export function version(): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

function program(finish: (code: number) => void): Command {
  const made = new Command('fltlab')
    .description('The Filter Manager of Windows as an emulator on worker threads.')
    .version(version())
    .showHelpAfterError('(fltlab --help lists commands and options)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  const about = { version: version(), finish };
  for (const command of [runCommand(about), stressCommand(about), huntCommand(about),
    fuzzCommand(about), dumpCommand(about), replayCommand(about), benchCommand(about),
    zooCommand(about), demoCommand(about), filtersCommand(about), explainCommand(about),
    oplockVectorsCommand(about)]) {
    // Added commands do not inherit these by themselves.
    made.addCommand(command.copyInheritedSettings(made));
  }
  return made;
}

/** Numbers and names that are out of range and come from the command line. */
const usersRange = /memory size|threads are more|strategy|whole number|the depth/;

/** The exit code for what a command threw, after it was told to the user. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed it; its own code is 0 for --help and --version.
    return error.exitCode === 0 ? EXIT_CLEAN : EXIT_USAGE;
  }
  const isUsers = error instanceof UsageError || error instanceof TraceError
    || error instanceof RangeError && usersRange.test(error.message);
  if (error instanceof UnsupportedRoutine) return told(error.message, EXIT_UNSUPPORTED);
  if (isUsers) return told((error as Error).message, EXIT_USAGE);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return told(`fltlab itself failed; please report this:\n${text}`, EXIT_INTERNAL);
}

function told(text: string, code: number): number {
  process.stderr.write(`error: ${text}\n`);
  return code;
}

/** Runs a command line; the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = EXIT_CLEAN;
  try {
    await program((c) => { code = c; }).parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return explain(error);
  }
}
