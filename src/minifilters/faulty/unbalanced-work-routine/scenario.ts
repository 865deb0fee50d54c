// BZ-091: files are closed while one allocation of the filter fails.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function opens(files: Files, index: number): void {
  files.close(files.create(`C:\\file${index}`));
}

export const story = zooScenario({
  id: 'BZ-091', name: 'unbalanced-work-routine', interleaving: 'chosen',
  detectors: ['irql-rule', 'contract'],
  about: 'cleanups, and one allocation fails', faults: 1,
  applications: [opens, opens],
});
