// Reads whose place in the file tells the filter what to do with them (pending-filter.ts): nothing,
// pend the pre-operation, pend the post-operation.
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { open } from '../../test/support/open-file.ts';
import { PENDS_POST, PENDS_PRE } from '../pending-filter.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BATCH = 16;
const BYTES = 512;
const USER = 0x20000;
const PIECE = 0x8000;
const FILE_BYTES = 0x4000;
const NOT_CACHED = 1;

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  const buffer = USER + place.index * PIECE;
  const iosb = buffer + 0x6000;
  const { handle, status } = open(`C:\\pended-${place.index}`, { disposition: FILE_OPEN_IF });
  if (status < 0) throw new Error(`no file: 0x${(status >>> 0).toString(16)}`);
  NtWriteFile(handle, 0, iosb, buffer, FILE_BYTES, 0);
  // Not cached, so that they come as IRPs: fast I/O cannot be pended.
  const reads = (offset: number) => (): Batch => () => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      if (NtReadFile(handle, 0, iosb, buffer, BYTES, offset, 0, NOT_CACHED) === 0) done++;
    }
    return done;
  };
  const results = playSteps(told, place, {
    'passed on': reads(0),
    'pre-operation pended': reads(PENDS_PRE),
    'post-operation pended': reads(PENDS_POST),
  });
  NtClose(handle);
  return results;
}
