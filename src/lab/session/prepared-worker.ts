// The requestor's side of `prepared`: the first one prepares and opens the gate, the others wait
// in front of it. The wait is one of the machine's own, so that the watchdog sees who waits and a
// crash ends it.
import { doorInto } from '../../atomics-sync/atomics.ts';
import { delayExecution } from '../../ntos/ke/thread.ts';
import { calmStorage } from '../../fs/storage.ts';
import { withoutFaults } from '../../machine/faults/policy.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { GATE_ISSUED, GATE_OPEN } from './prepared.ts';
import type { WorkloadSpec } from '../../machine/assignment.ts';
import type { PreparedData, PreparedResult } from './prepared.ts';

interface Place {
  readonly index: number;
  readonly count: number;
}

type Routine = (data: unknown, place: Place) => unknown;

const { OperationsIssued } = KTHREAD.bound;
/** 5 ms in the kernel's unit of 100 ns; negative means from now. */
const LOOK_INTERVAL = -50_000;

async function routineOf(spec: WorkloadSpec): Promise<Routine> {
  const module = (await import(spec.module)) as Record<string, Routine>;
  const routine = module[spec.routine];
  if (routine === undefined) throw new Error(`${spec.module} exports no ${spec.routine}`);
  return routine;
}

/** Runs the preparation where there is one, then the workload. PASSIVE_LEVEL. */
export async function runPrepared(data: PreparedData, place: Place): Promise<PreparedResult> {
  const door = doorInto(data.gate);
  const run = await routineOf(data.workload);
  const preparation: unknown[] = [];
  const prepares = await Promise.all(data.preparation.map(routineOf));
  calmStorage(true);
  for (const [i, prepare] of prepares.entries()) {
    const told = data.preparation[i]!.data;
    preparation.push(withoutFaults(() => prepare(told, { index: 0, count: 1 })));
  }
  calmStorage(false);
  if (place.index === 0) {
    door.store(GATE_ISSUED, OperationsIssued(currentThread));
    door.store(GATE_OPEN, 1);
  }
  while (door.load(GATE_OPEN) === 0) delayExecution(LOOK_INTERVAL);
  const started = performance.now();
  const result = run(data.workload.data, place);
  return { preparation, result, milliseconds: performance.now() - started };
}
