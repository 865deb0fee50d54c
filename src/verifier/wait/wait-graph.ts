// Who waits for whom. Pure: the threads' waits and the locks' holders come in as functions, so that
// the same search serves the judge, a dump and tests.

/** One step: a thread waits for what another one has. */
export interface WaitStep {
  readonly waiter: number;
  readonly blocker: number;
}

/** The threads that keep a thread waiting; none where it cannot be told. */
export type Blockers = (processor: number) => readonly number[];

/**
 * The cycle of waits that leads from a thread back to itself, shortest first; empty when there is
 * none.
 */
export function waitCycle(start: number, blockersOf: Blockers): WaitStep[] {
  const cameFrom = new Map<number, number>();
  let border = [start];
  while (border.length > 0) {
    const next: number[] = [];
    for (const waiter of border) {
      for (const blocker of blockersOf(waiter)) {
        if (blocker === start) return backTo(start, waiter, cameFrom);
        if (cameFrom.has(blocker)) continue;
        cameFrom.set(blocker, waiter);
        next.push(blocker);
      }
    }
    border = next;
  }
  return [];
}

function backTo(start: number, last: number, cameFrom: ReadonlyMap<number, number>): WaitStep[] {
  const steps: WaitStep[] = [{ waiter: last, blocker: start }];
  for (let blocker = last; blocker !== start; ) {
    const waiter = cameFrom.get(blocker)!;
    steps.unshift({ waiter, blocker });
    blocker = waiter;
  }
  return steps;
}
