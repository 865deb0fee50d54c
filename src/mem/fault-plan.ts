// What faults a machine has of its own: told to every thread at birth, decided by
// machine/faults/policy.ts. A machine without a plan knows nothing of faults.

/** Which requests fail although nothing is wrong, and how often: in ten thousand. */
export interface FaultPlan {
  /** Shared by all threads and the host: what was tried, what failed (machine/faults/board.ts). */
  readonly board: WebAssembly.Memory;
  /** Allocations for filters and the Filter Manager. */
  readonly allocations: number;
  /** Each call path of such an allocation fails once, the first time it is walked. */
  readonly systematic: boolean;
  /** Reads, writes, flushes and queries that end at the disk. */
  readonly storage: number;
  /** Attempts to post an operation to a worker. */
  readonly queueing: number;
}

/** Of how many requests the figures of a plan are parts. */
export const FAULT_SCALE = 10_000;
