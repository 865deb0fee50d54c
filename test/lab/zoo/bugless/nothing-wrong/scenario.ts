// Opens a file; nothing is wrong.
import { zooScenario } from '#src/lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-900', name: 'nothing-wrong', interleaving: 'any', detectors: ['leak'],
  applications: [(files) => void files.close(files.create('C:\\file'))],
});
