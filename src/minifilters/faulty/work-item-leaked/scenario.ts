// BZ-020: reads that go as fast I/O, for which a work item cannot be queued.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-020', name: 'work-item-leaked', interleaving: 'any',
  detectors: ['leak'],
  about: 'a read cannot be handed to its work item, and the work item is forgotten',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    for (let n = 0; n < 4; n++) files.read(file, 0, 4);
    files.close(file);
  }],
});
