// BZ-010: a file is opened and closed.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-010', name: 'name-used-after-refused-query', interleaving: 'any',
  detectors: ['contract', 'irql-rule'],
  about: 'a file is closed, and the filter asks for its name where names cannot be had',
  completion: 'inline',
  applications: [(files) => void files.close(files.create('C:\\file'))],
});
