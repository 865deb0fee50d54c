// BZ-021: two applications read at the same time.
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

function readOnce(files: Files, index: number): void {
  const file = files.create(`C:\\file${index}`);
  files.write(file, 0, 'text');
  files.read(file, 0, 4);
  files.close(file);
}

export const story = zooScenario({
  id: 'BZ-021', name: 'work-item-shared', interleaving: 'chosen',
  detectors: ['lifetime', 'double-complete'],
  about: 'two reads queue one work item, the second before the first has begun to run',
  applications: [readOnce, readOnce],
});
