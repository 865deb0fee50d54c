// Work items through one and two system workers: queued by a requestor, run at PASSIVE_LEVEL in the
// worker, seen to have run.
//
//   requestor --ExQueueWorkItem--> DelayedWorkQueue --> system worker 1 (or 1 and 2) --word--> requestor
import { figureOf, inTurn, nsPerRound, routinesImage, runSteps } from '../threads/machine.ts';
import type { Figure, TopologyCase } from '../case.ts';

const kinds = ['1 in flight', '64 in flight'].map((task) =>
  ({ task, active: 1, milliseconds: 120, warm: 60 }));

async function figures(name: string, rounds = 7): Promise<Figure[]> {
  const all: Figure[] = [];
  for (const systemWorkers of [1, 2]) {
    const results = await runSteps({ options: { systemWorkers, images: [routinesImage] },
      work: 'work-items', steps: inTurn(kinds, rounds) });
    for (const kind of kinds) {
      const who = systemWorkers === 1 ? 'one worker' : 'two workers';
      all.push(figureOf(name, `${kind.task}, ${who}`, nsPerRound(results, kind)));
    }
  }
  return all;
}

async function check(): Promise<void> {
  const steps = kinds.map((kind) => ({ ...kind, milliseconds: 1, warm: 0 }));
  const [done] = await runSteps({ options: { images: [routinesImage] }, work: 'work-items', steps });
  if (done?.every(({ operations }) => operations > 0) !== true) throw new Error('no item ran');
}

export default { title: 'work items through system workers', figures, check } satisfies TopologyCase;
