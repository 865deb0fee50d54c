// Something that happens while the test's only thread waits: a timer and its DPC, at
// DISPATCH_LEVEL.
// Time is virtual, so the wait jumps to it.
import { allocateConstants } from '#src/image/layout.ts';
import { imageRoutine } from '#src/mem/routine.ts';
import { KeInitializeDpc } from '#src/ntos/ke/dpc.ts';
import { TICKS_PER_MS } from '#src/ntos/ke/time.ts';
import { KeInitializeTimer, KeSetTimer } from '#src/ntos/ke/timer.ts';
import { KDPC, KTIMER } from '#src/ntos/ke/types.ts';

const acts: (() => void)[] = [];
const routine = imageRoutine('LaterDpc', (_dpc, index) => {
  acts[index!]?.();
  return 0;
});

/** Runs `act` at DISPATCH_LEVEL in this many milliseconds, if the thread waits that long. */
export function later(milliseconds: number, act: () => void): void {
  const timer = allocateConstants(KTIMER.size);
  const dpc = allocateConstants(KDPC.size);
  KeInitializeTimer(timer);
  KeInitializeDpc(dpc, routine, acts.push(act) - 1);
  KeSetTimer(timer, -milliseconds * TICKS_PER_MS, dpc);
}
