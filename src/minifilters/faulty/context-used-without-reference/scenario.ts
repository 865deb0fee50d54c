// BZ-036: a file is read and closed; the work item of the read comes late.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-036', name: 'context-used-without-reference', interleaving: 'chosen',
  detectors: ['lifetime'],
  about: 'a file is closed while a work item is queued that still has its context',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
