// The null file system: everything ends at once, nothing is allocated per operation.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootBelow } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, IOSB, SYNC, close, create, information, listOnce, must, nameOfHandle, query,
  read, set,
  write } from '#test/fs/support/files.ts';
import { KiStopProcessor } from '#src/ntos/ke/thread.ts';
import { poolUsage } from '#src/ntos/ex/pool/pool-tags.ts';
import { IoCreateVolume, IoDeleteVolume, shutdownVolumes } from '#src/ntos/io/object/volume.ts';
import { FILE_OBJECT } from '#src/ntos/io/types.ts';
import { fileByHandle, releaseFile } from '#src/ntos/io/service/service.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { createNullFsVolume, destroyNullFsVolume } from '#src/fs/null-fs.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '#src/ntos/io/types.ts';

let device: PDEVICE_OBJECT;
let disk: PDEVICE_OBJECT;
beforeEach(() => {
  bootBelow();
  device = createNullFsVolume();
  disk = IoCreateVolume('\\Device\\Null', 'C', device);
});
afterEach(() => {
  IoDeleteVolume(disk);
  destroyNullFsVolume(device);
  shutdownVolumes();
  KiStopProcessor();
});

function streamOf(handle: number): number {
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  const stream = FILE_OBJECT.bound.FsContext(file);
  releaseFile(file);
  return stream;
}

function blocks(): number {
  return poolUsage().reduce((sum, use) => sum + use.blocks, 0);
}

describe('a null volume', () => {
  test('opens every name, and the same name is the same stream', () => {
    const one = must('\\some\\file');
    const same = must('\\SOME\\FILE', { disposition: c.FILE_CREATE });
    const other = must('\\another');
    expect(streamOf(same)).toBe(streamOf(one));
    expect(streamOf(other)).not.toBe(streamOf(one));
    for (const handle of [one, same, other]) close(handle);
  });

  test('answers each request at once with something plausible', () => {
    const handle = must('\\dir\\file', { options: SYNC });
    expect(write(handle, 100, 'swallowed')).toBe('SUCCESS');
    expect(information()).toBe(9);
    expect(read(handle, 0, 9)).toHaveLength(9);
    expect(query(handle, cls.FileInternalInformation, 8)).toBe('SUCCESS');
    expect(nameOfHandle(handle)).toBe('\\dir\\file');
    expect(set(handle, cls.FileEndOfFileInformation, 8)).toBe('SUCCESS');
    expect(listOnce(handle)).toBe('NO_SUCH_FILE');
    close(handle);
    const opened = create('\\x');
    expect(opened.information).toBe(c.FILE_OPENED);
    close(opened.handle);
  });

  test('holds no more pool after a thousand operations than before', () => {
    const handle = must('\\file');
    NtReadFile(handle, 0, IOSB, BUFFER, 4096, 0);
    const before = blocks();
    for (let i = 0; i < 1000; i++) NtReadFile(handle, 0, IOSB, BUFFER, 4096, 0);
    expect(blocks()).toBe(before);
    close(handle);
  });
});
