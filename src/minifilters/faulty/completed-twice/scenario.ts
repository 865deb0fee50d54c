// BZ-013: one read that is held; its worker ends in the moment in which its time is over.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-013', name: 'completed-twice', interleaving: 'chosen',
  detectors: ['double-complete'],
  about: 'a worker and a timer both find that a held read is not settled yet, and both complete it',
  completion: 'inline',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
