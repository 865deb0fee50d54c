// BZ-080: an application lists a folder, in which two more have files open.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { shared } from '../../../lab/hunt/machine/files.ts';
import { FILE_DIRECTORY_FILE, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../../ntos/io/file-constants.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function opens(files: Files, index: number): void {
  files.close(files.create(`C:\\file${index}`));
}

export const story = zooScenario({
  id: 'BZ-080', name: 'user-buffer-in-a-worker', interleaving: 'any',
  detectors: ['buffer', 'contract'],
  about: 'a listing that the filter edits',
  prepare: (files) => void files.close(files.create('C:\\file')),
  applications: [(files) => {
    const options = FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    const folder = files.open('C:\\', { ...shared, options });
    files.list(folder);
    files.close(folder);
  }, opens, opens],
});
