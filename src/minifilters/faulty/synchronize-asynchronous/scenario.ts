// BZ-090: an application that has several reads under way.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { FILE_NON_DIRECTORY_FILE } from '../../../ntos/io/file-constants.ts';

export const story = zooScenario({
  id: 'BZ-090', name: 'synchronize-asynchronous', interleaving: 'any',
  detectors: ['contract', 'starvation'],
  about: 'asynchronous reads',
  applications: [(files) => {
    const file = files.create('C:\\file', { options: FILE_NON_DIRECTORY_FILE });
    files.write(file, 0, 'some text');
    for (let n = 0; n < 3; n++) files.startRead(file, 0, 4, () => undefined);
    files.settle();
    files.close(file);
  }],
});
