// BZ-035: a file is opened that is not there.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-035', name: 'context-released-twice', interleaving: 'any',
  detectors: ['lifetime'],
  about: 'a create fails, and its context is released on the way out and once more at the end',
  applications: [(files) => {
    files.close(files.create('C:\\file'));
    files.close(files.open('C:\\missing'));
  }],
});
