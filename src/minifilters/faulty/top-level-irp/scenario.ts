// BZ-062: a file is written and flushed.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-062', name: 'top-level-irp', interleaving: 'any',
  detectors: ['contract', 'deadlock'],
  about: 'a flush in which the filter opens a file',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'some text');
    files.flush(file);
    files.close(file);
  }],
});
