// Control codes take their meaning from their bits; the numbers are the ones that recorded logs and
// the WDK show.
import { describe, expect, test } from 'vitest';
import * as codes from '#src/ntos/io/control-codes.ts';
import { FILE_DEVICE_FILE_SYSTEM } from '#src/ntos/io/object-constants.ts';

const { CTL_CODE, DEVICE_TYPE_FROM_CTL_CODE, METHOD_FROM_CTL_CODE } = codes;
const fsctls = Object.entries(codes).filter(([name]) => /^FSCTL_(?!PIPE_)/.test(name));
const everything = Object.entries(codes).filter(([name]) => /^(FSCTL|IOCTL)_/.test(name));

describe('a control code', () => {
  test('is device type, access, function and method side by side', () => {
    expect(CTL_CODE(0, 0, 0, 0)).toBe(0);
    expect(CTL_CODE(0xffff, 0xfff, 3, 3)).toBe(0xffff_ffff);
    expect(CTL_CODE(9, 1, 0, 0)).toBe(0x0009_0004);
    expect(CTL_CODE(7, 0x17, 0, 1)).toBe(0x0007_405c);
    expect(DEVICE_TYPE_FROM_CTL_CODE(0x8009_0007)).toBe(0x8009);
    expect(METHOD_FROM_CTL_CODE(0x8009_0007)).toBe(codes.METHOD_NEITHER);
  });

  test('stands for one request', () => {
    const values = everything.map(([, value]) => value);
    expect(new Set(values).size).toBe(values.length);
  });

  test('of a file system carries the file system\'s device type', () => {
    expect(fsctls.length).toBeGreaterThan(80);
    for (const [name, value] of fsctls) {
      expect(DEVICE_TYPE_FROM_CTL_CODE(value as number), name).toBe(FILE_DEVICE_FILE_SYSTEM);
    }
  });
});

test('the codes of well-known requests are the WDK\'s numbers', () => {
  const known: Partial<Record<keyof typeof codes, number>> = {
    FSCTL_REQUEST_OPLOCK_LEVEL_1: 0x90000,
    FSCTL_REQUEST_OPLOCK_LEVEL_2: 0x90004,
    FSCTL_REQUEST_BATCH_OPLOCK: 0x90008,
    FSCTL_OPLOCK_BREAK_ACKNOWLEDGE: 0x9000c,
    FSCTL_OPBATCH_ACK_CLOSE_PENDING: 0x90010,
    FSCTL_OPLOCK_BREAK_NOTIFY: 0x90014,
    FSCTL_OPLOCK_BREAK_ACK_NO_2: 0x90050,
    FSCTL_REQUEST_FILTER_OPLOCK: 0x9005c,
    FSCTL_REQUEST_OPLOCK: 0x90240,
    FSCTL_LOCK_VOLUME: 0x90018,
    FSCTL_DISMOUNT_VOLUME: 0x90020,
    FSCTL_GET_COMPRESSION: 0x9003c,
    FSCTL_SET_COMPRESSION: 0x9c040,
    FSCTL_GET_RETRIEVAL_POINTERS: 0x90073,
    FSCTL_SET_REPARSE_POINT: 0x900a4,
    FSCTL_GET_REPARSE_POINT: 0x900a8,
    FSCTL_DELETE_REPARSE_POINT: 0x900ac,
    FSCTL_CREATE_OR_GET_OBJECT_ID: 0x900c0,
    FSCTL_SET_SPARSE: 0x900c4,
    FSCTL_SET_ZERO_DATA: 0x980c8,
    FSCTL_QUERY_ALLOCATED_RANGES: 0x940cf,
    FSCTL_READ_FILE_USN_DATA: 0x900eb,
    FSCTL_WRITE_USN_CLOSE_RECORD: 0x900ef,
    FSCTL_QUERY_USN_JOURNAL: 0x900f4,
    FSCTL_FILE_LEVEL_TRIM: 0x98208,
    FSCTL_OFFLOAD_READ: 0x94264,
    FSCTL_MANAGE_BYPASS_IO: 0x90448,
    FSCTL_PIPE_TRANSCEIVE: 0x11c017,
    FSCTL_PIPE_WAIT: 0x110018,
    IOCTL_DISK_GET_DRIVE_GEOMETRY: 0x70000,
    IOCTL_DISK_GET_LENGTH_INFO: 0x7405c,
    IOCTL_STORAGE_QUERY_PROPERTY: 0x2d1400,
    IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS: 0x560000,
    IOCTL_MOUNTDEV_QUERY_DEVICE_NAME: 0x4d0008,
  };
  for (const [name, value] of Object.entries(known)) {
    expect((codes as Record<string, unknown>)[name], name).toBe(value);
  }
});
