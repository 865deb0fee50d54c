// BZ-016: one write that is denied.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-016', name: 'context-with-completed-operation', interleaving: 'any',
  detectors: ['contract', 'leak'],
  about: 'a write is denied in the pre-write, with a completion context that nobody will get',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.write(file, 0, 'a longer text');
    files.close(file);
  }],
});
