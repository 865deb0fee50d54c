// What replay identity is shown on: a scenario over words and two on machines. The second machine is
// as hostile as one can be: storage completes when and where the schedule likes, allocations of the
// filter fail, and the filter leaves the volume and comes back meanwhile.
import { scenario } from '#src/lab/hunt/machine/scenario.ts';
import type { Files } from '#src/lab/hunt/machine/files.ts';

function traffic(files: Files, index: number): void {
  const file = files.create(`C:\\file${index % 2}`);
  files.write(file, 0, 'some text');
  files.read(file, 0, 9);
  files.close(file);
}

export const quietMachine = scenario({
  name: 'quiet-machine', completion: 'inline', applications: [traffic, traffic],
});

export const hostileMachine = scenario({
  name: 'hostile-machine', completion: 'hostile', faults: 3, systemWorkers: 2,
  applications: [traffic, traffic],
  control(control) {
    for (let index = 0; index < control.filters; index++) {
      control.detach(index);
      control.attach(index);
    }
  },
});
