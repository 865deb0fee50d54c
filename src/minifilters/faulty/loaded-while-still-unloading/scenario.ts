// BZ-030: the filter is unloaded and loaded again at once, under load.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-030', name: 'loaded-while-still-unloading', interleaving: 'chosen',
  detectors: ['drain-teardown', 'data-race'],
  about: 'the filter is loaded again while the previous unload still tears its globals down',
  applications: [(files) => void files.close(files.create('C:\\file'))],
  control: (control) => {
    control.unload();
    control.load();
  },
});
