// The volume: what it says about itself, its controls, its journal.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NOTHING, bootRamfs } from '#test/fs/support/boot-ramfs.ts';
import { BUFFER, INPUT, IOSB, READ, SYNC, close, control, create, deviceControl, getLarge,
  information,
  makeFile, must, nameOf, putLarge, queryVolume, read, rename, setSize, textAt, write }
  from '#test/fs/support/files.ts';
import { fillBytes, i32, u16, u32, u8 } from '#src/mem/memory.ts';
import { writeUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { NtSetVolumeInformationFile } from '#src/ntos/io/service/nt-information.ts';
import * as io from '#src/ntos/io/control-codes.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { RamfsMachine } from '#test/fs/support/boot-ramfs.ts';

let machine: RamfsMachine;
let volume: number;
beforeEach(() => {
  machine = bootRamfs({ label: 'Label', serial: 0xa85a5794, size: 2 ** 24 });
  volume = must('', { path: 'C:' });
});
afterEach(() => {
  if (volume !== 0) close(volume);
  expect(machine.end()).toEqual(NOTHING);
});

describe('volume information', () => {
  test('is what the volume was mounted with', () => {
    expect(queryVolume(volume, cls.FileFsVolumeInformation)).toBe('SUCCESS');
    expect(u32[(BUFFER + 8) >> 2]).toBe(0xa85a5794);
    expect(textAt(BUFFER + 18, i32[(BUFFER + 12) >> 2]!)).toBe('Label');
    expect(queryVolume(volume, cls.FileFsVolumeInformation, 24)).toBe('BUFFER_OVERFLOW');
    expect(information()).toBe(24);
    expect(queryVolume(volume, cls.FileFsVolumeInformation, 20)).toBe('INFO_LENGTH_MISMATCH');
    expect(queryVolume(volume, cls.FileFsAttributeInformation)).toBe('SUCCESS');
    expect(i32[(BUFFER + 4) >> 2]).toBe(255);
    expect(textAt(BUFFER + 12, i32[(BUFFER + 8) >> 2]!)).toBe('NTFS');
  });

  test('tells the space that is left', () => {
    expect(queryVolume(volume, cls.FileFsFullSizeInformation)).toBe('SUCCESS');
    expect(getLarge(BUFFER)).toBe(4096);
    const free = getLarge(BUFFER + 8);
    makeFile('\\f', 'x'.repeat(3 * 4096));
    queryVolume(volume, cls.FileFsSizeInformation);
    expect(getLarge(BUFFER + 8)).toBe(free - 4);
    close(must('\\f', { options: SYNC | c.FILE_DELETE_ON_CLOSE }));
    queryVolume(volume, cls.FileFsSizeInformation);
    expect(getLarge(BUFFER + 8)).toBe(free);
  });

  test('has an object id, a device and a sector size, and no other classes', () => {
    expect(queryVolume(volume, cls.FileFsObjectIdInformation, 64)).toBe('SUCCESS');
    expect(queryVolume(volume, cls.FileFsDeviceInformation)).toBe('SUCCESS');
    expect(queryVolume(volume, cls.FileFsSectorSizeInformation)).toBe('SUCCESS');
    expect(i32[BUFFER >> 2]).toBe(512);
    expect(queryVolume(volume, cls.FileFsDriverPathInformation)).toBe('INVALID_INFO_CLASS');
  });

  test('takes another label', () => {
    i32[INPUT >> 2] = writeUtf16(INPUT + 4, 'New');
    expect(nameOf(NtSetVolumeInformationFile(volume, IOSB, INPUT, 10, cls.FileFsLabelInformation)))
      .toBe('SUCCESS');
    queryVolume(volume, cls.FileFsVolumeInformation);
    expect(textAt(BUFFER + 18, i32[(BUFFER + 12) >> 2]!)).toBe('New');
  });
});

describe('locking the volume', () => {
  test('needs to be alone on it, and keeps everyone out', () => {
    const file = must('\\f', { disposition: c.FILE_CREATE });
    expect(control(volume, io.FSCTL_LOCK_VOLUME, 0, 0)).toBe('ACCESS_DENIED');
    close(file);
    expect(control(volume, io.FSCTL_LOCK_VOLUME, 0, 0)).toBe('SUCCESS');
    expect(create('\\f').status).toBe('ACCESS_DENIED');
    expect(control(volume, io.FSCTL_UNLOCK_VOLUME, 0, 0)).toBe('SUCCESS');
    expect(control(volume, io.FSCTL_UNLOCK_VOLUME, 0, 0)).toBe('NOT_LOCKED');
    expect(create('\\missing').status).toBe('OBJECT_NAME_NOT_FOUND');
  });

  test('ends with the handle', () => {
    expect(control(volume, io.FSCTL_LOCK_VOLUME, 0, 0)).toBe('SUCCESS');
    close(volume);
    volume = must('', { path: 'C:' });
  });
});

describe('a dismounted volume', () => {
  test('answers nothing but the ends of what is open', () => {
    makeFile('\\f', 'x');
    const file = must('\\f');
    expect(control(file, io.FSCTL_IS_VOLUME_MOUNTED)).toBe('SUCCESS');
    expect(control(volume, io.FSCTL_DISMOUNT_VOLUME, 0, 0)).toBe('SUCCESS');
    expect(read(file, 0, 1)).toBe('VOLUME_DISMOUNTED');
    expect(create('\\f').status).toBe('VOLUME_DISMOUNTED');
    close(file);
  });
});

describe('device controls', () => {
  test('are answered on the volume, and invalid on a file', () => {
    const file = must('\\f', { disposition: c.FILE_CREATE });
    expect(deviceControl(file, io.IOCTL_MOUNTDEV_QUERY_DEVICE_NAME)).toBe('INVALID_PARAMETER');
    close(file);
    expect(deviceControl(volume, io.IOCTL_MOUNTDEV_QUERY_DEVICE_NAME)).toBe('SUCCESS');
    expect(textAt(BUFFER + 2, u16[BUFFER >> 1]!)).toBe('\\Device\\HarddiskVolume1');
    expect(deviceControl(volume, io.IOCTL_STORAGE_CHECK_VERIFY, 0)).toBe('SUCCESS');
    expect(deviceControl(volume, io.IOCTL_DISK_GET_DRIVE_GEOMETRY)).toBe('SUCCESS');
    expect(i32[(BUFFER + 20) >> 2]).toBe(512);
    expect(deviceControl(volume, io.IOCTL_DISK_VERIFY)).toBe('INVALID_DEVICE_REQUEST');
  });
});

describe('file-system controls', () => {
  test('that nobody serves are invalid requests', () => {
    const file = must('\\f', { disposition: c.FILE_CREATE });
    expect(control(file, io.FSCTL_GET_EXTERNAL_BACKING)).toBe('INVALID_DEVICE_REQUEST');
    expect(control(file, 0x902eb)).toBe('INVALID_DEVICE_REQUEST');
    expect(control(file, io.FSCTL_LOCK_VOLUME, 0, 0)).toBe('INVALID_PARAMETER');
    close(file);
  });

  test('tell where a sparse file has data, and take data away', () => {
    const file = must('\\f', { disposition: c.FILE_CREATE });
    write(file, 0, 'x'.repeat(4096 * 4));
    write(file, 4096 * 10, 'y');
    const ranges = (): [number, number][] => {
      putLarge(INPUT, 0);
      putLarge(INPUT + 8, 2 ** 40);
      expect(control(file, io.FSCTL_QUERY_ALLOCATED_RANGES, 16)).toBe('SUCCESS');
      return Array.from({ length: information() / 16 }, (_, i) =>
        [getLarge(BUFFER + i * 16), getLarge(BUFFER + i * 16 + 8)]);
    };
    expect(ranges()).toEqual([[0, 40961]]);
    expect(control(file, io.FSCTL_SET_SPARSE, 0, 0)).toBe('SUCCESS');
    expect(ranges()).toEqual([[0, 16384], [40960, 1]]);
    putLarge(INPUT, 4000);
    putLarge(INPUT + 8, 8192);
    expect(control(file, io.FSCTL_SET_ZERO_DATA, 16, 0)).toBe('SUCCESS');
    expect(ranges()).toEqual([[0, 4096], [8192, 8192], [40960, 1]]);
    expect(read(file, 3998, 4)).toBe('xx\0\0');
    putLarge(INPUT, 0);
    expect(control(file, io.FSCTL_GET_RETRIEVAL_POINTERS, 8)).toBe('SUCCESS');
    expect(i32[BUFFER >> 2]).toBeGreaterThanOrEqual(4);
    setSize(file, cls.FileEndOfFileInformation, 0);
    expect(control(file, io.FSCTL_GET_RETRIEVAL_POINTERS, 8)).toBe('END_OF_FILE');
    close(file);
  });
});

interface UsnRecord {
  readonly name: string;
  readonly reason: number;
}

/** Reads the journal from a USN on: the records and where to go on. */
function readJournal(from: number): { records: UsnRecord[]; next: number } {
  control(volume, io.FSCTL_QUERY_USN_JOURNAL, 0, 80);
  const id = getLarge(BUFFER);
  fillBytes(INPUT, 0, 40);
  putLarge(INPUT, from);
  u32[(INPUT + 8) >> 2] = 0xffffffff;
  putLarge(INPUT + 32, id);
  expect(control(volume, io.FSCTL_READ_USN_JOURNAL, 40, 65536)).toBe('SUCCESS');
  const records: UsnRecord[] = [];
  for (let at = BUFFER + 8; at < BUFFER + information(); at += u32[at >> 2]!) {
    records.push({ name: textAt(at + 60, u16[(at + 56) >> 1]!), reason: u32[(at + 40) >> 2]! });
  }
  return { records, next: getLarge(BUFFER) };
}

describe('the journal', () => {
  test('records what happened to which file, and that it was closed', () => {
    const start = readJournal(0).next;
    const file = must('\\f', { disposition: c.FILE_CREATE });
    write(file, 0, 'x');
    rename(file, 'g');
    close(file);
    const { records, next } = readJournal(start);
    expect(records).toEqual([
      { name: 'f', reason: 0x100 },
      { name: 'f', reason: 0x102 },
      { name: 'f', reason: 0x1102 },
      { name: 'g', reason: 0x3102 },
      { name: 'g', reason: 0x80003102 },
    ]);
    expect(readJournal(next).records).toEqual([]);
  });

  test('forgets the oldest records, and says so to who wanted them', () => {
    makeFile('\\first');
    const early = readJournal(0).next;
    for (let i = 0; i < 600; i++) makeFile(`\\a-file-with-a-longer-name-${i}`);
    fillBytes(INPUT, 0, 40);
    control(volume, io.FSCTL_QUERY_USN_JOURNAL, 0, 80);
    putLarge(INPUT + 32, getLarge(BUFFER));
    putLarge(INPUT, early);
    expect(control(volume, io.FSCTL_READ_USN_JOURNAL, 40, 65536)).toBe('0xc00002cf');
    expect(readJournal(0).records.length).toBeGreaterThan(100);
  });

  test('stands behind the record of a file', () => {
    makeFile('\\f');
    const file = must('\\f', { desiredAccess: READ });
    expect(control(file, io.FSCTL_READ_FILE_USN_DATA, 0, 1024)).toBe('SUCCESS');
    expect(textAt(BUFFER + 60, u16[(BUFFER + 56) >> 1]!)).toBe('f');
    expect(control(file, io.FSCTL_READ_FILE_USN_DATA, 0, 32)).toBe('BUFFER_TOO_SMALL');
    expect(control(file, io.FSCTL_WRITE_USN_CLOSE_RECORD, 0, 8)).toBe('SUCCESS');
    expect(u8[BUFFER]).toBeGreaterThanOrEqual(0);
    close(file);
  });
});
