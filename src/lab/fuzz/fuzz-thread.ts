// The fuzzer's thread: a checked machine in which it plays every part. It says which sequence it is
// in by a word that the host watches, so that one that never ends is known.
import { parentPort, workerData } from 'node:worker_threads';
import { settleBoot } from '../../mem/birth.ts';
import { nothingReached } from './reached.ts';
import type { CellAnswer, CellTold } from './cell.ts';

const told = workerData as CellTold;
settleBoot(told.boot);
const { FuzzMachine } = await import('./machine.ts');
const { campaign } = await import('./campaign.ts');
const { countCallbacks } = await import('./callbacks.ts');
const words = new Int32Array(told.words);

const machine = await FuzzMachine.map(told.images, told.compares);
const callbacks = countCallbacks();
const reached = nothingReached();
const say = (answer: CellAnswer): void => parentPort?.postMessage(answer, []);
if (told.replay === undefined) {
  const { seed, first, sequences } = told;
  const result = campaign(machine, { seed, first, sequences, reached,
    beginning: (index) => {
      words[0] = index - first;
    } });
  say({ ...result, reached: { ...reached, callbacks: callbacks() } });
} else {
  const fault = machine.run(told.replay, { reached });
  const stuck = machine.isStuck ? 1 : 0;
  const finding = fault && { fault, sequences: told.replay, drawn: told.replay.flat().length,
    index: 0, larger: [] };
  say({ stuck, ...(finding && { finding }), reached: { ...reached, callbacks: callbacks() } });
}
