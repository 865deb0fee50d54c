// BZ-092: a file is closed while one allocation of the filter fails, each in turn.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function opens(files: Files, index: number): void {
  files.close(files.create(`C:\\file${index}`));
}

export const story = zooScenario({
  id: 'BZ-092', name: 'own-io-out-of-memory', interleaving: 'chosen',
  detectors: ['leak', 'contract'],
  about: 'cleanups, and one allocation fails', faults: 1,
  applications: [opens, opens],
});
