// BZ-065: two applications write, each to its own file.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function writes(files: Files, index: number): void {
  const file = files.create(`C:\\file${index}`);
  files.write(file, 0, 'some text');
  files.close(file);
}

export const story = zooScenario({
  id: 'BZ-065', name: 'lost-update', interleaving: 'chosen',
  detectors: ['data-race', 'invariant'],
  about: 'two writes at the same time',
  applications: [writes, writes],
});
