// A cached read of 4 KiB through 3 filters on ramfs, as an IRP that the requestor sends, against the
// copy of 4 KiB alone plus one operation through the same filters on null-fs.
import { copyBytes as copy, i32 as words } from '../../src/mem/memory.ts';
import { kernelRoutine } from '../../src/mem/routine.ts';
import { mountVolume } from '../../src/machine/file-systems.ts';
import { IRP_MJ_READ } from '../../src/ntos/io/types.ts';
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { fileByHandle } from '../../src/ntos/io/service/service.ts';
import { STATUS_MORE_PROCESSING_REQUIRED } from '../../src/ntos/status-codes.ts';
import { open } from '../../test/support/open-file.ts';
import { USER_BUFFER, USER_STATUS, addFilters, bootWithFile } from '../stack.ts';
import { sendInline } from '../send.ts';
import type { BenchCase, Task } from '../case.ts';
import type { PFILE_OBJECT } from '../../src/ntos/io/types.ts';

const BATCH = 100;
const BYTES = 4096;
const MARK = 0x5a17;
const i32 = words;
const copyBytes = copy;
const stop = kernelRoutine('BenchReadCompletion', () => STATUS_MORE_PROCESSING_REQUIRED);

function batch(name: string, one: () => number, yardstick?: string): Task {
  const run = (): number => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) done += one();
    return done;
  };
  return { name, batch: BATCH, run, checksum: BATCH * MARK, ...(yardstick && { yardstick }) };
}

function tasks(): Task[] {
  const nowhere = bootWithFile('null-fs').file;
  mountVolume({ fileSystem: 'ramfs', name: '\\Device\\Ram', letter: 'R' });
  addFilters(3, [IRP_MJ_READ]);
  const { handle } = open('R:\\file', { disposition: FILE_OPEN_IF });
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const word = USER_BUFFER >> 2;
  i32[word] = MARK;
  NtWriteFile(handle, 0, USER_STATUS, USER_BUFFER, BYTES, 0);
  const copied = (): number => {
    i32[(USER_BUFFER + BYTES) >> 2] = 0;
    copyBytes(USER_BUFFER + BYTES, USER_BUFFER, BYTES);
    return i32[(USER_BUFFER + BYTES) >> 2]!;
  };
  const operation = (): number =>
    (sendInline(nowhere, USER_BUFFER, 0, stop) === 0 ? MARK : 0);
  const both = 'copy of 4 KiB, and an operation on null-fs';
  return [
    batch('copy of 4 KiB', copied),
    batch(both, () => copied() + operation() - MARK),
    batch('IRP, 3 filters, ramfs', () => {
      i32[word] = 0;
      sendInline(file, USER_BUFFER, BYTES, stop);
      return i32[word]!;
    }, both),
    batch('NtReadFile, 3 filters, ramfs', () => {
      i32[word] = 0;
      NtReadFile(handle, 0, USER_STATUS, USER_BUFFER, BYTES, 0);
      return i32[word]!;
    }, both),
  ];
}

export default { title: 'a cached read of 4 KiB', tasks } satisfies BenchCase;
