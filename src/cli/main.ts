#!/usr/bin/env node
// The process of the command line: runs it and leaves with its exit code, whatever is still alive.
import { EXIT_FINDINGS, EXIT_INTERNAL } from '../lab/report/run-report.ts';
import { main } from './program.ts';

/** Output may still be on its way into a pipe: the process ends when it is through. */
function leave(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

// A reader that goes away (| head) is no reason for a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT_FINDINGS : EXIT_INTERNAL);
});
leave(await main(process.argv.slice(2)));
