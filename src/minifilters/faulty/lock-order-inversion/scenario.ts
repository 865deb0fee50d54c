// BZ-047: a file is read while the scavenger, which a cleanup began, goes through the cache.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-047', name: 'lock-order-inversion', interleaving: 'chosen',
  detectors: ['lock-order', 'deadlock'],
  about: 'a read while the scavenger runs',
  applications: [0, 1].map(() => (files, index) => {
    const file = files.create(`C:\\file${index}`);
    files.read(file, 0, 4);
    files.close(file);
  }),
});
