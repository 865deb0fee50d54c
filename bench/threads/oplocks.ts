// Oplocks that are granted and broken again. In the storm all requestors hold R on one file and
// write to it by turns: each write breaks what all of them hold. The duel is an owner's with a
// second open of its file, which breaks its RW oplock; the owner gives it up.
import { FILE_COMPLETE_IF_OPLOCKED, FILE_NON_DIRECTORY_FILE, FILE_OPEN_IF, FILE_SHARE_READ,
  FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT } from '../../src/ntos/io/file-constants.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { INPUT } from '../../test/fs/support/files.ts';
import { R, RW, acknowledge, ask, awaitEnd, request } from '../../test/fs/support/oplocks.ts';
import { open } from '../../test/support/open-file.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BATCH = 8;
const PATIENCE_MS = 5000;
const BUFFER = INPUT + 8192;
const IOSB = BUFFER + 4096;
const share = { shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE, disposition: FILE_OPEN_IF };
const wide = { ...share, options: FILE_NON_DIRECTORY_FILE };
const SYNCHRONOUS = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
const second = { ...share, options: SYNCHRONOUS | FILE_COMPLETE_IF_OPLOCKED };

function opened(path: string, how: typeof wide): number {
  const { handle, status } = open(path, how);
  if (status < 0) throw new Error(`${path}: 0x${(status >>> 0).toString(16)}`);
  return handle;
}

/** Asks for an oplock; whoever breaks it first ends the request. */
function held(owner: number, level: number): void {
  const status = ask(owner, level);
  if (status !== 'PENDING') throw new Error(`the oplock was not granted: ${status}`);
}

function broken(): void {
  const end = awaitEnd(request, PATIENCE_MS);
  if (end !== 'SUCCESS') throw new Error(`the oplock did not break: ${end}`);
}

function storm(handles: number[]): Batch {
  const owner = opened('C:\\storm', wide);
  const writer = opened('C:\\storm', { ...share, options: SYNCHRONOUS });
  handles.push(owner, writer);
  return () => {
    for (let i = 0; i < BATCH; i++) {
      held(owner, R);
      NtWriteFile(writer, 0, IOSB, BUFFER, 512, 0);
      broken();
    }
    return BATCH;
  };
}

function duel(index: number, handles: number[], withOplock: boolean): Batch {
  const path = `C:\\duel-${index}${withOplock ? '' : '-calm'}`;
  const owner = opened(path, wide);
  handles.push(owner);
  return () => {
    for (let i = 0; i < BATCH; i++) {
      if (withOplock) held(owner, RW);
      const breaker = opened(path, second);
      if (withOplock) {
        broken();
        acknowledge(owner, 0);
      }
      NtClose(breaker);
    }
    return BATCH;
  };
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  const handles: number[] = [];
  const results = playSteps(told, place, {
    'open and close': () => duel(place.index, handles, false),
    'RW broken by an open, given up': () => duel(place.index, handles, true),
    'R broken by writes': () => storm(handles),
  });
  handles.forEach((handle) => NtClose(handle));
  return results;
}
