// What `fltlab bench` measures and reports: plain data, which is also its JSON.

/** What a requestor does again and again; each is one or several requests of system services. */
export const workKinds = ['create', 'read', 'write', 'query-information', 'set-information',
  'directory-control', 'flush'] as const;
export type WorkKind = (typeof workKinds)[number];

/** What a requestor found out beside the time, told per kind of work. */
export interface WorkCosts {
  /** Blocks of pool that were allocated per operation. */
  readonly poolAllocations: number;
  /** Bytes of the JavaScript heap per operation; undefined when V8 collected meanwhile. */
  readonly heapBytes: number | undefined;
  /** Nanoseconds of single operations, the clock's own cost included. */
  readonly latencies: readonly number[];
}

/** One kind of work under one stack. */
export interface WorkFigure {
  readonly kind: WorkKind;
  /** Nanoseconds per operation: the median of the rounds. */
  readonly ns: number;
  readonly rounds: readonly number[];
  /** Nanoseconds by percentile, of single operations. */
  readonly percentiles: Readonly<Record<string, number>>;
  readonly poolAllocations: number;
  readonly heapBytes: number | undefined;
}

/** Operations per second of all requestors together. */
export interface ScalingFigure {
  readonly requestors: number;
  readonly perSecond: number;
}

/** How the time of threads divides, found by looking now and then. */
export interface TimeShares {
  readonly samples: number;
  /** Of the requestors' and storage's samples: at APC_LEVEL, and at DISPATCH_LEVEL or above. */
  readonly apcLevel: number;
  readonly dispatchLevel: number;
  /** Of one system worker's time: in a work item. */
  readonly workItems: number;
}

/** What was measured with some filters attached. */
export interface StackFigure {
  readonly name: string;
  readonly filters: readonly string[];
  readonly work: readonly WorkFigure[];
  readonly scaling: readonly ScalingFigure[];
  readonly shares: TimeShares;
}

export const BENCH_FORMAT = 1;

export interface BenchReport {
  readonly format: number;
  readonly fltlab: string;
  readonly node: string;
  readonly machine: string;
  readonly cores: number;
  readonly fileSystem: string;
  readonly completion: string;
  /** Without filters first, then pass-through, then what was asked for. */
  readonly stacks: readonly StackFigure[];
}
