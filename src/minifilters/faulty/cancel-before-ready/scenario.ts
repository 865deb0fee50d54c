// BZ-074: a read that waits is cancelled.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { asynchronous } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-074', name: 'cancel-before-ready', interleaving: 'chosen',
  detectors: ['never-complete', 'double-complete'],
  about: 'a read that the filter keeps is cancelled',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    const request = files.startRead(file, 0, 4, () => undefined);
    files.write(file, 0, 'text');
    files.cancel(file, request);
    files.settle();
    files.close(file);
  }],
});
