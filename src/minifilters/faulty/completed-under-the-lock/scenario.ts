// BZ-077: one read, with a filter above that reads ahead.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-077', name: 'completed-under-the-lock', interleaving: 'any',
  detectors: ['lock-usage', 'deadlock'],
  about: 'the end of a read begins another one',
  completion: 'inline',
  filters: [{
    name: 'above', module: new URL('./above.js', import.meta.url).href, altitude: '380000',
  }],
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'some text');
    files.read(file, 0, 4);
    files.close(file);
  }],
});
