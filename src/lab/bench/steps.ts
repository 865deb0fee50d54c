// Timed loops inside the requestors of one machine, step after step: in each step some of them run
// a task for a while and the others sleep, so that what is compared was measured in one machine, in
// turns, and a disturbance meets all of it.
//
//   step 1   requestor 0: ####            step 2   requestor 0: ####
//            requestor 1: (sleeps)                 requestor 1: ####
//
// The requestors meet at the shared words of `gate`; the first one says when a step begins. A task
// is called again and again from a little before the beginning; only what lies between the
// beginning and the end of the step is counted.
import { doorInto } from '../../atomics-sync/atomics.ts';
import { median } from './statistics.ts';
import { delayExecution } from '../../ntos/ke/thread.ts';
import type { Door } from '../../atomics-sync/atomics.ts';

export interface Step {
  readonly task: string;
  /** How many requestors run it, counted from the first. */
  readonly active: number;
  readonly milliseconds: number;
  /**
   * Batches that a requestor runs when it first gets the task, before it is timed: each thread has
   * to compile the code it runs for itself, which takes thousands of operations.
   */
  readonly warm?: number;
}

/** Told to every requestor; plain data. */
export interface StepsData {
  readonly gate: WebAssembly.Memory;
  readonly steps: readonly Step[];
  /** What the tasks want to know. */
  readonly more?: unknown;
}

/** What one requestor did in one step. */
export interface StepResult {
  readonly task: string;
  readonly active: number;
  readonly operations: number;
  readonly nanoseconds: number;
  /** Nanoseconds per operation of the median batch: what a thread that is not preempted needs. */
  readonly medianNs: number;
}

/** Does some operations and says how many. */
export type Batch = () => number;
/** Makes a task of a requestor ready. */
export type Tasks = Readonly<Record<string, () => Batch>>;

const START = 0;
const ARRIVED = 64;
const LINE = 64;
/** What tasks may use of the gate's memory. */
export const SCRATCH = 16 * 1024;
/** Between the meeting of a step and its beginning, so that everybody is there (microseconds). */
const LEAD_US = 12_000;
/** Tasks run this long before they are counted. */
const WARMUP_US = 6_000;
const MILLISECOND = -10_000;
/** Batches of which the median is taken. */
const MOST_BATCHES = 20_000;

export const newGate = (): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });

/** Microseconds of a clock that all threads of the process share; wraps after half an hour. */
const now = (): number => Number((process.hrtime.bigint() / 1000n) & 0x7fffffffn);

function meet(door: Door, index: number, count: number, step: number): void {
  door.store(ARRIVED + index * LINE, step + 1);
  for (let i = 0; i < count; i++) {
    while (door.load(ARRIVED + i * LINE) <= step) delayExecution(MILLISECOND);
  }
}

/** Runs a new task until it is warm. */
function warmed(batch: Batch, batches: number): Batch {
  for (let i = 0; i < batches; i++) batch();
  return batch;
}

function timed(
  batch: Batch, from: number, until: number,
): { operations: number; nanoseconds: number; medianNs: number } {
  while (now() < from) batch();
  const end = performance.now() + (until - from) / 1000;
  const started = performance.now();
  const batches: number[] = [];
  let operations = 0;
  let at = started;
  do {
    const done = batch();
    const after = performance.now();
    if (done > 0 && batches.length < MOST_BATCHES) batches.push(((after - at) * 1e6) / done);
    operations += done;
    at = after;
  } while (at < end);
  return { operations, nanoseconds: (at - started) * 1e6, medianNs: median(batches) };
}

/** Plays the steps in the calling requestor. PASSIVE_LEVEL. */
export function playSteps(
  told: StepsData, place: { readonly index: number; readonly count: number }, tasks: Tasks,
): StepResult[] {
  const door = doorInto(told.gate);
  const { index, count } = place;
  const ready = new Map<string, Batch>();
  const results: StepResult[] = [];
  for (const [number, step] of told.steps.entries()) {
    const { task, active, milliseconds, warm = 0 } = step;
    const make = tasks[task];
    if (make === undefined) throw new Error(`there is no task ${task}`);
    const isActive = index < active;
    if (isActive && !ready.has(task)) ready.set(task, warmed(make(), warm));
    meet(door, index, count, number * 2);
    if (index === 0) door.store(START, now() + LEAD_US);
    meet(door, index, count, number * 2 + 1);
    const from = door.load(START);
    if (!isActive) {
      // Until it is over: who looks around each millisecond takes the cores from those who work.
      delayExecution(MILLISECOND * (milliseconds + LEAD_US / 1000));
      continue;
    }
    while (now() < from - WARMUP_US) delayExecution(MILLISECOND);
    const done = timed(ready.get(task)!, from, from + milliseconds * 1000);
    results.push({ task, active, ...done });
  }
  return results;
}
