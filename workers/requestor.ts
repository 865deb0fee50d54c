// An application thread: it runs a workload, which issues system services. The workload is a
// module of its own, so that anything from a replay to a storm can be one.
import { KTHREAD, currentThread } from '../src/ntos/ke/prcb.ts';
import { deliverApcsIfPossible } from '../src/ntos/ke/apc.ts';
import { MACHINE_RUNNING, machineState } from '../src/ntos/ke/bug-check.ts';
import { closeConnectionsOf } from '../src/fltmgr/port/services.ts';
import type { Assignment } from '../src/machine/assignment.ts';

/** What a workload is given beside its data. */
export interface WorkloadContext {
  /** Which requestor this is, of how many. */
  readonly index: number;
  readonly count: number;
}

type Workload = (data: unknown, context: WorkloadContext) => unknown;

const { OperationsIssued, OperationsCompleted } = KTHREAD.bound;

/** Runs the assigned workload to its end; returns its result and what the thread counted. */
export async function playRequestor(assignment: Assignment): Promise<unknown> {
  const spec = assignment.workload;
  if (spec === undefined) throw new Error('a requestor needs a workload');
  const module = (await import(spec.module)) as Record<string, Workload>;
  const routine = module[spec.routine];
  if (routine === undefined) throw new Error(`${spec.module} exports no ${spec.routine}`);
  const context = { index: assignment.index ?? 0, count: assignment.count ?? 1 };
  let result: unknown;
  try {
    result = await routine(spec.data, context);
  } finally {
    // Its connections to filters end with an application, however it ends.
    if (machineState() === MACHINE_RUNNING) closeConnectionsOf(currentThread);
  }
  deliverApcsIfPossible();
  return {
    result,
    issued: OperationsIssued(currentThread),
    completed: OperationsCompleted(currentThread),
  };
}
