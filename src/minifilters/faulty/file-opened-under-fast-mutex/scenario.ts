// BZ-008: two files are closed.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

export const story = zooScenario({
  id: 'BZ-008', name: 'file-opened-under-fast-mutex', interleaving: 'any',
  detectors: ['irql-rule', 'deadlock', 'never-complete'],
  about: 'the pre-cleanup opens a log file while it holds a fast mutex',
  applications: [0, 1].map((n) => (files: Files) => {
    files.close(files.create(`C:\\file${n}`));
  }),
});
