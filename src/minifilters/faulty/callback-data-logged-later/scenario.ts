// BZ-043: a read whose log entry is written by another thread.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-043', name: 'callback-data-logged-later', interleaving: 'chosen',
  detectors: ['lifetime'],
  about: 'a logger looks at the callback data of a read that may be over by then',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
