// BZ-048: two applications write to one file; each write makes the filter read.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function writes(files: Files): void {
  const file = files.create('C:\\shared');
  files.write(file, 0, 'some text');
  files.close(file);
}

export const story = zooScenario({
  id: 'BZ-048', name: 'lock-held-across-io', interleaving: 'any',
  detectors: ['lock-usage', 'deadlock'],
  about: 'writes that make the filter read',
  applications: [writes, writes],
});
