// Run by debug-print.test.ts on several threads: each prints numbered lines of its own.
import { DbgPrint } from '#src/ntos/ke/debug-print.ts';
import type { Thread } from '#test/support/thread.ts';

/** Prints `lines` lines that say who printed them and which they are. */
export function printLines(thread: Thread<{ lines: number }>): void {
  for (let n = 0; n < thread.args.lines; n++) {
    thread.at('print', n);
    DbgPrint('thread %d line %d %s\n', thread.index, n, 'x'.repeat(n % 40));
  }
}
