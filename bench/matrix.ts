// One part of the matrix of topologies: 1 to 8 requestors x 0, 1, 3, 8 filters, for one completion
// policy. A machine for each number of filters; within it the numbers of requestors take turns.
// null-fs completes at once whatever the policy, so it is measured with the inline one only.
import { benchFilters } from './threads/machine.ts';
import { checkSteps, measureSteps } from './threads/measure.ts';
import type { CompletionPolicy } from '../src/mem/boot-options.ts';
import type { MachineOptions } from '../src/machine/machine.ts';
import type { Kind, StepRun } from './threads/measure.ts';
import type { Figure, TopologyCase } from './case.ts';

const FILTERS = [0, 1, 3, 8];
const REQUESTORS = [1, 2, 4, 8];
const ROUNDS = 5;
const MILLISECONDS = 60;
/** Batches of 16 reads that make a requestor warm; fewer where each waits for a disk. */
const WARM = { inline: 1000, other: 200 };
const volumes: MachineOptions['volumes'] = [
  { fileSystem: 'ramfs', name: '\\Device\\HarddiskVolume1', letter: 'C' },
  { fileSystem: 'null-fs', name: '\\Device\\HarddiskVolume2', letter: 'N' },
];

const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const runOf = (completion: CompletionPolicy, filters: number): StepRun => ({ work: 'matrix',
  options: { requestors: 8, completion, volumes, images: benchFilters(filters) } });

function kindsOf(completion: CompletionPolicy, filters: number): Kind[] {
  const warm = completion === 'inline' ? WARM.inline : WARM.other;
  const systems = completion === 'inline' ? ['ramfs', 'null-fs'] : ['ramfs'];
  return systems.flatMap((task) => {
    const title = (active: number): string =>
      `${task}, ${many(filters, 'filter')}, ${many(active, 'requestor')}`;
    return REQUESTORS.map((active): Kind => ({ title: title(active),
      step: { task, active, milliseconds: MILLISECONDS, warm },
      ...(active > 1 && { yardstick: title(1) }) }));
  });
}

/** The case of one completion policy. */
export function matrixOf(completion: CompletionPolicy): TopologyCase {
  return {
    title: `reads of 4 KiB, 1 to 8 requestors, 0 to 8 filters, completion ${completion}`,
    async figures(name) {
      const all: Figure[] = [];
      for (const filters of FILTERS) {
        all.push(...await measureSteps(name, runOf(completion, filters),
          kindsOf(completion, filters), ROUNDS));
      }
      return all;
    },
    check: async () => checkSteps(runOf(completion, 3), kindsOf(completion, 3)),
  };
}
