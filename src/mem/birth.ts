// The one word that makes a thread a machine's for life. It is a module of its own so that a
// worker's entry can settle the word before it imports anything that binds the machine's memory.
import type { BootOptions } from './boot-options.ts';

const slot = Symbol.for('fltlab.boot');
type Slot = { [slot]?: BootOptions };

/** What this thread was settled to be; undefined before. */
export function settledBoot(): BootOptions | undefined {
  return (globalThis as Slot)[slot];
}

/** Settles what this thread is; must run before any module of the machine is loaded. */
export function settleBoot(options: BootOptions): void {
  const place = globalThis as Slot;
  if (place[slot] !== undefined && place[slot].memory !== options.memory) {
    throw new Error(
      'this thread already belongs to another machine; a thread belongs to one machine for life: ' +
        'start a new worker thread for a new machine',
    );
  }
  place[slot] = options;
}
