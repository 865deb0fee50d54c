// BZ-086: an open for writing is denied; somebody else opens the file for reading, all to himself.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { GENERIC_READ, SYNCHRONIZE } from '../../../ntos/io/file-constants.ts';

export const story = zooScenario({
  id: 'BZ-086', name: 'denied-without-cancel', interleaving: 'any',
  detectors: ['contract', 'leak'],
  about: 'an open is denied, and the file opened again',
  applications: [(files) => {
    files.close(files.create('C:\\file', { share: 0 }));
    files.close(files.open('C:\\file', { share: 0, access: GENERIC_READ | SYNCHRONIZE }));
  }],
});
