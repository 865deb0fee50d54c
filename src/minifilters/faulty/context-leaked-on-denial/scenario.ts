// BZ-025: files are opened whose creation is denied.
import { FILE_DIRECTORY_FILE } from '../../../ntos/io/file-constants.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-025', name: 'context-leaked-on-denial', interleaving: 'any',
  detectors: ['leak'],
  about: 'files are denied, and what the pre-create had allocated for them is forgotten',
  applications: [(files) => {
    files.close(files.create('C:\\file'));
    for (let n = 0; n < 3; n++) {
      files.close(files.create(`C:\\folder${n}`, { options: FILE_DIRECTORY_FILE }));
    }
  }],
});
