// BZ-057: a file is opened while somebody holds a batch oplock of the filter on it.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { asynchronous, shared } from '../../../lab/hunt/machine/files.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK } from '../../../ntos/io/control-codes.ts';

export const story = zooScenario({
  id: 'BZ-057', name: 'freed-while-pending', interleaving: 'any',
  detectors: ['lifetime', 'double-complete', 'contract'],
  about: 'an open that breaks a batch oplock',
  prepare: (files) => void files.close(files.create('C:\\file')),
  applications: [
    (files) => {
      const file = files.open('C:\\file', { ...shared, ...asynchronous });
      files.startControl(file, FSCTL_REQUEST_BATCH_OPLOCK, () => undefined);
      files.settle();
      files.close(file);
    },
    (files) => {
      files.pause(1000);
      files.close(files.open('C:\\file', shared));
    },
  ],
});
