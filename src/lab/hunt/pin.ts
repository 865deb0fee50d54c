// Keeps the threads of a cell on one core. A cell runs one thread at a time, so a second core only
// adds the cost of waking it at each switch; with one core per cell a machine hunts with all of
// them. There they are a batch: whoever is woken does not push the one aside that is about to sleep
// and still holds the engine's lock, which would cost two more switches.
//
// It goes by Linux's list of the process's threads, `taskset` and `chrt`; elsewhere nothing is
// done.
import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

/** The process's threads as the system numbers them; empty where it does not say. */
export function systemThreads(): ReadonlySet<string> {
  try {
    return new Set(readdirSync('/proc/self/task'));
  } catch {
    return new Set();
  }
}

/** Pins the threads that came since `before`; whether they are pinned now. */
export function pinNewThreads(before: ReadonlySet<string>, core: number): boolean {
  const fresh = [...systemThreads()].filter((tid) => !before.has(tid));
  if (fresh.length === 0) return false;
  for (const tid of fresh) spawnSync('chrt', ['-b', '-p', '0', tid], { stdio: 'ignore' });
  return fresh.every((tid) =>
    spawnSync('taskset', ['-p', '-c', String(core), tid], { stdio: 'ignore' }).status === 0);
}
