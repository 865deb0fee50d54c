// The clock: it writes the machine's time once a millisecond and expires timers. It is the only
// thread below the host that looks at the computer's clock.
import { performance } from 'node:perf_hooks';
import { load, wait } from '../src/atomics-sync/atomics.ts';
import { expireTimers } from '../src/ntos/ke/timer.ts';
import { KI_SYSTEM, MACHINE_RUNNING, kiSystem, machineState } from '../src/ntos/ke/bug-check.ts';
import { setTickCount } from '../src/ntos/ke/time.ts';
import { deliverApcsIfPossible } from '../src/ntos/ke/apc.ts';

const stateWord = kiSystem + (KI_SYSTEM.offsets['State'] ?? 0);

/** Ticks until the machine stops; returns how many ticks there were. */
export function playClock(): number {
  const start = performance.now();
  let ticks = 0;
  while (machineState() === MACHINE_RUNNING) {
    wait(stateWord, load(stateWord), 1);
    const now = Math.floor(performance.now() - start) + 1;
    setTickCount(now);
    expireTimers(now);
    deliverApcsIfPossible();
    ticks++;
  }
  return ticks;
}
