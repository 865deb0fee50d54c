// BZ-002: one read with a buffer of the caller's own, which storage completes at DISPATCH_LEVEL.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-002', name: 'buffer-locked-at-dispatch', interleaving: 'any',
  detectors: ['irql-rule'],
  about: 'a read is completed at DISPATCH_LEVEL, and the post-read locks the buffer of the caller',
  completion: 'dispatch',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
