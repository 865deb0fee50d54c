// The I/O request packet and its stack location, as on 32-bit Windows. Stack locations lie behind
// the IRP, the sender's own at the top; the Parameters of a location are a union over the majors.
//
// Who may touch an IRP: whoever holds it. Only CancelRoutine and IrpCount are contended: they are
// exchanged and counted by threads that do not hold it. Cancel is a plain byte: IoCancelIrp sets it
// before it exchanges CancelRoutine, so the exchange orders it.
//
// The stack location is packed to 4 bytes: ByteOffset lies at 12, not at 16.
import { BOOLEAN, CHAR, LARGE_INTEGER, POINTER, ROUTINE, SHORT, UCHAR, ULONG, USHORT, array,
  atomic, pointer } from '../../../mem/field.ts';
import { group, struct, union } from '../../../mem/struct.ts';
import { HANDLE, LIST_ENTRY } from '../../rtl/types.ts';
import { KAPC, KDEVICE_QUEUE_ENTRY } from '../../ke/types.ts';
import { NTSTATUS_FIELD } from '../../status.ts';
import type { Fields } from '../../../mem/field.ts';
import type { StructType } from '../../../mem/struct.ts';
import type { Ptr } from '../../../mem/pointer.ts';

export const IO_STATUS_BLOCK = struct('IO_STATUS_BLOCK', {
  $either: union({ Status: NTSTATUS_FIELD, Pointer: POINTER }),
  /** Bytes moved, or what the major says: FILE_OPENED after a create. */
  Information: ULONG,
});
export type PIO_STATUS_BLOCK = Ptr<'IO_STATUS_BLOCK'>;

export const IRP = struct('IRP', {
  Type: SHORT,
  Size: USHORT,
  MdlAddress: pointer('MDL'),
  Flags: ULONG,
  AssociatedIrp: union({
    MasterIrp: pointer('IRP'),
    IrpCount: atomic('LONG'),
    SystemBuffer: POINTER,
  }),
  ThreadListEntry: LIST_ENTRY,
  IoStatus: IO_STATUS_BLOCK,
  RequestorMode: CHAR,
  PendingReturned: BOOLEAN,
  StackCount: CHAR,
  CurrentLocation: CHAR,
  Cancel: BOOLEAN,
  CancelIrql: UCHAR,
  ApcEnvironment: CHAR,
  AllocationFlags: UCHAR,
  UserIosb: pointer('IO_STATUS_BLOCK'),
  UserEvent: pointer('KEVENT'),
  Overlay: union({
    AsynchronousParameters: group({
      $either: union({ UserApcRoutine: ROUTINE, IssuingProcess: POINTER }),
      UserApcContext: POINTER,
    }),
    AllocationSize: LARGE_INTEGER,
  }),
  CancelRoutine: atomic('PVOID'),
  UserBuffer: POINTER,
  Tail: union({
    Overlay: group({
      $either: union({ DeviceQueueEntry: KDEVICE_QUEUE_ENTRY, DriverContext: array(POINTER, 4) }),
      Thread: pointer('KTHREAD'),
      AuxiliaryBuffer: POINTER,
      ListEntry: LIST_ENTRY,
      $current: union({
        CurrentStackLocation: pointer('IO_STACK_LOCATION'),
        PacketType: ULONG,
      }),
      OriginalFileObject: pointer('FILE_OBJECT'),
      IrpExtension: POINTER,
    }),
    Apc: KAPC,
    CompletionKey: POINTER,
  }),
});
export type PIRP = Ptr<'IRP'>;

const PACK = { pack: 4 };
/** One member of Parameters. */
function parameters<F extends Fields>(fields: F): StructType<F, 'anonymous'> {
  return group(fields, PACK);
}

