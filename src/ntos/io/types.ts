// The header of the I/O manager: its published objects as on 32-bit Windows, that is
// devices, drivers, files, volumes, memory descriptors, queues, and the heads that a file system
// gives its control blocks. The IRP, the access state and the flags have files of their own and are
// exported from here as well.
//
// Guards: a VPB's flags and a device's attachment belong to the I/O database; SHARE_ACCESS and the
// FCB heads belong to the file system's own resource. Counts that are interlocked are atomic.
import { BOOLEAN, CHAR, LARGE_INTEGER, POINTER, ROUTINE, SHORT, UCHAR, ULONG, USHORT, array,
  atomic, pointer } from '../../mem/field.ts';
import { struct, union } from '../../mem/struct.ts';
import { LIST_ENTRY, UNICODE_STRING, WCHAR } from '../rtl/types.ts';
import { KDEVICE_QUEUE, KDEVICE_QUEUE_ENTRY, KDPC, KEVENT, KSPIN_LOCK } from '../ke/types.ts';
import { EX_PUSH_LOCK, WORK_QUEUE_ITEM } from '../ex/types.ts';
import { IRP_MJ_MAXIMUM_FUNCTION } from './constants.ts';
import { NTSTATUS_FIELD } from '../status.ts';
import type { Ptr } from '../../mem/pointer.ts';

export * from './irp/irp-types.ts';
export * from './access-types.ts';
export * from './constants.ts';
export * from './object-constants.ts';

/** Longest volume label in UTF-16 units. */
export const MAXIMUM_VOLUME_LABEL_CHARS = 32;

export const VPB = struct('VPB', {
  Type: SHORT,
  Size: SHORT,
  Flags: USHORT,
  /** In bytes. */
  VolumeLabelLength: USHORT,
  DeviceObject: pointer('DEVICE_OBJECT'),
  RealDevice: pointer('DEVICE_OBJECT'),
  SerialNumber: ULONG,
  ReferenceCount: atomic('ULONG'),
  VolumeLabel: array(WCHAR, MAXIMUM_VOLUME_LABEL_CHARS),
});
export type PVPB = Ptr<'VPB'>;

export const WAIT_CONTEXT_BLOCK = struct('WAIT_CONTEXT_BLOCK', {
  WaitQueueEntry: KDEVICE_QUEUE_ENTRY,
  DeviceRoutine: ROUTINE,
  DeviceContext: POINTER,
  NumberOfMapRegisters: ULONG,
  DeviceObject: POINTER,
  CurrentIrp: POINTER,
  BufferChainingDpc: pointer('KDPC'),
});

export const DEVICE_OBJECT = struct('DEVICE_OBJECT', {
  Type: SHORT,
  Size: USHORT,
  ReferenceCount: atomic('LONG'),
  DriverObject: pointer('DRIVER_OBJECT'),
  NextDevice: pointer('DEVICE_OBJECT'),
  AttachedDevice: pointer('DEVICE_OBJECT'),
  CurrentIrp: pointer('IRP'),
  Timer: POINTER,
  Flags: ULONG,
  Characteristics: ULONG,
  Vpb: pointer('VPB'),
  DeviceExtension: POINTER,
  DeviceType: ULONG,
  /** Stack locations that an IRP to this device needs. */
  StackSize: CHAR,
  Queue: union({ ListEntry: LIST_ENTRY, Wcb: WAIT_CONTEXT_BLOCK }),
  AlignmentRequirement: ULONG,
  DeviceQueue: KDEVICE_QUEUE,
  Dpc: KDPC,
  ActiveThreadCount: ULONG,
  SecurityDescriptor: POINTER,
  DeviceLock: KEVENT,
  SectorSize: USHORT,
  Spare1: USHORT,
  DeviceObjectExtension: POINTER,
  Reserved: POINTER,
});
export type PDEVICE_OBJECT = Ptr<'DEVICE_OBJECT'>;

export const DRIVER_EXTENSION = struct('DRIVER_EXTENSION', {
  DriverObject: pointer('DRIVER_OBJECT'),
  AddDevice: ROUTINE,
  Count: ULONG,
  ServiceKeyName: UNICODE_STRING,
});
export type PDRIVER_EXTENSION = Ptr<'DRIVER_EXTENSION'>;

