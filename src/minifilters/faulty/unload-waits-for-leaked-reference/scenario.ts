// BZ-028: files are opened that are not there; then the filter is unloaded.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-028', name: 'unload-waits-for-leaked-reference', interleaving: 'any',
  detectors: ['leak', 'never-complete'],
  about: 'creates that fail leave a reference to the instance, and the unload waits for it',
  applications: [0, 1].map((n) => (files: Files) => {
    files.close(files.create(`C:\\file${n}`));
    files.close(files.open('C:\\missing'));
  }),
});
