// The published structures of fltKernel.h and fltUserStructures.h, as on 32-bit Windows. What the
// Filter Manager keeps to itself (FLT_FILTER, FLT_INSTANCE, FLT_VOLUME) is declared where it lives.
//
// FLT_CALLBACK_DATA belongs to the filter that holds the operation; nothing in it is contended.
// Thread, Iopb and RequestorMode are constant for the life of the operation. Iopb is followed by
// views: `Data.Iopb.Parameters.Read.Length`.
import { CHAR, POINTER, ROUTINE, UCHAR, ULONG, USHORT, array, atomic, deref,
  pointer } from '../mem/field.ts';
import { group, struct, union } from '../mem/struct.ts';
import { GUID, LIST_ENTRY, ULONGLONG, UNICODE_STRING } from '../ntos/rtl/types.ts';
import { IO_CSQ, IO_STATUS_BLOCK } from '../ntos/io/types.ts';
import { reparseData } from '../ntos/io/control-types.ts';
import { NTSTATUS_FIELD } from '../ntos/status.ts';
import { FLT_PARAMETERS } from './walk/parameters.ts';
import type { Ptr } from '../mem/pointer.ts';

export { FLT_PARAMETERS } from './walk/parameters.ts';
export type { PFLT_PARAMETERS } from './walk/parameters.ts';

/** Opaque to drivers: only the address means something. */
export type PFLT_FILTER = Ptr<'FLT_FILTER'>;
export type PFLT_INSTANCE = Ptr<'FLT_INSTANCE'>;
export type PFLT_VOLUME = Ptr<'FLT_VOLUME'>;
export type PFLT_PORT = Ptr<'FLT_PORT'>;

export const FLT_IO_PARAMETER_BLOCK = struct('FLT_IO_PARAMETER_BLOCK', {
  IrpFlags: ULONG,
  MajorFunction: UCHAR,
  MinorFunction: UCHAR,
  OperationFlags: UCHAR,
  Reserved: UCHAR,
  TargetFileObject: pointer('FILE_OBJECT'),
  TargetInstance: pointer('FLT_INSTANCE'),
  Parameters: FLT_PARAMETERS,
});
export type PFLT_IO_PARAMETER_BLOCK = Ptr<'FLT_IO_PARAMETER_BLOCK'>;

export const FLT_CALLBACK_DATA = struct('FLT_CALLBACK_DATA', {
  Flags: ULONG,
  /** The thread that issued the operation; may be NULL. */
  Thread: pointer('KTHREAD'),
  Iopb: deref(() => FLT_IO_PARAMETER_BLOCK, 'struct _FLT_IO_PARAMETER_BLOCK *'),
  IoStatus: IO_STATUS_BLOCK,
  /** Of a create that ended in STATUS_REPARSE. */
  TagData: pointer('FLT_TAG_DATA_BUFFER'),
  $queue: union({
    $mine: group({ QueueLinks: LIST_ENTRY, QueueContext: array(POINTER, 2) }),
    FilterContext: array(POINTER, 4),
  }),
  RequestorMode: CHAR,
});
export type PFLT_CALLBACK_DATA = Ptr<'FLT_CALLBACK_DATA'>;

export const FLT_RELATED_OBJECTS = struct('FLT_RELATED_OBJECTS', {
  Size: USHORT,
  TransactionContext: USHORT,
  Filter: pointer('FLT_FILTER'),
  Volume: pointer('FLT_VOLUME'),
  Instance: pointer('FLT_INSTANCE'),
  FileObject: pointer('FILE_OBJECT'),
  Transaction: pointer('KTRANSACTION'),
});
export type PFLT_RELATED_OBJECTS = Ptr<'FLT_RELATED_OBJECTS'>;

export const FLT_OPERATION_REGISTRATION = struct('FLT_OPERATION_REGISTRATION', {
  MajorFunction: UCHAR,
  Flags: ULONG,
  PreOperation: ROUTINE,
  PostOperation: ROUTINE,
  Reserved1: POINTER,
});
export type PFLT_OPERATION_REGISTRATION = Ptr<'FLT_OPERATION_REGISTRATION'>;

export const FLT_CONTEXT_REGISTRATION = struct('FLT_CONTEXT_REGISTRATION', {
  ContextType: USHORT,
  Flags: USHORT,
  ContextCleanupCallback: ROUTINE,
  Size: ULONG,
  PoolTag: ULONG,
  ContextAllocateCallback: ROUTINE,
  ContextFreeCallback: ROUTINE,
  Reserved1: POINTER,
});
export type PFLT_CONTEXT_REGISTRATION = Ptr<'FLT_CONTEXT_REGISTRATION'>;

