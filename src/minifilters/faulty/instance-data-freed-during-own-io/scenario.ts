// BZ-032: a write makes the filter flush the file by itself; meanwhile it is detached.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-032', name: 'instance-data-freed-during-own-io', interleaving: 'chosen',
  detectors: ['lifetime', 'drain-teardown'],
  about: 'the filter is detached while an operation of its own is with the disk, whose ' +
    'callback uses the context',
  completion: 'other-thread',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.close(file);
  }],
  control: (control) => void control.detach(),
});
