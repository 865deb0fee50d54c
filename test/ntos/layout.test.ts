// The published structures of the executive have the sizes and offsets of 32-bit Windows: what a
// driver compiled against the WDK would see. Sizes marked * are listed in the project's research;
// the others follow from the WDK's declarations.
import { describe, expect, test } from 'vitest';
import type { Nested } from '#src/mem/field.ts';
import * as rtl from '#src/ntos/rtl/types.ts';
import * as ke from '#src/ntos/ke/types.ts';
import * as ex from '#src/ntos/ex/types.ts';
import * as io from '#src/ntos/io/types.ts';
import * as control from '#src/ntos/io/control-types.ts';
import * as file from '#src/ntos/io/information/file-information.ts';

/** The sizes of everything a module declares. */
function sizes(module: object): Record<string, number> {
  const structs = Object.values(module).filter((v): v is Nested => v?.tag === 'nested');
  return Object.fromEntries(structs.map((s) => [s.name, s.size]));
}

function offsets(type: Nested, ...members: string[]): (number | undefined)[] {
  return members.map((member) => type.offsets[member]);
}

function name(type: Nested): number | undefined {
  return type.offsets['FileName'];
}

describe('sizes', () => {
  test('of lists, strings and tables', () => {
    expect(sizes(rtl)).toEqual({
      LIST_ENTRY: 8,
      SINGLE_LIST_ENTRY: 4,
      SLIST_HEADER: 8,
      UNICODE_STRING: 8,
      ANSI_STRING: 8,
      GUID: 16,
      RTL_BALANCED_LINKS: 16,
      RTL_AVL_TABLE: 56, // *
      RTL_BITMAP: 8,
      CLIENT_ID: 8,
      OBJECT_ATTRIBUTES: 24,
    });
  });

  test('of dispatcher objects, DPCs and APCs', () => {
    expect(sizes(ke)).toEqual({
      DISPATCHER_HEADER: 16,
      KEVENT: 16, // *
      KGATE: 16,
      KSEMAPHORE: 20,
      KMUTANT: 32,
      KTIMER: 40, // *
      KDPC: 32, // *
      KQUEUE: 40,
      KWAIT_BLOCK: 24,
      KAPC: 48,
      KSPIN_LOCK_QUEUE: 8,
      KLOCK_QUEUE_HANDLE: 12,
      KDEVICE_QUEUE_ENTRY: 16,
      KDEVICE_QUEUE: 20,
    });
    expect(ke.KSPIN_LOCK.size).toBe(4);
  });

  test('of executive locks and lists', () => {
    expect(sizes(ex)).toMatchObject({
      EX_RUNDOWN_REF: 4,
      FAST_MUTEX: 32, // *
      KGUARDED_MUTEX: 32,
      OWNER_ENTRY: 8,
      ERESOURCE: 56, // *
      WORK_QUEUE_ITEM: 16,
      GENERAL_LOOKASIDE: 128,
      NPAGED_LOOKASIDE_LIST: 192,
      PAGED_LOOKASIDE_LIST: 192,
    });
    expect([ex.EX_PUSH_LOCK.size, ex.EX_SPIN_LOCK.size]).toEqual([4, 4]);
  });

  test('of I/O objects', () => {
    expect(sizes(io)).toMatchObject({
      IO_STATUS_BLOCK: 8,
      IRP: 112, // *
      IO_STACK_LOCATION: 36, // *
      DEVICE_OBJECT: 184, // *
      DRIVER_OBJECT: 168, // *
      FILE_OBJECT: 128, // *
      VPB: 88,
      MDL: 28, // *
      IO_CSQ: 32, // *
      FAST_IO_DISPATCH: 112,
      IO_SECURITY_CONTEXT: 16,
      ACCESS_STATE: 116,
      SECTION_OBJECT_POINTERS: 12,
      SHARE_ACCESS: 28,
      FSRTL_COMMON_FCB_HEADER: 40,
      FSRTL_ADVANCED_FCB_HEADER: 64,
    });
    expect(sizes(control)).toMatchObject({ FILE_LOCK_INFO: 40, REQUEST_OPLOCK_OUTPUT_BUFFER: 24 });
  });
});

