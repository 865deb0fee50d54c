// Completion on another thread, one request in flight: an IRP goes through a filter to ramfs, a
// storage thread completes it there, post-operation callback included, and the requestor sees it at
// a word.
//
//   requestor 0 --IRP--> 1 filter --> ramfs --> storage thread --post-op, completion--> word
//
// The yardstick: the bare round trip of a word between two requestors that do nothing else.
import { benchFilters, figureOf, inTurn, nsPerRound, routinesImage, runSteps }
  from '../threads/machine.ts';
import type { MachineOptions } from '../../src/machine/machine.ts';
import type { Figure, TopologyCase } from '../case.ts';

const bare = { task: 'ping-pong', active: 2, milliseconds: 80 };
const one = { task: 'irp', active: 1, milliseconds: 120, warm: 200 };
const kinds = [bare, one];

const options = (filters: number): MachineOptions => ({ requestors: 2, completion: 'other-thread',
  images: [...benchFilters(filters), routinesImage] });

async function figures(name: string, rounds = 9): Promise<Figure[]> {
  const results =
    await runSteps({ options: options(1), work: 'requests', steps: inTurn(kinds, rounds) });
  const yardstick = { name: 'bare ping-pong', ns: nsPerRound(results.slice(0, 1), bare) };
  return [figureOf(name, yardstick.name, yardstick.ns),
    figureOf(name, 'one request in flight', nsPerRound(results, one), yardstick)];
}

async function check(): Promise<void> {
  const steps = kinds.map((kind) => ({ ...kind, milliseconds: 1, warm: 0 }));
  const [done] = await runSteps({ options: options(0), work: 'requests', steps });
  if (done?.every(({ operations }) => operations > 0) !== true) throw new Error('nothing came back');
}

export default {
  title: 'completion on another thread, one request in flight', figures, check,
} satisfies TopologyCase;
