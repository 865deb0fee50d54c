// A work item against thread pools of other packages: queue an empty routine, run it on another
// thread, see that it ran. One in flight, and 64.
//
//   requestor --ExQueueWorkItem--> ring --> system worker --word--> requestor
//   main      --pool.run---------> message port --> worker --message--> promise
//
// The ratio is that of the pool to the work item: how many times faster the work item is.
import { figureOf, inTurn, nsPerRound, routinesImage, runSteps } from '../threads/machine.ts';
import { endPool, measurePool, poolsFor } from './pools.ts';
import { median } from '../statistics.ts';
import type { Step } from '../../src/lab/bench/steps.ts';
import type { Figure, TopologyCase } from '../case.ts';

const ROUNDS = 5;
const POOL_MS = 150;
const depths = [1, 64];
const kindOf = (inFlight: number): Step =>
  ({ task: `${inFlight} in flight`, active: 1, milliseconds: 150, warm: 60 });

async function figures(name: string): Promise<Figure[]> {
  const kinds = depths.map(kindOf);
  const results = await runSteps({ options: { systemWorkers: 1, images: [routinesImage] },
    work: 'work-items', steps: inTurn(kinds, ROUNDS) });
  const all: Figure[] = [];
  for (const [i, inFlight] of depths.entries()) {
    const ns = nsPerRound(results, kinds[i]!);
    const own = { name: `work item, ${inFlight} in flight`, ns };
    all.push(figureOf(name, own.name, ns));
    for (const make of poolsFor(inFlight)) {
      const pool = make();
      const theirs = await measurePool(pool, inFlight, ROUNDS, POOL_MS);
      await endPool(pool);
      all.push(figureOf(name, `${pool.name}, ${inFlight} in flight`, theirs,
        { name: own.name, ns: [median(ns)] }));
    }
  }
  return all;
}

async function check(): Promise<void> {
  for (const make of poolsFor(1)) {
    const pool = make();
    await pool.run();
    await endPool(pool);
  }
}

export default { title: 'work items against thread pools', figures, check } satisfies TopologyCase;
