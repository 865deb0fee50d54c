// One recorded file-system operation, whatever recorder wrote it down: Process Monitor, strace and
// fio all end in a TraceEvent. Names and numbers are the WDK's (an access mask is an ACCESS_MASK, a
// status an NTSTATUS), so that inference and replay never see a recorder's own words.
// Guarantees: events of one log arrive in the recorder's order with `sequence` 0, 1, 2 ...;
// everything is plain data (numbers, strings, arrays), so an event survives a structured clone.
// Simplification: 64-bit values are doubles. Offsets and sizes are exact below 2^53; times (100 ns
// units since 1601) are exact to 16 units, finer than any recorder prints. File reference numbers
// need all 64 bits and serve only as identities, so they stay text.
import type { TraceTally } from './tally.ts';

/** The operations a recorder may name; `operations.ts` gives each its IRP major and minor. */
export type OperationKind =
  | 'create' | 'create-named-pipe' | 'create-mailslot' | 'cleanup' | 'close'
  | 'read' | 'write' | 'flush-buffers'
  | 'query-information' | 'set-information' | 'query-ea' | 'set-ea'
  | 'query-volume-information' | 'set-volume-information'
  | 'query-directory' | 'notify-change-directory'
  | 'file-system-control' | 'device-control' | 'internal-device-control'
  | 'lock' | 'unlock-single' | 'unlock-all' | 'unlock-all-by-key'
  | 'query-security' | 'set-security' | 'query-quota' | 'set-quota'
  | 'shutdown' | 'power' | 'system-control' | 'device-change' | 'pnp'
  | 'acquire-for-section' | 'release-for-section'
  | 'acquire-for-mod-write' | 'release-for-mod-write'
  | 'acquire-for-cc-flush' | 'release-for-cc-flush'
  | 'query-open' | 'fast-io-check-if-possible' | 'network-query-open'
  | 'mdl-read' | 'mdl-read-complete' | 'prepare-mdl-write' | 'mdl-write-complete'
  | 'volume-mount' | 'volume-dismount' | 'notify-stream-file-object' | 'unknown';

/** One recorded operation. */
export interface TraceEvent {
  /** Place in the log's global order, 0 for the first event, without gaps. */
  readonly sequence: number;
  /** CSV row (the header is row 1) or text line of the log, for messages. */
  readonly line: number;
  /** Start, in 100 ns units since the first event of the log (or as the recorder counts). */
  readonly time: number;
  /** 100 ns units from start to completion; undefined when not recorded or never completed. */
  readonly duration: number | undefined;
  readonly processId: number;
  readonly threadId: number;
  readonly processName: string;
  readonly operation: OperationKind;
  /** The recorder's own word: `QueryBasicInformationFile`, `openat`, `write`. */
  readonly recordedName: string;
  /** The path exactly as recorded; '' when the recorder gave none. */
  readonly path: string;
  /** `C:` (also for POSIX paths), `\\server\share`, `\Device\...`; '' without a path. */
  readonly volume: string;
  /** Inside the volume, with backslashes: `\a\b.txt`; `\` is the root, '' the volume itself. */
  readonly volumePath: string;
  /** Recorded NTSTATUS as a signed 32-bit number; undefined when the operation never completed. */
  readonly status: number | undefined;
  /** The recorder's own word for the result (`NAME NOT FOUND`, `ENOENT`), when it has one. */
  readonly recordedResult?: string;
  /** The recorder logs no results (fio): `status` is what its operation must have returned. */
  readonly statusAssumed?: boolean;
  readonly parameters: EventParameters;
  /**
   * Which handle was used, when the recorder knows it (strace: process, descriptor, reuse count).
   * A create carries the handle that it opened. Without it, process and path match handles.
   */
  readonly handle?: string;
}

export type EventParameters =
  | CreateParameters | ReadWriteParameters | InformationParameters | VolumeParameters
  | DirectoryParameters | NotifyParameters | ControlParameters | LockParameters
  | SectionParameters | SecurityParameters | EaParameters | NoParameters;

/** NtCreateFile. A field that the recorder leaves out is undefined, never guessed. */
export interface CreateParameters {
  readonly type: 'create';
  /** ACCESS_MASK; generic rights arrive mapped (FILE_GENERIC_READ and so on). */
  readonly DesiredAccess: number;
  /** FILE_SUPERSEDE 0 ... FILE_OVERWRITE_IF 5. */
  readonly CreateDisposition: number;
  readonly CreateOptions: number;
  readonly ShareAccess: number;
  readonly FileAttributes: number;
  readonly AllocationSize: number | undefined;
  /** IoStatus.Information of a successful create: FILE_SUPERSEDED 0 ... FILE_OVERWRITTEN 3. */
  readonly OpenResult: number | undefined;
  /** The account that the thread impersonated, when recorded. */
  readonly Impersonating?: string;
}

/** NtReadFile, NtWriteFile and the MDL pair. */
export interface ReadWriteParameters {
  readonly type: 'read-write';
  /** Bytes; FILE_USE_FILE_POINTER_POSITION (-2) or FILE_WRITE_TO_END_OF_FILE (-1) if implied. */
  readonly ByteOffset: number;
  /** Bytes asked for; undefined when the recorder leaves it out. */
  readonly Length: number | undefined;
  /** Bytes moved, when the recorder tells it apart from Length. */
  readonly Transferred?: number;
  /** IRP_NOCACHE 1, IRP_PAGING_IO 2, IRP_SYNCHRONOUS_API 4, IRP_SYNCHRONOUS_PAGING_IO 0x40. */
  readonly IrpFlags: number;
  /** SL_WRITE_THROUGH was set. */
  readonly WriteThrough: boolean;
}

