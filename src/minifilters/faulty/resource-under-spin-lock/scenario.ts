// BZ-004: one write that the filter holds back, and that its caller cancels.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';

export const story = zooScenario({
  id: 'BZ-004', name: 'resource-under-spin-lock', interleaving: 'any',
  detectors: ['irql-rule', 'lock-usage'],
  about: 'a pended write is cancelled, and its cancel routine cleans up under a spin lock',
  applications: [(files) => {
    const file = files.create('C:\\file', asynchronous);
    const request = files.startWrite(file, 0, 'text', () => undefined);
    files.cancel(file, request);
    files.settle();
    files.close(file);
  }],
});
