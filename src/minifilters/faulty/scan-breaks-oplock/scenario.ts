// BZ-054: one application holds a batch oplock and gives it up by closing; another opens the file
// for its attributes, which breaks nothing by itself.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { shared } from '../../../lab/hunt/machine/files.ts';
import { FILE_NON_DIRECTORY_FILE, FILE_READ_ATTRIBUTES, SYNCHRONIZE }
  from '../../../ntos/io/file-constants.ts';
import { FSCTL_REQUEST_BATCH_OPLOCK } from '../../../ntos/io/control-codes.ts';

export const story = zooScenario({
  id: 'BZ-054', name: 'scan-breaks-oplock', interleaving: 'chosen',
  detectors: ['deadlock', 'oplock-state'],
  about: 'a file is scanned while somebody holds a batch oplock on it',
  prepare: (files) => void files.close(files.create('C:\\file')),
  applications: [
    (files) => {
      const file = files.open('C:\\file', { ...shared, options: FILE_NON_DIRECTORY_FILE });
      files.startControl(file, FSCTL_REQUEST_BATCH_OPLOCK, () => undefined);
      files.settle();
      files.close(file);
    },
    (files) => {
      const access = FILE_READ_ATTRIBUTES | SYNCHRONIZE;
      files.close(files.open('C:\\file', { ...shared, access }));
    },
  ],
});
