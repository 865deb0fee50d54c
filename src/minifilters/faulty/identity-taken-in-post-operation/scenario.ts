// BZ-007: two processes write; storage completes in threads of its own.
import { asynchronous } from '../../../lab/hunt/machine/files.ts';
import { must } from '../../../lab/hunt/machine/scenario.ts';
import { findProcess, startProcesses } from '../../../lab/workload/user/processes.ts';
import { zooScenario } from '../../../lab/zoo/scenario.ts';
import type { Files } from '../../../lab/hunt/machine/files.ts';

const processes = [{ id: 1000, name: 'A' }, { id: 1004, name: 'B' }];

function writeAs(id: number) {
  return (files: Files, index: number): void => {
    files.user.act(findProcess(id));
    const file = files.create(`C:\\file${index}`, asynchronous);
    const status = files.write(file, 0, 'text');
    must(status === 'STATUS_SUCCESS', `${id}'s write was taken for another's: ${status}`);
    files.close(file);
    files.user.act(findProcess(4));
  };
}

export const story = zooScenario({
  id: 'BZ-007', name: 'identity-taken-in-post-operation', interleaving: 'any',
  detectors: ['invariant', 'contract'],
  about: 'writes of two processes are completed in a storage thread, whose process is another one',
  completion: 'other-thread',
  prepare: () => startProcesses(processes),
  applications: processes.map(({ id }) => writeAs(id)),
});
