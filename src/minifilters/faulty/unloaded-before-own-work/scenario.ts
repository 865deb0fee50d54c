// BZ-027: a write makes the filter queue work of its own; then it is unloaded.
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-027', name: 'unloaded-before-own-work', interleaving: 'chosen',
  detectors: ['drain-teardown', 'lifetime'],
  about: 'the filter is unloaded while a work item of its own is queued, which nobody waits for',
  applications: [(files) => {
    const file = files.create('C:\\file');
    files.write(file, 0, 'text');
    files.close(file);
  }],
  control: (control) => void control.unload(),
});
