// Runs a command line in this process, for what boots no machine of its own or wants its threads
// near: what it printed, and its exit code.
import { vi } from 'vitest';
import { main } from '#src/cli/program.ts';

/** `fltlab` with these arguments; what it writes does not reach the terminal. */
export async function fltlabHere(
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const text = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (more: string | Uint8Array) => {
    text[stream] += String(more);
    return true;
  };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  try {
    return { code: await main(args), ...text };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}
