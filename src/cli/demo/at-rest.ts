// What a filter that disguises data comes to: a sentence is written through it and read back, then
// the filter is unloaded and the same file is read once more.
import { doorInto } from '../../atomics-sync/atomics.ts';
import { Machine } from '../../machine/machine.ts';
import { MIN_MEMORY } from '../../mem/param.ts';
import type { ImageSpec } from '../../image/js-image.ts';

/** Told to the requestor. */
export interface AtRestData {
  readonly text: string;
  /** Shared: how far requestor and host are. */
  readonly steps: WebAssembly.Memory;
}

/** The file's bytes as they were read, one character per byte. */
export interface AtRest {
  readonly written: string;
  readonly readBack: string;
  readonly atRest: string;
}

/** The word of `steps`: the requestor has read through the filter; the host has unloaded it. */
export const STEP = 0;
export const READ_BACK = 1;
export const UNLOADED = 2;

const TEXT = 'Meet me at noon by the old bridge.';
const LOOK_MS = 10;
const PATIENCE_MS = 20_000;

async function untilReadBack(steps: WebAssembly.Memory): Promise<void> {
  const door = doorInto(steps);
  const end = performance.now() + PATIENCE_MS;
  while (door.load(STEP) !== READ_BACK) {
    if (performance.now() > end) throw new Error('the file was not read back in time');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function experiment(machine: Machine): Promise<AtRest> {
  const steps = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const data: AtRestData = { text: TEXT, steps };
  const module = new URL('./at-rest-worker.js', import.meta.url).href;
  await machine.load(0);
  const running = machine.run([{ module, routine: 'writeAndRead', data }]);
  await Promise.race([untilReadBack(steps), running]);
  await machine.unload(0);
  doorInto(steps).store(STEP, UNLOADED);
  const [report] = await running;
  await machine.shutdown();
  const answer = report?.result as { result: Omit<AtRest, 'written'> } | undefined;
  if (answer === undefined) throw new Error('the experiment ended without an answer');
  const { result } = answer;
  const { readBack, atRest } = result;
  return { written: TEXT, readBack, atRest };
}

/** Does the experiment with one filter on a machine of its own. */
export async function lookAtRest(image: ImageSpec): Promise<AtRest> {
  const machine = await Machine.boot({ images: [image], requestors: 1,
    memoryBytes: MIN_MEMORY * 2, patienceMs: PATIENCE_MS });
  try {
    return await experiment(machine);
  } finally {
    await machine.destroy();
  }
}
