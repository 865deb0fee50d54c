// BZ-003: one read that storage completes at DISPATCH_LEVEL.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-003', name: 'wait-at-dispatch', interleaving: 'any',
  detectors: ['irql-rule', 'deadlock'],
  about: 'a read is completed at DISPATCH_LEVEL, and the post-read waits for a work item there',
  completion: 'dispatch',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
