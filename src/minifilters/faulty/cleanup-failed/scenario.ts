// BZ-017: one file that is opened, blocked by what is written to it, and closed.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-017', name: 'cleanup-failed', interleaving: 'any',
  detectors: ['contract'],
  about: 'a file that was opened before it was blocked is closed, and the filter denies the ' +
    'cleanup',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'a longer text');
    files.close(file);
  }],
});
