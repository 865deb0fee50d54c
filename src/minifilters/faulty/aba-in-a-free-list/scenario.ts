// BZ-070: three applications read; when the filter goes, it frees what is in its list.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function reads(files: Files, index: number): void {
  const file = files.open(`C:\\file${index}`);
  files.read(file, 0, 4);
  files.read(file, 0, 4);
  files.close(file);
}

export const story = zooScenario({
  id: 'BZ-070', name: 'aba-in-a-free-list', interleaving: 'chosen',
  detectors: ['lifetime', 'invariant', 'data-race'],
  about: 'reads that take buffers from a list without a lock',
  prepare: (files) => {
    for (const index of [0, 1, 2]) {
      const file = files.create(`C:\\file${index}`);
      files.write(file, 0, 'text');
      files.close(file);
    }
  },
  applications: [reads, reads, reads],
});
