// BZ-012: a read whose post-operation callback is preempted right after it queued its work item.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-012', name: 'touched-after-queueing', interleaving: 'chosen',
  detectors: ['data-race', 'lifetime'],
  about: 'the worker completes a read while the callback that queued it still writes its context',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
