// BZ-068: one application reads while the other writes.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { shared } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-068', name: 'lost-wake-up', interleaving: 'chosen',
  detectors: ['lost-wakeup', 'never-complete'],
  about: 'a read that waits for the end of a write',
  prepare: (files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.close(file);
  },
  applications: [
    (files) => {
      const file = files.open('C:\\file', shared);
      for (let n = 0; n < 3; n++) files.read(file, 0, 4);
      files.close(file);
    },
    (files) => {
      const file = files.open('C:\\file', shared);
      for (let n = 0; n < 3; n++) files.write(file, 0, 'more');
      files.close(file);
    },
  ],
});
