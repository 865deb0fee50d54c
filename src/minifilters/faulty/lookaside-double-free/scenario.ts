// BZ-078: two applications read; one of the reads fails.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function reads(files: Files, index: number): void {
  const file = files.create(`C:\\file${index}`);
  files.write(file, 0, 'text');
  files.read(file, 0, 4);
  files.read(file, 1000, 4);
  files.close(file);
}

export const story = zooScenario({
  id: 'BZ-078', name: 'lookaside-double-free', interleaving: 'any',
  detectors: ['lifetime', 'leak'],
  about: 'reads, one of which fails',
  applications: [reads, reads],
});
