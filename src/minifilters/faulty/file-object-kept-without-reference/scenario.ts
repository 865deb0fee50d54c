// BZ-042: a file is written and closed while a worker goes through the list.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-042', name: 'file-object-kept-without-reference', interleaving: 'chosen',
  detectors: ['lifetime'],
  about: 'a file is closed while the filter has it in its list of written files',
  completion: 'inline',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.close(file);
  }],
});
