// Two applications: one holds an oplock and answers its break late, one writes in the meantime.
import { load, notify, store, wait } from '#src/atomics-sync/atomics.ts';
import { MACHINE_RUNNING, machineState } from '#src/ntos/ke/bug-check.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { close, must, write } from '#test/fs/support/files.ts';
import { RWH, acknowledge, ask, awaitEnd, request } from '#test/fs/support/oplocks.ts';
import { NULL_WAIT } from './null-wait-words.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

const PATH = '\\owned';
const ASYNC = { options: c.FILE_NON_DIRECTORY_FILE, disposition: c.FILE_OPEN_IF };
const SYNC = { ...ASYNC, options: ASYNC.options | c.FILE_SYNCHRONOUS_IO_NONALERT };
const GLANCE_MS = 100;
const GLANCES = 200;
/** How long the holder keeps its answer back: a check that does not wait returns meanwhile. */
const LATE_MS = 20;

function until(word: number, value: number): void {
  for (let n = 0; n < GLANCES && machineState() === MACHINE_RUNNING; n++) {
    const seen = load(word);
    if (seen >= value) return;
    wait(word, seen, GLANCE_MS);
  }
  throw new Error('the other application is gone');
}

function tell(word: number, value: number): void {
  store(word, value);
  notify(word, 1);
}

function hold(round: number): void {
  const handle = must(PATH, ASYNC);
  store(NULL_WAIT.returned, 0);
  if (ask(handle, RWH) !== 'PENDING') throw new Error('no oplock was granted');
  tell(NULL_WAIT.granted, round);
  if (awaitEnd(request) !== 'SUCCESS') throw new Error('the break is not told');
  wait(NULL_WAIT.returned, 0, LATE_MS);
  acknowledge(handle, 0);
  until(NULL_WAIT.written, round);
  close(handle);
}

function intrude(round: number): void {
  until(NULL_WAIT.granted, round);
  const handle = must(PATH, SYNC);
  const status = write(handle, 0, 'record');
  if (status !== 'SUCCESS') throw new Error(`the write ended with ${status}`);
  close(handle);
  tell(NULL_WAIT.written, round);
}

/** Thread 0 holds, thread 1 writes; returns how many rounds there were. */
export function nullWaitWork({ rounds }: { rounds: number }, { index }: WorkloadContext): number {
  for (let round = 1; round <= rounds; round++) (index === 0 ? hold : intrude)(round);
  return rounds;
}
