// BZ-063: one create is enough.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-063', name: 'unbounded-own-opens', interleaving: 'any',
  detectors: ['stack-depth'],
  about: 'one create',
  applications: [(files) => void files.close(files.create('C:\\file'))],
});
