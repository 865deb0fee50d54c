// BZ-052: as many reads at a time as there are system workers.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function reads(files: Files, index: number): void {
  const file = files.create(`C:\\file${index}`);
  files.write(file, 0, 'text');
  files.read(file, 0, 4);
  files.close(file);
}

export const story = zooScenario({
  id: 'BZ-052', name: 'work-item-waits-for-work-item', interleaving: 'chosen',
  detectors: ['work-queue', 'deadlock'],
  about: 'reads whose work routines wait for other work items',
  systemWorkers: 2,
  applications: [reads, reads],
});
