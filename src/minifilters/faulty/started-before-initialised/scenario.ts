// BZ-029: files are created all the time while the filter is unloaded and loaded again.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-029', name: 'started-before-initialised', interleaving: 'chosen',
  detectors: ['data-race', 'lifetime'],
  about: 'files are created while the filter is loaded, which starts filtering before it is ready',
  applications: [(files) => {
    for (let n = 0; n < 4; n++) files.close(files.create(`C:\\file${n}`));
  }],
  control: (control) => {
    control.unload();
    control.load();
  },
});
