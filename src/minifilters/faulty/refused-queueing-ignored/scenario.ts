// BZ-014: a read that goes as fast I/O.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-014', name: 'refused-queueing-ignored', interleaving: 'any',
  detectors: ['contract', 'never-complete'],
  about: 'a fast read cannot be handed to a work item, and the post-read keeps it all the same',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
