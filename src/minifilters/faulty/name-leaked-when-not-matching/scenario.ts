// BZ-040: a file with a short name is created.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-040', name: 'name-leaked-when-not-matching', interleaving: 'any',
  detectors: ['leak', 'lifetime'],
  about: 'files are created whose names the filter asks for and does not give back',
  applications: [(files) => {
    for (let n = 0; n < 3; n++) files.close(files.create(`C:\\file${n}`));
  }],
});
