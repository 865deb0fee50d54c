// `fltlab dump FILE`: reads a crash dump that a stress run left.
import { Command } from 'commander';
import { DumpError, readDump } from '../lab/dump/file.ts';
import { dumpText } from '../lab/dump/text.ts';
import { UsageError, wholeNumber } from './options.ts';
import type { About } from './about.ts';

const MOST_EVENTS = 40;
const EVENTS = 12;

/** The command. */
export function dumpCommand(_about: About): Command {
  return new Command('dump')
    .description('Read a crash dump: threads, locks, queues, operations, last events.')
    .argument('<file>', 'written by fltlab stress --dump-dir')
    .option('--events <n>', 'events shown of each thread', wholeNumber(0, MOST_EVENTS), EVENTS)
    .option('--json', 'print it as one JSON document', false)
    .action((file: string, { events, json }: { events: number; json: boolean }) => {
      try {
        const dump = readDump(file);
        process.stdout.write(json ? `${JSON.stringify(dump, null, 2)}\n` : dumpText(dump, events));
      } catch (error) {
        if (error instanceof DumpError) throw new UsageError(error.message);
        throw error;
      }
    });
}
