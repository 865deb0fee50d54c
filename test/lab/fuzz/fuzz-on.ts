// Imported first by a test: its thread is the machine of a fuzzer. Modes are settled before any
// module of the machine is loaded, so this module imports none of them.
import type { BootOptions } from '#src/mem/boot-options.ts';

const pages = 1536;
const options: BootOptions = {
  memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
  processor: 0, processors: 1, verifier: true, tracing: false, completion: 'dispatch', seed: 1,
  spinLimit: 100, inline: true,
};
(globalThis as { [key: symbol]: unknown })[Symbol.for('fltlab.boot')] ??= options;
