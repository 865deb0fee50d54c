// BZ-058: a file is cut short while somebody holds a level 2 oplock of the filter on it.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { asynchronous, shared } from '../../../lab/hunt/machine/files.ts';
import { FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '../../../ntos/io/control-codes.ts';

export const story = zooScenario({
  id: 'BZ-058', name: 'one-operation-unchecked', interleaving: 'any',
  detectors: ['oplock-state', 'invariant'],
  about: 'the end of a file is set while somebody has an oplock on it',
  prepare: (files) => void files.close(files.create('C:\\file')),
  applications: [
    (files) => {
      const file = files.open('C:\\file', { ...shared, ...asynchronous });
      files.startControl(file, FSCTL_REQUEST_OPLOCK_LEVEL_2, () => undefined);
      files.pause(2000);
      files.close(file);
      files.settle();
    },
    (files) => {
      files.pause(1000);
      const file = files.open('C:\\file', shared);
      files.resize(file, 100);
      files.close(file);
    },
  ],
});
