// Runs litmus tests on real threads. The threads meet at a barrier, run through a batch of
// instances side by side, and meet again; thread 0 counts the outcomes and clears the words.
//
// Between two instances a thread looks at how far the others are and waits for them a little: the
// interesting outcomes need both to be at the same instance at the same time. It does not wait
// long, because with more threads than cores the others may not be running at all.
import { arriveBarrier, load, store } from '#src/atomics-sync/index.ts';
import { i32 } from '#src/mem/memory.ts';
import { doorPrograms } from './door-programs.ts';
import { plainPrograms, ringProgram } from './plain-programs.ts';
import { INSTANCES, INSTANCE_BYTES, X_OFFSET, Y_OFFSET } from './litmus.ts';
import { outcomeText } from './litmus.ts';
import type { Litmus } from './litmus.ts';
import type { Thread } from '#test/support/thread.ts';

export interface RunArgs {
  readonly name: string;
  readonly batches: number;
  /** INSTANCES x INSTANCE_BYTES of zeroed memory. */
  readonly instances: number;
  /** A word for each thread's result of each instance. */
  readonly results: number;
  /** A line for each thread that says how far it is. */
  readonly progress: number;
  readonly barrier: number;
  readonly ring: number;
}

/** How often each outcome was seen; thread 0 returns it. */
export type Counts = Record<string, number>;

/** The tests that go by a name: the lists, and those made for one run's memory. */
export function litmusNamed(name: string, ring: number): Litmus {
  const all = [...doorPrograms, ...plainPrograms, ringProgram(ring)];
  const found = all.find((program) => program.name === name);
  if (found === undefined) throw new Error(`no litmus test is called ${name}`);
  return found;
}

/** Looks that a thread spends on waiting for the others at each instance. */
const PATIENCE = 300;

function meet(args: RunArgs, thread: Thread<RunArgs>, step: number): void {
  const { progress } = args;
  store(progress + 64 * thread.index, step);
  for (let other = 0; other < thread.threads; other++) {
    for (let i = 0; i < PATIENCE && load(progress + 64 * other) < step; i++);
  }
}

function runBatch(thread: Thread<RunArgs>, program: Litmus, batch: number): void {
  const { args, index } = thread;
  const body = program.threads[index];
  if (body === undefined) throw new Error(`${program.name} has no thread ${index}`);
  const mine = (args.results >> 2) + index * INSTANCES;
  for (let i = 0; i < INSTANCES; i++) {
    const at = args.instances + i * INSTANCE_BYTES;
    meet(args, thread, batch * INSTANCES + i + 1);
    i32[mine + i] = body(at + X_OFFSET, at + Y_OFFSET);
  }
}

function countAndClear(thread: Thread<RunArgs>, program: Litmus, counts: Counts): void {
  const { instances, results } = thread.args;
  for (let i = 0; i < INSTANCES; i++) {
    const at = instances + i * INSTANCE_BYTES;
    const [x = 0, y = 0] = [i32[(at + X_OFFSET) >> 2], i32[(at + Y_OFFSET) >> 2]];
    const returned = program.threads.map((_, t) => i32[(results >> 2) + t * INSTANCES + i] ?? 0);
    const text = outcomeText(program, returned, x, y);
    counts[text] = (counts[text] ?? 0) + 1;
    i32.fill(0, at >> 2, (at + INSTANCE_BYTES) >> 2);
  }
}

/** A thread of a litmus run; see RunArgs. */
export function runLitmus(thread: Thread<RunArgs>): Counts {
  const { args } = thread;
  const program = litmusNamed(args.name, args.ring);
  const counts: Counts = {};
  for (let batch = 0; batch < args.batches; batch++) {
    thread.at('begin a batch', batch);
    arriveBarrier(args.barrier);
    runBatch(thread, program, batch);
    thread.at('end a batch', batch);
    arriveBarrier(args.barrier);
    if (thread.index === 0) countAndClear(thread, program, counts);
  }
  return counts;
}
