// BZ-066: the first two creates come at the same time.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function opens(files: Files, index: number): void {
  files.close(files.create(`C:\\file${index}`));
}

export const story = zooScenario({
  id: 'BZ-066', name: 'initialised-twice', interleaving: 'chosen',
  detectors: ['data-race', 'invariant'],
  about: 'two first creates',
  applications: [opens, opens],
});