const transfer = parameters({ Length: ULONG, Key: ULONG, ByteOffset: LARGE_INTEGER });
const volumeQuery = parameters({ Length: ULONG, FsInformationClass: ULONG });
const mount = parameters({ Vpb: pointer('VPB'), DeviceObject: pointer('DEVICE_OBJECT') });
const pipe = parameters({
  SecurityContext: pointer('IO_SECURITY_CONTEXT'),
  Options: ULONG,
  Reserved: USHORT,
  ShareAccess: USHORT,
  Parameters: POINTER,
});

const Parameters = union(
  {
    Create: parameters({
      SecurityContext: pointer('IO_SECURITY_CONTEXT'),
      /** Disposition in the high byte, create options in the other three. */
      Options: ULONG,
      FileAttributes: USHORT,
      ShareAccess: USHORT,
      EaLength: ULONG,
    }),
    CreatePipe: pipe,
    CreateMailslot: pipe,
    Read: transfer,
    Write: transfer,
    QueryDirectory: parameters({
      Length: ULONG,
      FileName: pointer('UNICODE_STRING'),
      FileInformationClass: ULONG,
      FileIndex: ULONG,
    }),
    NotifyDirectory: parameters({ Length: ULONG, CompletionFilter: ULONG }),
    NotifyDirectoryEx: parameters({
      Length: ULONG,
      CompletionFilter: ULONG,
      DirectoryNotifyInformationClass: ULONG,
    }),
    QueryFile: parameters({ Length: ULONG, FileInformationClass: ULONG }),
    SetFile: parameters({
      Length: ULONG,
      FileInformationClass: ULONG,
      FileObject: pointer('FILE_OBJECT'),
      $either: union({
        $flags: group({ ReplaceIfExists: BOOLEAN, AdvanceOnly: BOOLEAN }),
        ClusterCount: ULONG,
        DeleteHandle: HANDLE,
      }),
    }),
    QueryEa: parameters({
      Length: ULONG,
      EaList: POINTER,
      EaListLength: ULONG,
      EaIndex: ULONG,
    }),
    SetEa: parameters({ Length: ULONG }),
    QueryVolume: volumeQuery,
    SetVolume: volumeQuery,
    FileSystemControl: parameters({
      OutputBufferLength: ULONG,
      InputBufferLength: ULONG,
      FsControlCode: ULONG,
      Type3InputBuffer: POINTER,
    }),
    LockControl: parameters({
      Length: pointer('LARGE_INTEGER'),
      Key: ULONG,
      ByteOffset: LARGE_INTEGER,
    }),
    DeviceIoControl: parameters({
      OutputBufferLength: ULONG,
      InputBufferLength: ULONG,
      IoControlCode: ULONG,
      Type3InputBuffer: POINTER,
    }),
    QuerySecurity: parameters({ SecurityInformation: ULONG, Length: ULONG }),
    SetSecurity: parameters({ SecurityInformation: ULONG, SecurityDescriptor: POINTER }),
    MountVolume: mount,
    VerifyVolume: mount,
    QueryQuota: parameters({
      Length: ULONG,
      StartSid: POINTER,
      SidList: POINTER,
      SidListLength: ULONG,
    }),
    SetQuota: parameters({ Length: ULONG }),
    WMI: parameters({ ProviderId: ULONG, DataPath: POINTER, BufferSize: ULONG, Buffer: POINTER }),
    Others: parameters({
      Argument1: POINTER,
      Argument2: POINTER,
      Argument3: POINTER,
      Argument4: POINTER,
    }),
  },
  PACK,
);

export const IO_STACK_LOCATION = struct(
  'IO_STACK_LOCATION',
  {
    MajorFunction: UCHAR,
    MinorFunction: UCHAR,
    /** SL_* of the operation. */
    Flags: UCHAR,
    /** SL_PENDING_RETURNED and when to call CompletionRoutine. */
    Control: UCHAR,
    Parameters,
    DeviceObject: pointer('DEVICE_OBJECT'),
    FileObject: pointer('FILE_OBJECT'),
    CompletionRoutine: ROUTINE,
    Context: POINTER,
  },
  PACK,
);
export type PIO_STACK_LOCATION = Ptr<'IO_STACK_LOCATION'>;
