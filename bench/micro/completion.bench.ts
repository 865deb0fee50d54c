// What a post-operation callback adds to the completion of a request, in the ways in which one can
// come to run: with the pre-operation, alone, after a synchronised pre-operation, when a filter
// below has pended the request, and when the post-operation itself is pended.
//
//   IoCallDriver --> pre --> null-fs --> IofCompleteRequest --> post --> the sender's routine
import { FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED, FLT_PREOP_COMPLETE,
  FLT_PREOP_PENDING, FLT_PREOP_SUCCESS_NO_CALLBACK, FLT_PREOP_SUCCESS_WITH_CALLBACK,
  FLT_PREOP_SYNCHRONIZE } from '../../src/fltmgr/constants.ts';
import { FltCompletePendedPostOperation, FltCompletePendedPreOperation }
  from '../../src/fltmgr/pending/pending.ts';
import { kernelRoutine } from '../../src/mem/routine.ts';
import { bootMachine } from '../../src/machine/boot.ts';
import { IRP_MJ_READ } from '../../src/ntos/io/types.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../src/ntos/status-codes.ts';
import { beginRead, endRead } from '../send.ts';
import { USER_BUFFER } from '../stack.ts';
import { addFilterTo, mountNullVolume } from '../volumes.ts';
import type { BenchCase, Task } from '../case.ts';
import type { FilterSketch } from '../../test/support/make-filter.ts';
import type { PFLT_CALLBACK_DATA } from '../../src/fltmgr/types.ts';

const BATCH = 200;
const stop = kernelRoutine('BenchCompletionStop', () => STATUS_MORE_PROCESSING_REQUIRED);
type Callbacks = Omit<FilterSketch['operations'][number], 'major'>;

let pended = 0;
let posts = 0;
const goOn = (): void => undefined;
const endPre = (): void => {
  FltCompletePendedPreOperation(pended as PFLT_CALLBACK_DATA, FLT_PREOP_COMPLETE, 0 as never);
};
const endPost = (): void => FltCompletePendedPostOperation(pended as PFLT_CALLBACK_DATA);

const pass = (): number => FLT_PREOP_SUCCESS_WITH_CALLBACK;
const leave = (): number => FLT_PREOP_SUCCESS_NO_CALLBACK;
const count = (): number => {
  posts++;
  return FLT_POSTOP_FINISHED_PROCESSING;
};
const pendsPre: Callbacks = { pre: (Data) => {
  pended = Data.address;
  return FLT_PREOP_PENDING;
} };
const pendsPost: Callbacks = { pre: pass, post: (Data) => {
  pended = Data.address;
  posts++;
  return FLT_POSTOP_MORE_PROCESSING_REQUIRED;
} };

let letters = 0;

/** Reads of a volume with these filters, the highest first; `after` does what is left to do. */
function task(name: string, filters: readonly Callbacks[], post: number, after: () => void,
  yardstick?: string): Task {
  const { volume, file } = mountNullVolume('KLMNOPQRST'[letters++]!);
  for (const one of filters) addFilterTo(volume, [{ major: IRP_MJ_READ, ...one }]);
  const run = (): number => {
    posts = 0;
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      const irp = beginRead(file, USER_BUFFER, 0, stop, 0);
      after();
      if (endRead(irp) === 0) done++;
    }
    return done + posts;
  };
  return { name, batch: BATCH, run, checksum: BATCH * (1 + post),
    ...(yardstick !== undefined && { yardstick }) };
}

function tasks(): Task[] {
  bootMachine();
  const only = 'pre-operation only';
  const below = 'pended below, no post-operation';
  return [
    task(only, [{ pre: leave }], 0, goOn),
    task('with post-operation', [{ pre: pass, post: count }], 1, goOn, only),
    task('post-operation only', [{ post: count }], 1, goOn, only),
    task('synchronised', [{ pre: () => FLT_PREOP_SYNCHRONIZE, post: count }], 1, goOn, only),
    task('post-operation pended', [pendsPost], 1, endPost, only),
    task(below, [{ pre: leave }, pendsPre], 0, endPre, only),
    task('pended below, post-operation', [{ pre: pass, post: count }, pendsPre], 1, endPre, below),
  ];
}

export default { title: 'completion with and without post-operation callbacks', tasks } satisfies
  BenchCase;
