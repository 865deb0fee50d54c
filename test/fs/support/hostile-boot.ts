// Imported before anything of the machine: this test thread is told to be a machine whose storage
// is hostile, though it is alone in it (drainStorage plays the storage thread).
const MEBIBYTE_PAGES = 16;
const pages = 128 * MEBIBYTE_PAGES;

(globalThis as Record<symbol, unknown>)[Symbol.for('fltlab.boot')] = {
  memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
  processor: 0,
  processors: 1,
  verifier: true,
  tracing: false,
  completion: 'hostile',
  seed: 7,
  spinLimit: 100,
  inline: true,
};

export const HOSTILE = true;
