// BZ-034: the volume itself is opened three times.
import { shared } from '../../../lab/hunt/machine/files.ts';
import { must } from '../../../lab/hunt/machine/scenario.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ, SYNCHRONIZE }
  from '../../../ntos/io/file-constants.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-034', name: 'context-leaked-when-not-set', interleaving: 'any',
  detectors: ['leak'],
  about: 'the volume is opened, on which no stream context can be set, and the allocated one ' +
    'is forgotten',
  applications: [(files) => {
    for (let n = 0; n < 3; n++) {
      const volume = files.open('C:', { access: GENERIC_READ | SYNCHRONIZE,
        options: FILE_SYNCHRONOUS_IO_NONALERT, ...shared });
      must(volume.statusName === 'STATUS_SUCCESS', `the volume: ${volume.statusName}`);
      files.close(volume);
    }
  }],
});