export const DRIVER_OBJECT = struct('DRIVER_OBJECT', {
  Type: SHORT,
  Size: SHORT,
  DeviceObject: pointer('DEVICE_OBJECT'),
  Flags: ULONG,
  DriverStart: POINTER,
  DriverSize: ULONG,
  DriverSection: POINTER,
  DriverExtension: pointer('DRIVER_EXTENSION'),
  DriverName: UNICODE_STRING,
  HardwareDatabase: pointer('UNICODE_STRING'),
  FastIoDispatch: pointer('FAST_IO_DISPATCH'),
  DriverInit: ROUTINE,
  DriverStartIo: ROUTINE,
  DriverUnload: ROUTINE,
  /** Routine ids by major function. */
  MajorFunction: array(ROUTINE, IRP_MJ_MAXIMUM_FUNCTION + 1),
});
export type PDRIVER_OBJECT = Ptr<'DRIVER_OBJECT'>;

export const FAST_IO_DISPATCH = struct('FAST_IO_DISPATCH', {
  SizeOfFastIoDispatch: ULONG,
  FastIoCheckIfPossible: ROUTINE,
  FastIoRead: ROUTINE,
  FastIoWrite: ROUTINE,
  FastIoQueryBasicInfo: ROUTINE,
  FastIoQueryStandardInfo: ROUTINE,
  FastIoLock: ROUTINE,
  FastIoUnlockSingle: ROUTINE,
  FastIoUnlockAll: ROUTINE,
  FastIoUnlockAllByKey: ROUTINE,
  FastIoDeviceControl: ROUTINE,
  AcquireFileForNtCreateSection: ROUTINE,
  ReleaseFileForNtCreateSection: ROUTINE,
  FastIoDetachDevice: ROUTINE,
  FastIoQueryNetworkOpenInfo: ROUTINE,
  AcquireForModWrite: ROUTINE,
  MdlRead: ROUTINE,
  MdlReadComplete: ROUTINE,
  PrepareMdlWrite: ROUTINE,
  MdlWriteComplete: ROUTINE,
  FastIoReadCompressed: ROUTINE,
  FastIoWriteCompressed: ROUTINE,
  MdlReadCompleteCompressed: ROUTINE,
  MdlWriteCompleteCompressed: ROUTINE,
  FastIoQueryOpen: ROUTINE,
  ReleaseForModWrite: ROUTINE,
  AcquireForCcFlush: ROUTINE,
  ReleaseForCcFlush: ROUTINE,
});
export type PFAST_IO_DISPATCH = Ptr<'FAST_IO_DISPATCH'>;

export const FILE_OBJECT = struct('FILE_OBJECT', {
  Type: SHORT,
  Size: SHORT,
  DeviceObject: pointer('DEVICE_OBJECT'),
  Vpb: pointer('VPB'),
  FsContext: POINTER,
  FsContext2: POINTER,
  SectionObjectPointer: pointer('SECTION_OBJECT_POINTERS'),
  PrivateCacheMap: POINTER,
  FinalStatus: NTSTATUS_FIELD,
  RelatedFileObject: pointer('FILE_OBJECT'),
  LockOperation: BOOLEAN,
  DeletePending: BOOLEAN,
  ReadAccess: BOOLEAN,
  WriteAccess: BOOLEAN,
  DeleteAccess: BOOLEAN,
  SharedRead: BOOLEAN,
  SharedWrite: BOOLEAN,
  SharedDelete: BOOLEAN,
  Flags: ULONG,
  FileName: UNICODE_STRING,
  CurrentByteOffset: LARGE_INTEGER,
  /** Threads that wait for the file object lock of a synchronous file. */
  Waiters: atomic('ULONG'),
  /** 1 while one thread has a synchronous file. */
  Busy: atomic('ULONG'),
  LastLock: POINTER,
  Lock: KEVENT,
  Event: KEVENT,
  CompletionContext: POINTER,
  IrpListLock: KSPIN_LOCK,
  IrpList: LIST_ENTRY,
  FileObjectExtension: POINTER,
});
export type PFILE_OBJECT = Ptr<'FILE_OBJECT'>;

