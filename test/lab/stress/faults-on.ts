// Imported first by a test: its machine has faults. Modes are settled before any module of the
// machine is loaded, so this module imports none of them.
import type { BootOptions } from '#src/mem/boot-options.ts';

/** How many of ten thousand allocations fail; none: each call path once instead. */
const often = Number((globalThis as { fltlabFaults?: number }).fltlabFaults ?? 0);
/** The same for the disk and for posting to workers. */
const others = Number((globalThis as { fltlabOthers?: number }).fltlabOthers ?? 10_000);
const shared = (pages: number): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });

/** Where the machine's faults are counted. */
export const boardMemory = shared(3);
const options: BootOptions = {
  memory: shared(1024), processor: 0, processors: 1, verifier: false, tracing: false,
  completion: 'inline', seed: 1, spinLimit: 100, inline: true,
  faults: { board: boardMemory, allocations: often, systematic: often === 0, storage: others,
    queueing: others },
};
(globalThis as { [key: symbol]: unknown })[Symbol.for('fltlab.boot')] ??= options;
