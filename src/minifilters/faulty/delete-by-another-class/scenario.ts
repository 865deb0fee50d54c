// BZ-083: a file that must stay is deleted in both ways.
import { must } from '../../../lab/hunt/machine/scenario.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-083', name: 'delete-by-another-class', interleaving: 'any',
  detectors: ['invariant'],
  about: 'a file that must stay is deleted by every class there is',
  prepare: (files) => void files.close(files.create('C:\\precious')),
  applications: [(files) => {
    const file = files.open('C:\\precious');
    files.remove(file);
    files.removeEx(file);
    files.close(file);
  }],
  check: (files) => {
    const file = files.open('C:\\precious');
    must(file.status === 0, `the file that must stay is gone: ${file.statusName}`);
    files.close(file);
  },
});
