// What a bench case is: a module in micro/, throughput/ or peers/ whose `tasks` boots what it needs
// and returns the things to measure. Everything a ratio needs is measured in one process, round
// after round, so that a noisy machine disturbs both sides alike.
//
// A task's `run` performs `batch` operations and returns a checksum of what they did; the checksum
// of the first call is `checksum` wherever the case runs, in tiny size too.

/** One thing that is measured. */
export interface Task {
  readonly name: string;
  /** Operations per call. */
  readonly batch: number;
  /** Does them; the sum tells that the work was done. */
  readonly run: () => number;
  /** What `run` returns the first time. */
  readonly checksum: number;
  /** The task of the same case that this one is held against. */
  readonly yardstick?: string;
}

/** A case, as a module exports it. */
export interface BenchCase {
  /** One line: what is measured, and what the figures mean. */
  readonly title: string;
  readonly tasks: () => readonly Task[];
}

/** A case of whole machines, which measures by itself. */
export interface TopologyCase {
  readonly title: string;
  readonly figures: (name: string) => Promise<readonly Figure[]>;
  /** In tiny size: rejects when something is not done. */
  readonly check: () => Promise<void>;
}

/** One task, measured. */
export interface Figure {
  readonly case: string;
  readonly task: string;
  /** Nanoseconds per operation: the median of the rounds' medians. */
  readonly ns: number;
  /** Half of the rounds lie within this fraction around the median. */
  readonly spread: number;
  readonly p99: number;
  readonly samples: number;
  /** Operations a second, of all threads together. */
  readonly perSecond?: number;
  /** Of the JavaScript heap, where that was measured. */
  readonly bytesPerOperation?: number;
  readonly yardstick?: string;
  /** This task's ns over its yardstick's, the median over the rounds. */
  readonly ratio?: number;
  readonly ratioSpread?: number;
}
