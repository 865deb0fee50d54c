// Runs one case in a process of its own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figure } from './case.ts';

const runner = fileURLToPath(new URL('run-case.js', import.meta.url));
/** A case that takes longer hangs. */
const PATIENCE_MS = 180_000;

export interface CaseOutcome {
  readonly figures: readonly Figure[];
  readonly problem?: string;
}

/** Measures a case, or only checks it. */
export function runCase(name: string, tiny = false): CaseOutcome {
  const args = tiny ? [runner, name, '--tiny'] : [runner, name];
  const { status, stdout, stderr } =
    spawnSync(process.execPath, args, { encoding: 'utf8', timeout: PATIENCE_MS });
  if (status !== 0) {
    const why = status === null ? `did not end within ${PATIENCE_MS / 1000} s` : 'failed';
    return { figures: [], problem: `${name} ${why}:\n${stderr}` };
  }
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { figures: lines.map((line) => JSON.parse(line) as Figure) };
}
