// How requests scale over requestors, each on a file of its own, completed inline: 1, 2 and 8 of
// them in turns, in one machine; those that have no turn sleep.
//
//   requestor 1 --NtReadFile--> file 1 --+
//   ...                                  +--> 3 filters --> ramfs
//   requestor 8 --NtReadFile--> file 8 --+
import { benchFilters, figureOf, inTurn, nsPerRound, runSteps } from '../threads/machine.ts';
import type { MachineOptions } from '../../src/machine/machine.ts';
import type { Step } from '../../src/lab/bench/steps.ts';
import type { Figure, TopologyCase } from '../case.ts';

const kinds: readonly Step[] =
  [1, 2, 8].map((active) => ({ task: 'read', active, milliseconds: 200, warm: 600 }));
const nameOf = (kind: Step): string => `${kind.active} requestor${kind.active === 1 ? '' : 's'}`;
const options = (filters: number): MachineOptions =>
  ({ requestors: 8, completion: 'inline', images: benchFilters(filters) });

async function figures(name: string, rounds = 7): Promise<Figure[]> {
  const results =
    await runSteps({ options: options(3), work: 'requests', steps: inTurn(kinds, rounds) });
  const ns = kinds.map((kind) => nsPerRound(results, kind));
  const held = [undefined, 0, 1];
  return kinds.map((kind, i) => {
    const to = held[i];
    return figureOf(name, nameOf(kind), ns[i]!,
      to === undefined ? undefined : { name: nameOf(kinds[to]!), ns: ns[to]! });
  });
}

async function check(): Promise<void> {
  const steps = kinds.map((kind) => ({ ...kind, milliseconds: 1, warm: 0 }));
  const results = await runSteps({ options: options(0), work: 'requests', steps });
  if (results.length !== 8 || results.some((list) => list.some(({ operations }) => operations < 1))) {
    throw new Error('a requestor did nothing');
  }
}

export default {
  title: 'reads of 4 KiB through 3 filters by 1, 2 and 8 requestors', figures, check,
} satisfies TopologyCase;
