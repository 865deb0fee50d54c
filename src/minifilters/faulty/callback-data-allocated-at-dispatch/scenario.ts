// BZ-009: one write that storage completes at DISPATCH_LEVEL.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-009', name: 'callback-data-allocated-at-dispatch', interleaving: 'any',
  detectors: ['irql-rule'],
  about: 'a write is completed at DISPATCH_LEVEL, and the post-write begins a flush of its own ' +
    'there',
  completion: 'dispatch',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.close(file);
  }],
});
