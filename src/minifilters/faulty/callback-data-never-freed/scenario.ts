// BZ-045: a file is closed, of which the filter reads what is beyond its end.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-045', name: 'callback-data-never-freed', interleaving: 'any',
  detectors: ['leak'],
  about: 'the filter\'s own reads fail, and their callback data is forgotten',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.close(file);
  }],
});
