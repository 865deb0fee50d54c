// How much of the JavaScript heap one operation takes: a read through 3 filters on null-fs, ten
// million times; what the heap grew by, step by step, over the operations. A step in which V8
// collected tells nothing and is left out; where nothing is allocated nothing is collected.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { kernelRoutine } from '../../src/mem/routine.ts';
import { IRP_MJ_READ } from '../../src/ntos/io/types.ts';
import { NtReadFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../src/ntos/status-codes.ts';
import { USER_BUFFER, USER_STATUS, addFilters, bootWithFile } from '../stack.ts';
import { sendInline } from '../send.ts';
import type { Figure, TopologyCase } from '../case.ts';
import type { PFILE_OBJECT } from '../../src/ntos/io/types.ts';

const OPERATIONS = 10_000_000;
const STEPS = 50;
const WARMUP = 400_000;
const stop = kernelRoutine('BenchHeapCompletion', () => STATUS_MORE_PROCESSING_REQUIRED);

/** Bytes of the heap per operation, and nanoseconds. */
function measure(operation: () => void, operations: number): { bytes: number; ns: number } {
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) operation();
  };
  run(Math.min(WARMUP, operations));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const each = Math.ceil(operations / STEPS);
  let grown = 0;
  let counted = 0;
  const start = performance.now();
  for (let step = 0; step < STEPS; step++) {
    const before = process.memoryUsage().heapUsed;
    run(each);
    const more = process.memoryUsage().heapUsed - before;
    if (more < 0) continue;
    grown += more;
    counted += each;
  }
  const ns = ((performance.now() - start) * 1e6) / (each * STEPS);
  return { bytes: counted === 0 ? Infinity : grown / counted, ns };
}

function measureBoth(name: string, operations: number): Figure[] {
  const { handle, file } = bootWithFile('null-fs');
  addFilters(3, [IRP_MJ_READ]);
  const irp = (): void => {
    sendInline(file as PFILE_OBJECT, USER_BUFFER, 0, stop);
  };
  const service = (): void => {
    NtReadFile(handle, 0, USER_STATUS, USER_BUFFER, 0, 0);
  };
  const row = (task: string, operation: () => void, count: number): Figure => {
    const { bytes, ns } = measure(operation, count);
    return { case: name, task, ns, spread: 0, p99: ns, samples: STEPS, bytesPerOperation: bytes };
  };
  return [row('one operation, 3 filters', irp, operations),
    row('NtReadFile, 3 filters', service, operations / 10)];
}

export default {
  title: 'bytes of the JavaScript heap per operation',
  figures: async (name: string) => Promise.resolve(measureBoth(name, OPERATIONS)),
  check: async () => {
    const rows = measureBoth('', 500);
    if (rows.some(({ bytesPerOperation }) => !(Number(bytesPerOperation) >= 0))) {
      throw new Error('the heap was not measured');
    }
    return Promise.resolve();
  },
} satisfies TopologyCase;
