// The two ways to walk a volume's callbacks: the interpreter, which states the rules, and the chain
// compiled from them. Volumes with 0, 1, 3, 8 and 16 filters, reads only or eight majors in turn,
// every callback with text of its own. The ratio of an interpreter's row says what compiling buys.
//
// What happens inside a chain goes through the interpreter, since a processor's gate has one place
// only: where it says that it is busy the whole walk does.
import { i32 as words } from '../../src/mem/memory.ts';
import { chainFor } from '../../src/fltmgr/chain/chain.ts';
import { BUSY_BELOW, chainBusy } from '../../src/fltmgr/chain/instance-gate.ts';
import { majorSlot } from '../../src/fltmgr/attach/object.ts';
import { bootMachine } from '../../src/machine/boot.ts';
import { IRP_MJ_READ } from '../../src/ntos/io/types.ts';
import { callbackPair } from '../stack.ts';
import { addFilterTo, mountNullVolume } from '../volumes.ts';
import { majors, operations } from './callback-walk.bench.ts';
import type { BenchCase, Task } from '../case.ts';
import type { BenchVolume } from '../volumes.ts';

const i32 = words;
const FILTERS = [0, 1, 3, 8, 16];
const WARM = 4;

function volumeWith(filters: number, letter: string): BenchVolume {
  const made = mountNullVolume(letter);
  for (let i = 0; i < filters; i++) {
    addFilterTo(made.volume, majors.map((major) =>
      ({ major, ...callbackPair(filters * 4096 + i * 256 + major) })));
  }
  return made;
}

/** The task, walked by the interpreter. */
function interpreted(task: Task, volume: BenchVolume, name: string, yardstick: string): Task {
  const run = (): number => {
    const before = i32[chainBusy >> 2]!;
    i32[chainBusy >> 2] = BUSY_BELOW;
    const done = chainFor(volume.volume, majorSlot(IRP_MJ_READ)) === null ? task.run() : -1;
    i32[chainBusy >> 2] = before;
    return done;
  };
  return { ...task, name, run, yardstick };
}

function tasks(): Task[] {
  bootMachine();
  return FILTERS.flatMap((filters, n) => {
    const volume = volumeWith(filters, 'KLMNO'[n]!);
    const two = [[IRP_MJ_READ], majors].map((some): Task[] => {
      const what = `${filters} filter${filters === 1 ? '' : 's'}${some.length > 1 ? ', mixed' : ''}`;
      const chain = operations(volume.file, `${what}: chain`, some);
      for (let i = 0; i < WARM * some.length; i++) chain.run();
      return [chain, interpreted(chain, volume, `${what}: interpreter`, chain.name)];
    });
    return two.flat();
  });
}

export default { title: 'the walk, compiled and interpreted', tasks } satisfies BenchCase;
