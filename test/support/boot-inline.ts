// Boots the whole machine in the test's own thread, which becomes processor 0: enough for every
// promise that is not about threads. Time is virtual: a timed wait jumps to its deadline.
import { bootMachine, shutdownMachine } from '#src/machine/boot.ts';

/** Boots; call the returned function at the end. It fails when the machine cannot shut down. */
export function bootInline(): () => void {
  bootMachine();
  return shutdownMachine;
}
