// BZ-076: two reads wait in the queue; one is cancelled, a write lets the other go on.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { asynchronous } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-076', name: 'own-cancel-routine-on-queue', interleaving: 'any',
  detectors: ['contract', 'double-complete', 'never-complete'],
  about: 'reads in a queue, one of which is cancelled',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    const first = files.startRead(file, 0, 4, () => undefined);
    files.startRead(file, 0, 4, () => undefined);
    files.cancel(file, first);
    files.write(file, 0, 'text');
    files.settle();
    files.close(file);
  }],
});
