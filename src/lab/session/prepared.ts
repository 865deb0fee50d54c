// Preparation and run as one: a machine runs each requestor once, so the first requestor prepares
// while the others wait at a gate, and then all do their work.
// Guarantees: plain data; results come back as if the workloads had run by themselves.
import { doorInto } from '../../atomics-sync/atomics.ts';
import type { WorkloadSpec } from '../../machine/assignment.ts';

/** Told to each requestor. */
export interface PreparedData {
  /** To be run before the gate opens, by whoever is told any. */
  readonly preparation: readonly WorkloadSpec[];
  readonly workload: WorkloadSpec;
  /** Shared by all: whether the gate is open, and what the preparation issued. */
  readonly gate: WebAssembly.Memory;
}

/** What each requestor tells. */
export interface PreparedResult {
  readonly preparation: readonly unknown[];
  readonly result: unknown;
  /** What the workload itself took. */
  readonly milliseconds: number;
}

/** Words of a gate: 1 once it is open; operations that the preparation issued. */
export const GATE_OPEN = 0;
export const GATE_ISSUED = 4;
const WORKER = new URL('./prepared-worker.js', import.meta.url).href;

/** Workloads that begin when the preparation is done. */
export interface Prepared {
  readonly workloads: readonly WorkloadSpec[];
  readonly isOpen: () => boolean;
  /** Operations that were the preparation's. */
  readonly issued: () => number;
}

/** Puts a preparation before workloads. */
export function prepared(
  preparation: readonly WorkloadSpec[], workloads: readonly WorkloadSpec[],
): Prepared {
  const gate = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const door = doorInto(gate);
  return {
    workloads: workloads.map((workload, index) => {
      const data: PreparedData = { preparation: index === 0 ? preparation : [], workload, gate };
      return { module: WORKER, routine: 'runPrepared', data };
    }),
    isOpen: () => door.load(GATE_OPEN) !== 0,
    issued: () => door.load(GATE_ISSUED),
  };
}
