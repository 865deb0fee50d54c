// BZ-018: one write.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-018', name: 'callback-wanted-but-not-registered', interleaving: 'any',
  detectors: ['contract'],
  about: 'the pre-write asks for a post-write that the filter has not registered',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.close(file);
  }],
});
