// BZ-011: a read beyond the end of the file, which fails.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-011', name: 'never-completed-on-error', interleaving: 'any',
  detectors: ['never-complete', 'contract'],
  about: 'a read fails, and the work routine that has it forgets to complete it',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    files.write(file, 0, 'text');
    files.read(file, 0, 4);
    files.read(file, 1000, 4);
    files.close(file);
  }],
});
