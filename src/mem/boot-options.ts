// What this thread was told at birth: which memory, which processor, which modes. It is settled
// before any other module of the machine is loaded, so that every module may bind its memory and
// fold its modes as constants (house rule: modes are boot options, not builds).
//
// A worker thread's entry calls `settleBoot` and only then imports the kernel. A thread that was
// told nothing (a test, a user of atomics-sync alone) gets a machine memory of its own.
import { DEFAULT_MEMORY, MAX_MEMORY, MIN_MEMORY, SPIN_LIMIT_BUSY, SPIN_LIMIT_IDLE }
  from './param.ts';
import { isMainThread, workerData } from 'node:worker_threads';
import { settleBoot, settledBoot } from './birth.ts';
import type { FaultPlan } from './fault-plan.ts';

/** How storage completes requests: see fs/storage.ts. */
export const completionPolicies =
  ['inline', 'other-thread', 'dispatch', 'delayed', 'hostile'] as const;
export type CompletionPolicy = (typeof completionPolicies)[number];

/** How the threads of a machine are scheduled; see atomics-sync/schedule/policy.ts. */
export interface ScheduleBoot {
  readonly policy: 'free' | 'fuzzed' | 'controlled';
  /** Which thread of the schedule this one is. */
  readonly thread: number;
  /** Controlled: the words that the schedule keeps. */
  readonly board?: SharedArrayBuffer;
  /** Controlled: plain accesses of drivers to shared memory are seen, at a price. */
  readonly watch?: boolean;
  /** Fuzzed: what the delays are drawn from. */
  readonly seed?: number;
  /** Controlled: looks for the baton before a thread parks. */
  readonly spins?: number;
}

/** Told at birth to every thread of one machine; plain data, posted as workerData. */
export interface BootOptions {
  /** The machine's memory, shared, of fixed size. */
  readonly memory: WebAssembly.Memory;
  /** The virtual processor this thread owns; 0 where the thread was told nothing. */
  readonly processor: number;
  /** How many processors the machine has. */
  readonly processors: number;
  /** Checked configuration: rules are verified at run time. */
  readonly verifier: boolean;
  /** Events are recorded for the rules and for crash dumps. */
  readonly tracing: boolean;
  /** How storage completes requests. */
  readonly completion: CompletionPolicy;
  /** Every choice the machine makes by itself comes from this number. */
  readonly seed: number;
  /** Loads of a word before a waiter parks. */
  readonly spinLimit: number;
  /** Cores of the computer; waiters spin longer while no more threads are awake than these. */
  readonly cores?: number;
  /** True in the one thread that plays host and processor at once: waits may not block for ever. */
  readonly inline: boolean;
  /** Who decides which thread runs; the host's scheduler if left out. */
  readonly schedule?: ScheduleBoot;
  /** What fails although nothing is wrong; nothing if left out. */
  readonly faults?: FaultPlan;
}

/** Creates a machine memory of `bytes`, all of it shared and none of it growable. */
export function createMemory(bytes: number = DEFAULT_MEMORY): WebAssembly.Memory {
  if (!Number.isInteger(bytes) || bytes < MIN_MEMORY || bytes > MAX_MEMORY) {
    throw new RangeError(
      `memory size ${bytes} is outside ${MIN_MEMORY}..${MAX_MEMORY} bytes; ` +
        `give at least 64 MiB (--memory 64M) and less than 2 GiB`,
    );
  }
  const pages = Math.ceil(bytes / 65536);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** Fills in what a caller leaves out. `availableCores` decides how long waiters spin. */
export function bootOptions(given: Partial<BootOptions>, availableCores = 2): BootOptions {
  const processors = given.processors ?? 1;
  return {
    memory: given.memory ?? createMemory(),
    processor: given.processor ?? 0,
    processors,
    verifier: given.verifier ?? false,
    tracing: given.tracing ?? false,
    completion: given.completion ?? 'inline',
    seed: given.seed ?? 1,
    spinLimit:
      given.spinLimit ?? (processors > availableCores ? SPIN_LIMIT_BUSY : SPIN_LIMIT_IDLE),
    inline: given.inline ?? false,
    ...(given.cores !== undefined && { cores: given.cores }),
    ...(given.schedule && { schedule: given.schedule }),
    ...(given.faults && { faults: given.faults }),
  };
}

function toldAtBirth(): BootOptions {
  const settled = settledBoot();
  if (settled !== undefined) return settled;
  const data: unknown = isMainThread ? undefined : workerData;
  const told = (data as { fltlab?: BootOptions } | null | undefined)?.fltlab;
  const options = bootOptions(told ?? { inline: true });
  settleBoot(options);
  return options;
}

/** This thread's boot options. Hot files copy the fields they need into local constants. */
export const boot: BootOptions = toldAtBirth();
