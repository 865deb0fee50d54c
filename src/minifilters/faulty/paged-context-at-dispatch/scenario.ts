// BZ-001: one read that storage completes at DISPATCH_LEVEL.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-001', name: 'paged-context-at-dispatch', interleaving: 'any',
  detectors: ['irql-rule', 'paged-memory'],
  about: 'a read is completed at DISPATCH_LEVEL, and the post-read looks at paged memory',
  completion: 'dispatch',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