export const SECTION_OBJECT_POINTERS = struct('SECTION_OBJECT_POINTERS', {
  DataSectionObject: POINTER,
  SharedCacheMap: POINTER,
  ImageSectionObject: POINTER,
});
export type PSECTION_OBJECT_POINTERS = Ptr<'SECTION_OBJECT_POINTERS'>;

export const SHARE_ACCESS = struct('SHARE_ACCESS', {
  OpenCount: ULONG,
  Readers: ULONG,
  Writers: ULONG,
  Deleters: ULONG,
  SharedRead: ULONG,
  SharedWrite: ULONG,
  SharedDelete: ULONG,
});
export type PSHARE_ACCESS = Ptr<'SHARE_ACCESS'>;

export const MDL = struct('MDL', {
  Next: pointer('MDL'),
  Size: SHORT,
  MdlFlags: SHORT,
  Process: POINTER,
  MappedSystemVa: POINTER,
  StartVa: POINTER,
  ByteCount: ULONG,
  ByteOffset: ULONG,
});
export type PMDL = Ptr<'MDL'>;

export const IO_CSQ = struct('IO_CSQ', {
  Type: ULONG,
  CsqInsertIrp: ROUTINE,
  CsqRemoveIrp: ROUTINE,
  CsqPeekNextIrp: ROUTINE,
  CsqAcquireLock: ROUTINE,
  CsqReleaseLock: ROUTINE,
  CsqCompleteCanceledIrp: ROUTINE,
  ReservePointer: POINTER,
});
export type PIO_CSQ = Ptr<'IO_CSQ'>;

export const IO_CSQ_IRP_CONTEXT = struct('IO_CSQ_IRP_CONTEXT', {
  Type: ULONG,
  Irp: pointer('IRP'),
  Csq: pointer('IO_CSQ'),
});
export type PIO_CSQ_IRP_CONTEXT = Ptr<'IO_CSQ_IRP_CONTEXT'>;

/** Opaque to drivers, who learn its size from IoSizeofWorkItem; the members are ours. */
export const IO_WORKITEM = struct('IO_WORKITEM', {
  WorkItem: WORK_QUEUE_ITEM,
  Routine: ROUTINE,
  IoObject: POINTER,
  Context: POINTER,
  /** Whether the item is queued: queuing it again is a bug check. */
  Queued: atomic('LONG'),
});
export type PIO_WORKITEM = Ptr<'IO_WORKITEM'>;

const commonHeader = {
  NodeTypeCode: SHORT,
  NodeByteSize: SHORT,
  Flags: UCHAR,
  IsFastIoPossible: UCHAR,
  Flags2: UCHAR,
  /** The low four bits are reserved, the high four the version (FSRTL_FCB_HEADER_V*). */
  ReservedAndVersion: UCHAR,
  Resource: pointer('ERESOURCE'),
  PagingIoResource: pointer('ERESOURCE'),
  AllocationSize: LARGE_INTEGER,
  FileSize: LARGE_INTEGER,
  ValidDataLength: LARGE_INTEGER,
} as const;

export const FSRTL_COMMON_FCB_HEADER = struct('FSRTL_COMMON_FCB_HEADER', commonHeader);
export type PFSRTL_COMMON_FCB_HEADER = Ptr<'FSRTL_COMMON_FCB_HEADER'>;

/** Version 2 of the head (Windows 8): with the oplock, without what later versions append. */
export const FSRTL_ADVANCED_FCB_HEADER = struct('FSRTL_ADVANCED_FCB_HEADER', {
  ...commonHeader,
  FastMutex: pointer('FAST_MUTEX'),
  FilterContexts: LIST_ENTRY,
  PushLock: EX_PUSH_LOCK,
  FileContextSupportPointer: POINTER,
  $either: union({ Oplock: POINTER, ReservedForRemote: POINTER }),
});
export type PFSRTL_ADVANCED_FCB_HEADER = Ptr<'FSRTL_ADVANCED_FCB_HEADER'>;
