// BZ-087: one read of a file that has a header.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-087', name: 'not-marked-dirty', interleaving: 'any',
  detectors: ['contract', 'invariant'],
  about: 'one read',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, '0123456789abcdeftext');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
