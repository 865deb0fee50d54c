// The fuzzer's thread: a checked machine in which it plays every part. It says which sequence it is
// in by a word that the host watches, so that one that never ends is known.
import { parentPort, workerData } from 'node:worker_threads';
import { settleBoot } from '../../mem/birth.ts';
import type { FuzzAnswer, FuzzTold } from './fuzz.ts';

const told = workerData as FuzzTold;
settleBoot(told.boot);
const { FuzzMachine } = await import('./machine.ts');
const { campaign } = await import('./campaign.ts');
const words = new Int32Array(told.words);

const machine = await FuzzMachine.map(told.images, told.compares);
const say = (answer: FuzzAnswer): void => parentPort?.postMessage(answer, []);
if (told.replay === undefined) {
  say(campaign(machine, { seed: told.seed, sequences: told.sequences,
    beginning: (index) => {
      words[0] = index;
    } }));
} else {
  const fault = machine.run(told.replay, () => undefined);
  const stuck = machine.isStuck ? 1 : 0;
  say(fault === undefined ? { stuck } : { stuck, finding: { fault, sequences: told.replay,
    drawn: told.replay.flat().length, index: 0 } });
}
