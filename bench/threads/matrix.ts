// Reads of 4 KiB by requestors, each of a file of its own on both volumes. Where requests do not end
// inline the reads are not cached: those are the ones that a disk completes.
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { boot } from '../../src/mem/boot-options.ts';
import { calmStorage } from '../../src/fs/storage.ts';
import { playSteps } from '../../src/lab/bench/steps.ts';
import { open } from '../../test/support/open-file.ts';
import type { Batch, StepResult, StepsData } from '../../src/lab/bench/steps.ts';

const BATCH = 16;
const BYTES = 4096;
const USER = 0x20000;
const PIECE = 0x4000;
const NOT_CACHED = 1;

function reads(handle: number, buffer: number): Batch {
  const flags = boot.completion === 'inline' ? 0 : NOT_CACHED;
  return () => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) {
      if (NtReadFile(handle, 0, buffer + 0x2000, buffer, BYTES, 0, 0, flags) === 0) done++;
    }
    return done;
  };
}

export function play(told: StepsData, place: { index: number; count: number }): StepResult[] {
  const buffer = USER + place.index * PIECE;
  const handles: number[] = [];
  const fileOn = (letter: string): number => {
    const { handle, status } = open(`${letter}:\\bench-${place.index}`,
      { disposition: FILE_OPEN_IF });
    if (status < 0) throw new Error(`no file on ${letter}: 0x${(status >>> 0).toString(16)}`);
    calmStorage(true);
    NtWriteFile(handle, 0, buffer + 0x2000, buffer, BYTES, 0);
    calmStorage(false);
    handles.push(handle);
    return handle;
  };
  const results = playSteps(told, place, {
    'ramfs': () => reads(fileOn('C'), buffer),
    'null-fs': () => reads(fileOn('N'), buffer),
  });
  handles.forEach((handle) => NtClose(handle));
  return results;
}
