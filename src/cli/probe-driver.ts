// Looks at a filter module of the user before a machine is booted with it, in a thread of its own:
// a module that never finishes loading must not stop the host, and what it says about itself (its
// altitude) is needed before the machine is.
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { importDriver } from '../image/js-image.ts';

/** What a module says about itself, or why it cannot be a filter. */
export interface ProbeAnswer {
  readonly altitude?: string;
  readonly transformsData?: boolean;
  readonly error?: string;
}

interface Question {
  readonly probe: { readonly name: string; readonly module: string };
}

const LOOK_MS = 250;
/** A computer that gives this process no time gets so many times the patience. */
const STARVED = 6;

/** Calls `late` when the patience is over and the process ran at least half of that time. */
function afterPatience(patienceMs: number, late: () => void): NodeJS.Timeout {
  const begun = performance.now();
  const before = process.cpuUsage();
  return setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    const passed = performance.now() - begun;
    const hasRun = (user + system) / 1000 >= patienceMs / 2;
    if (passed >= (hasRun ? patienceMs : STARVED * patienceMs)) late();
  }, LOOK_MS);
}

/**
 * Imports the module in a thread; gives up after `patienceMs`, later on a computer that has no time
 * for it.
 */
export async function probeDriver(
  name: string, module: string, patienceMs: number,
): Promise<ProbeAnswer> {
  const question: Question = { probe: { name, module } };
  const worker = new Worker(new URL(import.meta.url), { workerData: question });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ProbeAnswer>((resolve) => {
      timer = afterPatience(patienceMs, () => resolve({ error: `filter ${name}: ${module} did ` +
        `not finish loading within ${patienceMs / 1000} s; does it loop at its top level?` }));
      worker.once('message', resolve);
      worker.once('error', (e) => resolve({ error: `filter ${name}: ${e.message}` }));
      worker.once('exit', () => resolve({ error: `filter ${name}: ${module} ended its thread ` +
        'while it was loaded' }));
    });
  } finally {
    clearInterval(timer);
    await worker.terminate();
  }
}

async function answer(question: Question): Promise<void> {
  const { name, module } = question.probe;
  const reply: ProbeAnswer = await importDriver(name, module).then(
    ({ altitude, transformsData }) => ({ transformsData: transformsData === true,
      ...(typeof altitude === 'string' && { altitude }) }),
    (error: Error) => ({ error: error.message }),
  );
  parentPort?.postMessage(reply);
}

const told = workerData as Question | null;
if (!isMainThread && told?.probe !== undefined) void answer(told);