describe('offsets', () => {
  test('of an IRP as drivers know them', () => {
    const plain = ['MdlAddress', 'Flags', 'AssociatedIrp', 'IoStatus', 'RequestorMode', 'Cancel'];
    expect(offsets(io.IRP, ...plain)).toEqual([4, 8, 12, 24, 32, 36]);
    expect(offsets(io.IRP, 'UserIosb', 'CancelRoutine', 'UserBuffer', 'Tail')).toEqual([
      40, 56, 60, 64,
    ]);
    const { at_Tail_Overlay_CurrentStackLocation, at_Tail_Overlay_OriginalFileObject } =
      io.IRP.bound;
    const zero = 0 as io.PIRP;
    expect(at_Tail_Overlay_CurrentStackLocation(zero)).toBe(96);
    expect(at_Tail_Overlay_OriginalFileObject(zero)).toBe(100);
  });

  test('of a stack location, whose 64-bit members are packed to four bytes', () => {
    const l = io.IO_STACK_LOCATION.bound;
    const zero = 0 as io.PIO_STACK_LOCATION;
    expect(l.at_Parameters_Read_ByteOffset(zero)).toBe(12);
    expect(l.at_Parameters_LockControl_ByteOffset(zero)).toBe(12);
    expect(l.at_Parameters_SetFile_DeleteHandle(zero)).toBe(16);
    expect(l.at_DeviceObject(zero)).toBe(20);
    expect(l.at_CompletionRoutine(zero)).toBe(28);
  });

  test('of file, device and driver objects', () => {
    expect(offsets(io.FILE_OBJECT, 'FsContext', 'Flags', 'FileName', 'CurrentByteOffset', 'Lock',
      'Event', 'IrpList')).toEqual([12, 44, 48, 56, 76, 92, 116]);
    expect(offsets(io.DEVICE_OBJECT, 'Flags', 'DeviceExtension', 'StackSize', 'Queue',
      'AlignmentRequirement', 'SectorSize')).toEqual([28, 40, 48, 52, 92, 172]);
    expect(offsets(io.DRIVER_OBJECT, 'FastIoDispatch', 'DriverUnload', 'MajorFunction')).toEqual([
      40, 52, 56,
    ]);
  });

  test('of locks and heads', () => {
    expect(offsets(ex.ERESOURCE, 'OwnerTable', 'ActiveCount', 'OwnerEntry', 'SpinLock')).toEqual([
      8, 12, 24, 52,
    ]);
    expect(offsets(ex.FAST_MUTEX, 'Count', 'Owner', 'Event', 'OldIrql')).toEqual([0, 4, 12, 28]);
    expect(offsets(ke.DISPATCHER_HEADER, 'Type', 'Size', 'Lock', 'SignalState')).toEqual([
      0, 2, 0, 4,
    ]);
    expect(offsets(io.FSRTL_ADVANCED_FCB_HEADER, 'Resource', 'FileSize', 'FilterContexts',
      'FileContextSupportPointer', 'Oplock')).toEqual([8, 24, 44, 56, 60]);
  });
});

describe('information structures', () => {
  test('have their name where the WDK has it', () => {
    expect(name(file.FILE_DIRECTORY_INFORMATION)).toBe(64);
    expect(name(file.FILE_FULL_DIR_INFORMATION)).toBe(68);
    expect(name(file.FILE_ID_FULL_DIR_INFORMATION)).toBe(80);
    expect(name(file.FILE_BOTH_DIR_INFORMATION)).toBe(94);
    expect(name(file.FILE_ID_BOTH_DIR_INFORMATION)).toBe(104);
    expect(name(file.FILE_ID_EXTD_DIR_INFORMATION)).toBe(88);
    expect(name(file.FILE_NAMES_INFORMATION)).toBe(12);
    expect(name(file.FILE_RENAME_INFORMATION)).toBe(12);
    expect(name(file.FILE_NOTIFY_INFORMATION)).toBe(12);
    expect(file.FILE_STREAM_INFORMATION.offsets['StreamName']).toBe(24);
    expect(file.FILE_FULL_EA_INFORMATION.offsets['EaName']).toBe(8);
    expect(file.FILE_FS_VOLUME_INFORMATION.offsets['VolumeLabel']).toBe(18);
    expect(file.FILE_FS_ATTRIBUTE_INFORMATION.offsets['FileSystemName']).toBe(12);
  });

  test('have the sizes that callers pass as buffer lengths', () => {
    expect(sizes(file)).toMatchObject({
      FILE_BASIC_INFORMATION: 40,
      FILE_STANDARD_INFORMATION: 24,
      FILE_ALL_INFORMATION: 104,
      FILE_NETWORK_OPEN_INFORMATION: 56,
      FILE_ATTRIBUTE_TAG_INFORMATION: 8,
      FILE_COMPRESSION_INFORMATION: 16,
      FILE_ID_INFORMATION: 24,
      FILE_REMOTE_PROTOCOL_INFORMATION: 116,
      FILE_STANDARD_LINK_INFORMATION: 12,
      FILE_STAT_INFORMATION: 72,
      FILE_DISPOSITION_INFORMATION: 1,
      FILE_FS_SIZE_INFORMATION: 24,
      FILE_FS_FULL_SIZE_INFORMATION: 32,
      FILE_FS_SECTOR_SIZE_INFORMATION: 28,
      FILE_FS_CONTROL_INFORMATION: 48,
      FILE_FS_OBJECTID_INFORMATION: 64,
    });
  });

  test('of a query for all information nest the single ones', () => {
    expect(Object.values(file.FILE_ALL_INFORMATION.offsets)).toEqual([
      0, 40, 64, 72, 76, 80, 88, 92, 96,
    ]);
  });
});
