// BZ-023: a read is with the disk while the filter is detached.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-023', name: 'safe-completion-while-draining', interleaving: 'chosen',
  detectors: ['drain-teardown', 'contract'],
  about: 'an instance is detached while a read is below it, and the drained post-read asks to ' +
    'go on when safe',
  completion: 'dispatch',
  prepare: (files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.close(file);
  },
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.read(file, 0, 4);
    files.close(file);
  }],
  control: (control) => void control.detach(),
});
