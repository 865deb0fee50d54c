// BZ-064: an asynchronous write, which a storage thread completes.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { FILE_NON_DIRECTORY_FILE } from '../../../ntos/io/file-constants.ts';

export const story = zooScenario({
  id: 'BZ-064', name: 'lock-across-pre-and-post', interleaving: 'any',
  detectors: ['lock-usage'],
  about: 'an asynchronous write',
  applications: [(files) => {
    const file = files.create('C:\\file', { options: FILE_NON_DIRECTORY_FILE });
    files.startWrite(file, 0, 'some text', () => undefined);
    files.settle();
    files.close(file);
  }],
});
