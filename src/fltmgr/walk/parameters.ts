// FLT_PARAMETERS: what an operation asks for, a union over the major functions, as on 32-bit
// Windows. Packed to 4 bytes there, so that Create.AllocationSize and Others.Argument6 lie at 20
// and the whole is 28 bytes. The members are those of the IO_STACK_LOCATION plus the buffers, which
// a filter may replace (fltmgr/walk/callback-data.ts).
import { BOOLEAN, LARGE_INTEGER, POINTER, ULONG, USHORT, array, pointer }
  from '../../mem/field.ts';
import { group, struct, union } from '../../mem/struct.ts';
import { HANDLE } from '../../ntos/rtl/types.ts';
import type { Fields } from '../../mem/field.ts';
import type { StructType } from '../../mem/struct.ts';
import type { Ptr } from '../../mem/pointer.ts';

const PACK = { pack: 4 };
function parameters<F extends Fields>(fields: F): StructType<F, 'anonymous'> {
  return group(fields, PACK);
}

const mdl = { MdlAddress: pointer('MDL') } as const;

const pipe = parameters({
  SecurityContext: pointer('IO_SECURITY_CONTEXT'),
  Options: ULONG,
  Reserved: USHORT,
  ShareAccess: USHORT,
  Parameters: POINTER,
});

const volumeInformation = parameters({
  Length: ULONG,
  FsInformationClass: ULONG,
  VolumeBuffer: POINTER,
});

const mdlRequest = parameters({
  FileOffset: LARGE_INTEGER,
  Length: ULONG,
  Key: ULONG,
  /** Points to a pointer to the chain. */
  MdlChain: pointer('PMDL'),
});

const fileSystemCodes = {
  OutputBufferLength: ULONG,
  InputBufferLength: ULONG,
  FsControlCode: ULONG,
} as const;

const deviceCodes = {
  OutputBufferLength: ULONG,
  InputBufferLength: ULONG,
  IoControlCode: ULONG,
} as const;

const neither = { InputBuffer: POINTER, OutputBuffer: POINTER, OutputMdlAddress: pointer('MDL') };
const buffered = { SystemBuffer: POINTER } as const;
const direct = {
  InputSystemBuffer: POINTER,
  OutputBuffer: POINTER,
  /** Never NULL for a direct code. */
  OutputMdlAddress: pointer('MDL'),
} as const;

const fileSystemControl = union(
  {
    VerifyVolume: parameters({ Vpb: pointer('VPB'), DeviceObject: pointer('DEVICE_OBJECT') }),
    Common: parameters(fileSystemCodes),
    Neither: parameters({ ...fileSystemCodes, ...neither }),
    Buffered: parameters({ ...fileSystemCodes, ...buffered }),
    Direct: parameters({ ...fileSystemCodes, ...direct }),
  },
  PACK,
);

const deviceIoControl = union(
  {
    Common: parameters(deviceCodes),
    Neither: parameters({ ...deviceCodes, ...neither }),
    Buffered: parameters({ ...deviceCodes, ...buffered }),
    Direct: parameters({ ...deviceCodes, ...direct }),
    FastIo: parameters({ ...deviceCodes, InputBuffer: POINTER, OutputBuffer: POINTER }),
  },
  PACK,
);

const directoryControl = union(
  {
    QueryDirectory: parameters({
      Length: ULONG,
      FileName: pointer('UNICODE_STRING'),
      FileInformationClass: ULONG,
      FileIndex: ULONG,
      DirectoryBuffer: POINTER,
      ...mdl,
    }),
    NotifyDirectory: parameters({
      Length: ULONG,
      CompletionFilter: ULONG,
      Spare1: ULONG,
      Spare2: ULONG,
      DirectoryBuffer: POINTER,
      ...mdl,
    }),
  },
  PACK,
);

const plugAndPlay = union(
  {
    StartDevice: parameters({
      AllocatedResources: POINTER,
      AllocatedResourcesTranslated: POINTER,
    }),
    QueryDeviceRelations: parameters({ Type: ULONG }),
    QueryInterface: parameters({
      InterfaceType: pointer('GUID'),
      Size: USHORT,
      Version: USHORT,
      Interface: POINTER,
      InterfaceSpecificData: POINTER,
    }),
    DeviceCapabilities: parameters({ Capabilities: POINTER }),
    FilterResourceRequirements: parameters({ IoResourceRequirementList: POINTER }),
    ReadWriteConfig: parameters({
      WhichSpace: ULONG,
      Buffer: POINTER,
      Offset: ULONG,
      Length: ULONG,
    }),
    SetLock: parameters({ Lock: BOOLEAN }),
    QueryId: parameters({ IdType: ULONG }),
    QueryDeviceText: parameters({ DeviceTextType: ULONG, LocaleId: ULONG }),
    UsageNotification: parameters({
      InPath: BOOLEAN,
      Reserved: array(BOOLEAN, 3),
      Type: ULONG,
    }),
  },
  PACK,
);

