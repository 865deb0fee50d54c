// Runs a workload on a machine with filters, with a watchdog: a test's timeout cannot stop a thread
// that waits, so the machine is destroyed and the test fails with who was where.
import { Machine } from '#src/machine/machine.ts';
import type { Census } from '#src/machine/census.ts';
import type { MachineOptions } from '#src/machine/machine.ts';
import type { StormCounts } from '#src/machine/orders.ts';
import type { ThreadReport, WorkloadSpec } from '#src/machine/assignment.ts';

export interface MachineRun {
  readonly options: MachineOptions;
  readonly workload: WorkloadSpec;
  /** Attach and detach every filter each so many milliseconds, for so long. */
  readonly storm?: { readonly everyMs: number; readonly forMs: number };
  readonly boundMs?: number;
}

export interface MachineOutcome {
  readonly reports: readonly ThreadReport[];
  readonly storm: StormCounts | undefined;
  /** Taken while the filters were loaded. */
  readonly census: Census;
  /** Taken when everything was unloaded and dismounted. */
  readonly left: Census;
}

async function steps(machine: Machine, run: MachineRun): Promise<MachineOutcome> {
  const images = run.options.images ?? [];
  for (const index of images.keys()) await machine.load(index);
  const count = run.options.requestors ?? 1;
  const running = machine.run(Array.from({ length: count }, () => run.workload));
  const all = [...images.keys()];
  const storm = run.storm && machine.storm(all, run.storm.everyMs, run.storm.forMs);
  const reports = await running;
  const counts = await storm;
  const census = await machine.census();
  for (const index of all) {
    const answer = await machine.unload(index);
    if (!answer.ok) throw new Error(`unload ${index}: ${answer.status}`);
  }
  return { reports, storm: counts, census, left: await machine.shutdown() };
}

/**
 * Boots, runs, unloads, shuts down; fails with the state of every thread when it takes too long.
 */
export async function runMachine(run: MachineRun): Promise<MachineOutcome> {
  const machine = await Machine.boot(run.options);
  let watchdog: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    watchdog = setTimeout(() => {
      const threads = machine.view.describeThreads(machine.routines);
      reject(new Error(`the machine did not end in time:\n${threads}\n${machine.crash()?.message ?? ''}`));
    }, run.boundMs ?? 20_000);
  });
  try {
    return await Promise.race([steps(machine, run), late]);
  } finally {
    clearTimeout(watchdog);
    await machine.destroy();
  }
}

/** The file URL of a built test or source module. */
export function builtModule(path: string): string {
  // This module runs built: two folders up is the folder of everything that is built.
  return new URL(`../../${path.replace(/\.ts$/, '.js')}`, import.meta.url).href;
}
