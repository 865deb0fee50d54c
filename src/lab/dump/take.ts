// Takes a look into a machine that has stopped, or does not go on: the host starts a thread whose
// kernel is bound to the machine's memory. Bounded in time: a look that hangs is given up.
import { Worker } from 'node:worker_threads';
import { bootOptions } from '../../mem/boot-options.ts';
import { MAX_PROCESSORS } from '../../mem/param.ts';
import type { ImageSpec } from '../../image/js-image.ts';
import type { ThreadView } from '../../machine/host-view.ts';
import type { BootOptions } from '../../mem/boot-options.ts';
import type { MachineLook } from './crash-dump.ts';

/** Told to the debugger's thread. */
export interface DebuggerTold {
  readonly boot: BootOptions;
  readonly images: readonly ImageSpec[];
  readonly routines: readonly (readonly [number, string])[];
  readonly threads: readonly ThreadView[];
}

/** What is looked into. */
export interface Looked {
  readonly memory: WebAssembly.Memory;
  readonly images: readonly ImageSpec[];
  readonly routines: ReadonlyMap<number, string>;
  readonly threads: readonly ThreadView[];
}

const PATIENCE_MS = 15_000;

/** Looks into a machine; rejects when that takes too long or fails. */
export async function takeLook(at: Looked): Promise<MachineLook> {
  const told: DebuggerTold = {
    // A processor that no machine has: nothing of this thread is anybody else's.
    boot: bootOptions({ memory: at.memory, processor: MAX_PROCESSORS - 1,
      processors: MAX_PROCESSORS }),
    images: at.images, routines: [...at.routines], threads: at.threads,
  };
  const worker = new Worker(new URL('./debugger-thread.js', import.meta.url),
    { workerData: told });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`the debugger found no end within ` +
        `${PATIENCE_MS} ms`)), PATIENCE_MS);
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