export const FLT_PARAMETERS = struct(
  'FLT_PARAMETERS',
  {
    $major: union(
      {
        Create: parameters({
          SecurityContext: pointer('IO_SECURITY_CONTEXT'),
          /** Disposition in the high byte, create options in the other three. */
          Options: ULONG,
          FileAttributes: USHORT,
          /** 0 is exclusive. */
          ShareAccess: USHORT,
          EaLength: ULONG,
          EaBuffer: POINTER,
          AllocationSize: LARGE_INTEGER,
        }),
        CreatePipe: pipe,
        CreateMailslot: pipe,
        Read: parameters({
          Length: ULONG,
          Key: ULONG,
          ByteOffset: LARGE_INTEGER,
          ReadBuffer: POINTER,
          ...mdl,
        }),
        Write: parameters({
          Length: ULONG,
          Key: ULONG,
          ByteOffset: LARGE_INTEGER,
          WriteBuffer: POINTER,
          ...mdl,
        }),
        QueryFileInformation: parameters({
          Length: ULONG,
          FileInformationClass: ULONG,
          InfoBuffer: POINTER,
        }),
        SetFileInformation: parameters({
          Length: ULONG,
          FileInformationClass: ULONG,
          ParentOfTarget: pointer('FILE_OBJECT'),
          $either: union({
            $flags: group({ ReplaceIfExists: BOOLEAN, AdvanceOnly: BOOLEAN }),
            ClusterCount: ULONG,
            DeleteHandle: HANDLE,
          }),
          InfoBuffer: POINTER,
        }),
        QueryEa: parameters({
          Length: ULONG,
          EaList: POINTER,
          EaListLength: ULONG,
          EaIndex: ULONG,
          EaBuffer: POINTER,
          ...mdl,
        }),
        SetEa: parameters({ Length: ULONG, EaBuffer: POINTER, ...mdl }),
        QueryVolumeInformation: volumeInformation,
        SetVolumeInformation: volumeInformation,
        DirectoryControl: directoryControl,
        FileSystemControl: fileSystemControl,
        DeviceIoControl: deviceIoControl,
        LockControl: parameters({
          Length: pointer('LARGE_INTEGER'),
          Key: ULONG,
          ByteOffset: LARGE_INTEGER,
          /** These three are meant for fast I/O only; an IRP has them in its flags. */
          ProcessId: POINTER,
          FailImmediately: BOOLEAN,
          ExclusiveLock: BOOLEAN,
        }),
        QuerySecurity: parameters({
          SecurityInformation: ULONG,
          Length: ULONG,
          SecurityBuffer: POINTER,
          ...mdl,
        }),
        SetSecurity: parameters({ SecurityInformation: ULONG, SecurityDescriptor: POINTER }),
        WMI: parameters({
          ProviderId: ULONG,
          DataPath: POINTER,
          BufferSize: ULONG,
          Buffer: POINTER,
        }),
        QueryQuota: parameters({
          Length: ULONG,
          StartSid: POINTER,
          SidList: POINTER,
          SidListLength: ULONG,
          QuotaBuffer: POINTER,
          ...mdl,
        }),
        SetQuota: parameters({ Length: ULONG, QuotaBuffer: POINTER, ...mdl }),
        Pnp: plugAndPlay,
        AcquireForSectionSynchronization: parameters({
          SyncType: ULONG,
          PageProtection: ULONG,
          OutputInformation: POINTER,
        }),
        AcquireForModifiedPageWriter: parameters({
          /** Points to the last byte to be written, plus one. */
          EndingOffset: pointer('LARGE_INTEGER'),
          /** Points to a pointer to the resource. */
          ResourceToRelease: pointer('PERESOURCE'),
        }),
        ReleaseForModifiedPageWriter: parameters({ ResourceToRelease: pointer('ERESOURCE') }),
        QueryOpen: parameters({
          Irp: pointer('IRP'),
          FileInformation: POINTER,
          Length: pointer('ULONG'),
          FileInformationClass: ULONG,
        }),
        FastIoCheckIfPossible: parameters({
          FileOffset: LARGE_INTEGER,
          Length: ULONG,
          LockKey: ULONG,
          CheckForReadOperation: BOOLEAN,
        }),
        NetworkQueryOpen: parameters({
          Irp: pointer('IRP'),
          NetworkInformation: pointer('FILE_NETWORK_OPEN_INFORMATION'),
        }),
        MdlRead: mdlRequest,
        MdlReadComplete: parameters({ MdlChain: pointer('MDL') }),
        PrepareMdlWrite: mdlRequest,
        MdlWriteComplete: parameters({ FileOffset: LARGE_INTEGER, MdlChain: pointer('MDL') }),
        MountVolume: parameters({ DeviceType: ULONG }),
        Others: parameters({
          Argument1: POINTER,
          Argument2: POINTER,
          Argument3: POINTER,
          Argument4: POINTER,
          Argument5: POINTER,
          Argument6: LARGE_INTEGER,
        }),
      },
      PACK,
    ),
  },
  PACK,
);
export type PFLT_PARAMETERS = Ptr<'FLT_PARAMETERS'>;
