// BZ-089: one read, completed by storage at DISPATCH_LEVEL.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-089', name: 'long-work-at-dispatch', interleaving: 'any',
  detectors: ['starvation'],
  about: 'one read',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'some text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
