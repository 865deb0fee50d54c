// Requests of requestors, each on a file of its own: reads by the system service, and IRPs that the
// requestor sends itself and whose completion it sees at a word. The ping-pong between two
// requestors is what two threads need at the least to tell each other something.
import { doorInto, store } from '../../src/atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../src/ntos/ex/types.ts';
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { fileByHandle, releaseFile } from '../../src/ntos/io/service/service.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { calmStorage } from '../../src/fs/storage.ts';
import { open } from '../../test/support/open-file.ts';
import { sendRead } from './send.ts';
import { tellCompleted } from './routines.ts';
import { SCRATCH, playSteps } from '../../src/lab/bench/steps.ts';
import type { PFILE_OBJECT } from '../../src/ntos/io/types.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BATCH = 64;
const TAG = 0x68636e62;
const BYTES = 4096;
/** User memory: each requestor has a piece of its own. */
const USER = 0x20000;
const PIECE = 0x4000;
/** A word that never comes must not keep a requestor for ever. */
const LOOKS = 1 << 22;

interface Mine {
  readonly handle: number;
  readonly file: PFILE_OBJECT;
  readonly buffer: number;
  readonly iosb: number;
}

function ownFile(index: number): Mine {
  const { handle, status } = open(`C:\\bench-${index}`, { disposition: FILE_OPEN_IF });
  if (status < 0) throw new Error(`bench-${index} did not open: 0x${(status >>> 0).toString(16)}`);
  const buffer = USER + index * PIECE;
  const iosb = buffer + 0x2000;
  calmStorage(true);
  NtWriteFile(handle, 0, iosb, buffer, BYTES, 0);
  calmStorage(false);
  return { handle, file: fileByHandle(handle, 0) as PFILE_OBJECT, buffer, iosb };
}

/** NtReadFile of so many bytes. */
function reads(mine: Mine, bytes: number): Batch {
  return () => {
    for (let i = 0; i < BATCH; i++) NtReadFile(mine.handle, 0, mine.iosb, mine.buffer, bytes, 0);
    return BATCH;
  };
}

/** IRPs, one at a time; the next one when the completion of the last was seen. */
function irps(mine: Mine): Batch {
  const word = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
  return () => {
    for (let i = 0; i < BATCH; i++) {
      store(word, 0);
      sendRead(mine.file, mine.buffer, 0, tellCompleted, word);
    }
    return BATCH;
  };
}

const PING = SCRATCH;
const PONG = SCRATCH + 128;

/** Requestor 0 asks, requestor 1 answers; a round trip is an operation of requestor 0. */
function pingPong(gate: WebAssembly.Memory, index: number): Batch {
  const door = doorInto(gate);
  const [mine, other] = index === 0 ? [PING, PONG] : [PONG, PING];
  return () => {
    for (let i = 0; i < BATCH; i++) {
      const before = door.load(mine);
      if (index === 0) door.store(mine, before + 1);
      const wanted = before + 1;
      let looks = index === 0 ? LOOKS : LOOKS >> 8;
      while (door.load(other) < wanted && looks > 0) looks--;
      if (index === 1 && door.load(other) >= wanted) door.store(mine, wanted);
    }
    return index === 0 ? BATCH : 0;
  };
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  const mine = ownFile(place.index);
  const results = playSteps(told, place, {
    read: () => reads(mine, BYTES),
    'read nothing': () => reads(mine, 0),
    irp: () => irps(mine),
    'ping-pong': () => pingPong(told.gate, place.index),
  });
  releaseFile(mine.file);
  NtClose(mine.handle);
  return results;
}
