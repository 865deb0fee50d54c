// Runs the built command line as a process of its own, as a shell would, with a bound on its time.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const PATIENCE_MS = 50_000;

export interface CliOutcome {
  /** null when it was killed: it hung. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The built module that a driver imports. */
export const kernelUrl = new URL('../../src/fltKernel.js', import.meta.url).href;

/** The path of a built fixture module beside this file. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));
}

/**
 * Runs `fltlab` with these arguments.
 * @param signal sent to it when `err` matches. @param limit a shell's command before it, such as
 *   a ulimit.
 */
export async function fltlab(
  args: readonly string[],
  signal?: { readonly name: NodeJS.Signals; readonly when: RegExp },
  nodeOptions: readonly string[] = [],
  limit = ':',
): Promise<CliOutcome> {
  const child = spawn('/bin/sh', ['-c', `${limit}; exec "$0" "$@"`, process.execPath,
    ...nodeOptions, entry, ...args],
    { env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  let isSent = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    if (signal === undefined || isSent || !signal.when.test(err)) return;
    isSent = true;
    child.kill(signal.name);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, out, err };
}
