// BZ-049: one create is enough.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-049', name: 'recursion-through-own-open', interleaving: 'any',
  detectors: ['lock-usage', 'deadlock'],
  about: 'one create',
  applications: [(files) => void files.close(files.create('C:\\file'))],
});
