// BZ-044: a write makes the filter send two flushes of its own.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-044', name: 'callback-data-reused-in-flight', interleaving: 'chosen',
  detectors: ['lifetime', 'double-complete'],
  about: 'the filter\'s second flush reuses the callback data of its first, which is still ' +
    'under way',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.close(file);
  }],
});