/** NtQueryInformationFile, NtSetInformationFile, and the fast network query open. */
export interface InformationParameters {
  readonly type: 'information';
  /** FILE_INFORMATION_CLASS; undefined when the recorder does not name it. */
  readonly FileInformationClass: number | undefined;
  /** Bytes of the caller's buffer; undefined when the recorder leaves it out. */
  readonly Length: number | undefined;
  /** For a query what it returned, for a set what was asked; only what the recorder printed. */
  readonly fields: InformationFields;
}

/** Fields of the information structures, by their WDK names. Times: 100 ns units since 1601. */
export interface InformationFields {
  readonly CreationTime?: number;
  readonly LastAccessTime?: number;
  readonly LastWriteTime?: number;
  readonly ChangeTime?: number;
  readonly FileAttributes?: number;
  readonly AllocationSize?: number;
  readonly EndOfFile?: number;
  readonly ValidDataLength?: number;
  readonly NumberOfLinks?: number;
  readonly DeletePending?: boolean;
  readonly Directory?: boolean;
  /** File reference number as text (`0x1000000029f22`): an identity, not a quantity. */
  readonly IndexNumber?: string;
  readonly EaSize?: number;
  readonly AccessFlags?: number;
  readonly CurrentByteOffset?: number;
  /** FILE_MODE_INFORMATION: create-option bits. */
  readonly Mode?: number;
  readonly ReparseTag?: number;
  /** Returned name of a query; target of a rename or link as recorded. */
  readonly FileName?: string;
  readonly ReplaceIfExists?: boolean;
  /** FILE_DISPOSITION_INFORMATION.DeleteFile. */
  readonly DeleteFile?: boolean;
  /** Flags of the ...InformationEx classes. */
  readonly Flags?: number;
}

/** NtQueryVolumeInformationFile and NtSetVolumeInformationFile. */
export interface VolumeParameters {
  readonly type: 'volume';
  /** FS_INFORMATION_CLASS. */
  readonly FsInformationClass: number | undefined;
  readonly Length: number | undefined;
  readonly fields: VolumeFields;
}

export interface VolumeFields {
  readonly VolumeCreationTime?: number;
  readonly VolumeSerialNumber?: number;
  readonly SupportsObjects?: boolean;
  readonly VolumeLabel?: string;
  readonly TotalAllocationUnits?: number;
  readonly AvailableAllocationUnits?: number;
  readonly SectorsPerAllocationUnit?: number;
  readonly BytesPerSector?: number;
  readonly FileSystemAttributes?: number;
  readonly MaximumComponentNameLength?: number;
  readonly FileSystemName?: string;
  readonly DeviceType?: number;
  readonly Characteristics?: number;
  /** 32 hexadecimal digits. */
  readonly ObjectId?: string;
}

/** NtQueryDirectoryFile. The event's `volumePath` is the directory, without the pattern. */
export interface DirectoryParameters {
  readonly type: 'directory';
  readonly FileInformationClass: number | undefined;
  /** The pattern; undefined when none was given (continue, or all names). */
  readonly FileName: string | undefined;
  readonly Length: number | undefined;
  readonly RestartScan: boolean | undefined;
  readonly ReturnSingleEntry: boolean | undefined;
  /** The names that this call returned, in order, as far as the recorder prints them. */
  readonly names: readonly string[];
  /** Returned names that the recorder lost (Process Monitor overprints one of them). */
  readonly omitted?: number;
}

/** NtNotifyChangeDirectoryFile. */
export interface NotifyParameters {
  readonly type: 'notify';
  readonly CompletionFilter: number;
  readonly WatchTree: boolean | undefined;
}

/** NtFsControlFile and NtDeviceIoControlFile. */
export interface ControlParameters {
  readonly type: 'control';
  readonly IoControlCode: number;
  readonly InputBufferLength: number | undefined;
  readonly OutputBufferLength: number | undefined;
  readonly FileOffset?: number;
  readonly Length?: number;
}

/** NtLockFile and NtUnlockFile. */
export interface LockParameters {
  readonly type: 'lock';
  readonly ByteOffset: number;
  readonly Length: number;
  readonly ExclusiveLock: boolean;
  readonly FailImmediately: boolean;
  readonly Key: number;
}

/** FSFilter AcquireForSectionSynchronization. */
export interface SectionParameters {
  readonly type: 'section';
  /** SyncTypeOther 0, SyncTypeCreateSection 1. */
  readonly SyncType: number;
  /** PAGE_* bits; 0 when the recorder prints none. */
  readonly PageProtection: number;
}

/** NtQuerySecurityObject and NtSetSecurityObject. */
export interface SecurityParameters {
  readonly type: 'security';
  /** SECURITY_INFORMATION bits. */
  readonly SecurityInformation: number;
  readonly Length: number | undefined;
}

/** NtQueryEaFile and NtSetEaFile. */
export interface EaParameters {
  readonly type: 'ea';
  readonly Length: number | undefined;
}

/** Cleanup, close, flush and the callbacks that carry nothing a recorder prints. */
export interface NoParameters {
  readonly type: 'none';
}

/** What every parser takes beside its input. */
export interface TraceOptions {
  /** Counts, and receives what could not be parsed: throws unless it is lenient. */
  readonly tally: TraceTally;
}
