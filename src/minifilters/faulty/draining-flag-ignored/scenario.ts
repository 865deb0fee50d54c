// BZ-024: reads are with the disk while the filter is detached.
import { asynchronous, shared } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-024', name: 'draining-flag-ignored', interleaving: 'chosen',
  detectors: ['drain-teardown', 'lifetime'],
  about: 'an instance is detached while reads are below it, and the drained post-read works as ' +
    'always',
  completion: 'other-thread',
  prepare: (files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.close(file);
  },
  applications: [0, 1].map(() => (files: Files) => {
    const file = files.create('C:\\file', { ...asynchronous, ...shared });
    files.read(file, 0, 4);
    files.close(file);
  }),
  control: (control) => void control.detach(),
});
