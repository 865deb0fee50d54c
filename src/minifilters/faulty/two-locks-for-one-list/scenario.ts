// BZ-067: one application closes a file while the other opens one.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function opens(files: Files, index: number): void {
  files.close(files.create(`C:\\file${index}`));
}

export const story = zooScenario({
  id: 'BZ-067', name: 'two-locks-for-one-list', interleaving: 'chosen',
  detectors: ['data-race', 'invariant'],
  about: 'a create and a cleanup at the same time',
  applications: [opens, opens],
});
