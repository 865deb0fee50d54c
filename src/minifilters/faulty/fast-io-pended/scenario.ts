// BZ-015: a read that goes as fast I/O.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-015', name: 'fast-io-pended', interleaving: 'any',
  detectors: ['contract'],
  about: 'a fast read is pended, which only requests with an IRP can be',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
