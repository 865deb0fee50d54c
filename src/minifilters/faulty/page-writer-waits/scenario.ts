// BZ-061: an application writes twice; the page writer comes when everybody waits, by its timer.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { shared } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-061', name: 'page-writer-waits', interleaving: 'chosen',
  detectors: ['deadlock', 'contract'],
  about: 'cached writes that wait for the page writer',
  prepare: (files) => {
    const file = files.create('C:\\file');
    files.resize(file, 4096);
    files.close(file);
  },
  applications: [
    (files) => {
      const file = files.open('C:\\file', shared);
      files.write(file, 0, 'first');
      files.write(file, 0, 'second');
      files.close(file);
    },
    (files) => {
      const file = files.open('C:\\file', shared);
      for (let round = 0; round < 3; round++) {
        files.pause(1000);
        files.writeBack(file, 0, 4096);
      }
      files.close(file);
    },
  ],
});
