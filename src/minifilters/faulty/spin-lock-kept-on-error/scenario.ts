// BZ-005: one read that fails, and one more.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-005', name: 'spin-lock-kept-on-error', interleaving: 'any',
  detectors: ['irql-rule', 'lock-usage', 'deadlock'],
  about: 'a read fails, and the post-read returns without releasing its spin lock',
  completion: 'other-thread',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 1000, 4);
    files.read(file, 0, 4);
    files.close(file);
  }],
});
