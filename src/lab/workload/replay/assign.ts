// Recorded threads onto requestors: the busiest first, each to the requestor with the least to do.
// Guarantees: the same program and count give the same assignment.
import type { Step } from '../../trace/program/steps.ts';

/** The requestor of each recorded thread. */
export function assignThreads(
  threads: number, steps: readonly Step[], requestors: number,
): number[] {
  const work = Array.from({ length: threads }, () => 0);
  for (const { thread } of steps) work[thread] = (work[thread] ?? 0) + 1;
  const load = Array.from({ length: requestors }, () => 0);
  const requestorOf = Array.from({ length: threads }, () => 0);
  const busiestFirst = work.map((steps_, thread) => ({ steps: steps_, thread }))
    .toSorted((one, other) => other.steps - one.steps || one.thread - other.thread);
  for (const { steps: its, thread } of busiestFirst) {
    const least = load.indexOf(Math.min(...load));
    requestorOf[thread] = least;
    load[least] = (load[least] ?? 0) + its;
  }
  return requestorOf;
}
