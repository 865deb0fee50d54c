// BZ-082: one application opens a path, to which the other moves a file from elsewhere.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import { shared } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-082', name: 'decided-by-name', interleaving: 'chosen',
  detectors: ['toctou', 'invariant'],
  about: 'a file gets the path that somebody opens',
  prepare: (files) => void files.close(files.create('C:\\elsewhere')),
  applications: [
    (files) => {
      for (let n = 0; n < 3; n++) files.close(files.open('C:\\path', shared));
    },
    (files) => {
      const file = files.open('C:\\elsewhere', shared);
      files.rename(file, '\\??\\C:\\path');
      files.close(file);
    },
  ],
});
