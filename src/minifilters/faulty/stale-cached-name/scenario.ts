// BZ-084: a file that is open becomes secret by a rename; who sees that it is must not write to it.
import { must } from '../../../lab/hunt/machine/scenario.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { shared } from '../../../lab/hunt/machine/files.ts';
import { FILE_DIRECTORY_FILE, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../../ntos/io/file-constants.ts';

const directory = { ...shared, options: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT };

export const story = zooScenario({
  id: 'BZ-084', name: 'stale-cached-name', interleaving: 'chosen',
  detectors: ['invariant', 'toctou'],
  about: 'a file is renamed while somebody has it open and writes',
  prepare: (files) => {
    files.close(files.create('C:\\secret', directory));
    files.close(files.create('C:\\public'));
  },
  applications: [
    (files) => {
      const file = files.open('C:\\public', shared);
      if (file.status !== 0) return;
      const probe = files.open('C:\\secret\\file', shared);
      files.close(probe);
      const written = files.write(file, 0, 'text');
      must(probe.status !== 0 || written === 'STATUS_ACCESS_DENIED',
        `a secret file was written to: ${written}`);
      files.close(file);
    },
    (files) => {
      const file = files.open('C:\\public', shared);
      files.rename(file, '\\??\\C:\\secret\\file');
      files.close(file);
    },
  ],
});