/** Version 0x0203: with the section callback. */
export const FLT_REGISTRATION = struct('FLT_REGISTRATION', {
  Size: USHORT,
  Version: USHORT,
  Flags: ULONG,
  ContextRegistration: pointer('FLT_CONTEXT_REGISTRATION'),
  OperationRegistration: pointer('FLT_OPERATION_REGISTRATION'),
  FilterUnloadCallback: ROUTINE,
  InstanceSetupCallback: ROUTINE,
  InstanceQueryTeardownCallback: ROUTINE,
  InstanceTeardownStartCallback: ROUTINE,
  InstanceTeardownCompleteCallback: ROUTINE,
  GenerateFileNameCallback: ROUTINE,
  NormalizeNameComponentCallback: ROUTINE,
  NormalizeContextCleanupCallback: ROUTINE,
  TransactionNotificationCallback: ROUTINE,
  NormalizeNameComponentExCallback: ROUTINE,
  SectionNotificationCallback: ROUTINE,
});
export type PFLT_REGISTRATION = Ptr<'FLT_REGISTRATION'>;

export const FLT_NAME_CONTROL = struct('FLT_NAME_CONTROL', { Name: UNICODE_STRING });
export type PFLT_NAME_CONTROL = Ptr<'FLT_NAME_CONTROL'>;

export const FLT_FILE_NAME_INFORMATION = struct('FLT_FILE_NAME_INFORMATION', {
  Size: USHORT,
  NamesParsed: USHORT,
  Format: ULONG,
  Name: UNICODE_STRING,
  Volume: UNICODE_STRING,
  Share: UNICODE_STRING,
  Extension: UNICODE_STRING,
  Stream: UNICODE_STRING,
  FinalComponent: UNICODE_STRING,
  ParentDir: UNICODE_STRING,
});
export type PFLT_FILE_NAME_INFORMATION = Ptr<'FLT_FILE_NAME_INFORMATION'>;

export const FLT_TAG_DATA_BUFFER = struct('FLT_TAG_DATA_BUFFER', {
  FileTag: ULONG,
  TagDataLength: USHORT,
  UnparsedNameLength: USHORT,
  $data: union({
    ...reparseData,
    GenericGUIDReparseBuffer: group({ TagGuid: GUID, DataBuffer: array(UCHAR, 1) }),
  }),
});
export type PFLT_TAG_DATA_BUFFER = Ptr<'FLT_TAG_DATA_BUFFER'>;

export const FLT_CALLBACK_DATA_QUEUE = struct('FLT_CALLBACK_DATA_QUEUE', {
  Csq: IO_CSQ,
  /** Whether the queue takes operations; disabled by another thread than the one that inserts. */
  Flags: atomic('ULONG'),
  Instance: pointer('FLT_INSTANCE'),
  InsertIo: ROUTINE,
  RemoveIo: ROUTINE,
  PeekNextIo: ROUTINE,
  Acquire: ROUTINE,
  Release: ROUTINE,
  CompleteCanceledIo: ROUTINE,
});
export type PFLT_CALLBACK_DATA_QUEUE = Ptr<'FLT_CALLBACK_DATA_QUEUE'>;

export const FLT_VOLUME_PROPERTIES = struct('FLT_VOLUME_PROPERTIES', {
  DeviceType: ULONG,
  DeviceCharacteristics: ULONG,
  DeviceObjectFlags: ULONG,
  AlignmentRequirement: ULONG,
  SectorSize: USHORT,
  Flags: USHORT,
  FileSystemDriverName: UNICODE_STRING,
  FileSystemDeviceName: UNICODE_STRING,
  RealDeviceName: UNICODE_STRING,
});
export type PFLT_VOLUME_PROPERTIES = Ptr<'FLT_VOLUME_PROPERTIES'>;

const relatedContexts = {
  VolumeContext: POINTER,
  InstanceContext: POINTER,
  FileContext: POINTER,
  StreamContext: POINTER,
  StreamHandleContext: POINTER,
  TransactionContext: POINTER,
} as const;
export const FLT_RELATED_CONTEXTS = struct('FLT_RELATED_CONTEXTS', relatedContexts);
export type PFLT_RELATED_CONTEXTS = Ptr<'FLT_RELATED_CONTEXTS'>;
export const FLT_RELATED_CONTEXTS_EX = struct('FLT_RELATED_CONTEXTS_EX', {
  ...relatedContexts,
  SectionContext: POINTER,
});
export type PFLT_RELATED_CONTEXTS_EX = Ptr<'FLT_RELATED_CONTEXTS_EX'>;

/** In front of every message that FilterGetMessage delivers. */
export const FILTER_MESSAGE_HEADER = struct('FILTER_MESSAGE_HEADER', {
  ReplyLength: ULONG,
  MessageId: ULONGLONG,
});
export type PFILTER_MESSAGE_HEADER = Ptr<'FILTER_MESSAGE_HEADER'>;
/** In front of every reply. */
export const FILTER_REPLY_HEADER = struct('FILTER_REPLY_HEADER', {
  Status: NTSTATUS_FIELD,
  MessageId: ULONGLONG,
});
export type PFILTER_REPLY_HEADER = Ptr<'FILTER_REPLY_HEADER'>;

/** What AcquireForSectionSynchronization may answer. */
export const FS_FILTER_SECTION_SYNC_OUTPUT = struct('FS_FILTER_SECTION_SYNC_OUTPUT', {
  StructureSize: ULONG,
  SizeReturned: ULONG,
  Flags: ULONG,
  DesiredReadAlignment: ULONG,
});
export type PFS_FILTER_SECTION_SYNC_OUTPUT = Ptr<'FS_FILTER_SECTION_SYNC_OUTPUT'>;
