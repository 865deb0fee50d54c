// Runs one case in a process of its own, or checks some in one.
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

/** Checks that cases do their work; those over whole machines each want a process of their own. */
export function checkCases(names: readonly string[]): CaseOutcome {
  return ran(names.join(', '), ['--tiny', ...names]);
}

/** Measures a case. */
export function runCase(name: string): CaseOutcome {
  return ran(name, [name]);
}

function ran(name: string, args: readonly string[]): CaseOutcome {
  const { status, stdout, stderr } =
    spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', timeout: PATIENCE_MS });
  if (status !== 0) {
    const why = status === null ? `did not end within ${PATIENCE_MS / 1000} s` : 'failed';
    return { figures: [], problem: `${name} ${why}:\n${stderr}` };
  }
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { figures: lines.map((line) => JSON.parse(line) as Figure) };
}
