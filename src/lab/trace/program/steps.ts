// The steps of a replay: what each recorded thread asks the system for, in the parameters of the
// system calls.
// Guarantees: plain data that survives a structured clone. Fields are named after the parameters of
// the call that `call` names; handles are numbers of `ReplayProgram.handles`, filled by the step
// that opens them. A step without a log line (`line` 0) is made up and never scored.
import type { InformationFields } from '../event.ts';
import type { GroupKey, UnscoredReason } from './score.ts';

/** What every step says beside its parameters. */
export interface StepFacts {
  /** Place in the replay's global order; dense, from 0; preparation has its own. */
  readonly order: number;
  /** Index of the event in order of effect; -1 for made-up steps. */
  readonly sequence: number;
  /** CSV row or line of the log; 0 for made-up steps. */
  readonly line: number;
  /** Index in `ReplayProgram.threads`. */
  readonly thread: number;
  /** The recorder's word (`QueryDirectory`). */
  readonly recordedName: string;
  /** Volume and path, for reports. */
  readonly path: string;
  /** NTSTATUS that the log shows; undefined without one. */
  readonly expectedStatus: number | undefined;
  /** Statuses that say the same at the system call: see `score.ts`. */
  readonly alsoAccepted: readonly number[];
  readonly scored: boolean;
  /** Why not, when not. */
  readonly reason: UnscoredReason | undefined;
  /**
   * `kernel` when the handle that the request went to was not opened for it: the I/O manager would
   * have refused a user, so a driver issued it on the file object. Does not look at the result.
   */
  readonly requestorMode: 'user' | 'kernel';
  /** The request may stay pending while its thread goes on (notifications, oplocks, locks). */
  readonly mayPend: boolean;
  /** Order of the last step that the log began before this one completed. */
  readonly completedAfter: number;
  /** Names of parameters that the log left out. */
  readonly inferred: readonly string[];
  /** One of them had to be taken from the event's own result. */
  readonly fromOwnResult: boolean;
  /** What a mismatch would be about: see `groupSentences`. */
  readonly group: GroupKey;
}

/** NtCreateFile. ObjectName is `volume` + `volumePath` (+ a backslash with TrailingBackslash). */
export interface CreateCall {
  readonly call: 'NtCreateFile';
  /** The slot that a success fills; -1 when the log shows a failure: close what opens instead. */
  readonly handle: number;
  readonly volume: string;
  readonly volumePath: string;
  readonly TrailingBackslash: boolean;
  readonly DesiredAccess: number;
  readonly AllocationSize: number;
  readonly FileAttributes: number;
  readonly ShareAccess: number;
  readonly CreateDisposition: number;
  /** As recorded, without FILE_OPEN_BY_FILE_ID, and asynchronous when a request stays pending. */
  readonly CreateOptions: number;
  /** IoStatus.Information of the recorded success. */
  readonly OpenResult: number | undefined;
}

/** NtClose: CLEANUP, and CLOSE too unless the slot keeps its file object. */
export interface CloseCall {
  readonly call: 'NtClose';
  readonly handle: number;
}

/** The last reference to the file object goes: IRP_MJ_CLOSE. */
export interface DereferenceCall {
  readonly call: 'ObDereferenceObject';
  readonly handle: number;
}

/** Reads and writes by handle; ByteOffset -1 and -2 as in the WDK. */
export interface ReadWriteCall {
  readonly call: 'NtReadFile' | 'NtWriteFile';
  readonly handle: number;
  readonly ByteOffset: number;
  readonly Length: number;
}

/** Paging I/O on the slot's file object, by the memory or cache manager. */
export interface PagingCall {
  readonly call: 'IoPageRead' | 'IoSynchronousPageWrite';
  readonly handle: number;
  readonly ByteOffset: number;
  readonly Length: number;
  /** IRP_NOCACHE, IRP_PAGING_IO, IRP_SYNCHRONOUS_PAGING_IO as recorded. */
  readonly IrpFlags: number;
}

/** The MDL pair of fast I/O, on the file object. */
export interface MdlCall {
  readonly call: 'FsRtlMdlReadDev' | 'FsRtlPrepareMdlWriteDev'
    | 'FsRtlMdlReadCompleteDev' | 'FsRtlMdlWriteCompleteDev';
  readonly handle: number;
  readonly FileOffset: number;
  readonly Length: number;
}

export interface QueryInformationCall {
  readonly call: 'NtQueryInformationFile';
  readonly handle: number;
  readonly FileInformationClass: number;
  readonly Length: number;
}

/** NtSetInformationFile; the structure's fields as far as the log prints them. */
export interface SetInformationCall {
  readonly call: 'NtSetInformationFile';
  readonly handle: number;
  readonly FileInformationClass: number;
  readonly fields: InformationFields;
  /** Rename and link: the target inside the volume. */
  readonly targetPath: string | undefined;
}

export interface VolumeInformationCall {
  readonly call: 'NtQueryVolumeInformationFile' | 'NtSetVolumeInformationFile';
  readonly handle: number;
  readonly FsInformationClass: number;
  readonly Length: number;
}

export interface QueryDirectoryCall {
  readonly call: 'NtQueryDirectoryFile';
  readonly handle: number;
  readonly FileInformationClass: number;
  readonly FileName: string | undefined;
  readonly Length: number;
  readonly RestartScan: boolean;
  readonly ReturnSingleEntry: boolean;
}

export interface NotifyCall {
  readonly call: 'NtNotifyChangeDirectoryFile';
  readonly handle: number;
  readonly CompletionFilter: number;
  readonly WatchTree: boolean;
  readonly Length: number;
  /** The log shows a cancellation: cancel after `completedAfter`. */
  readonly Cancel: boolean;
}

export interface ControlCall {
  readonly call: 'NtFsControlFile' | 'NtDeviceIoControlFile';
  readonly handle: number;
  readonly IoControlCode: number;
  /** undefined: as long as the code's own input structure. */
  readonly InputBufferLength: number | undefined;
  readonly OutputBufferLength: number;
  readonly FileOffset: number | undefined;
  readonly Length: number | undefined;
  /** FSCTL_REQUEST_OPLOCK: OPLOCK_LEVEL_CACHE_* bits. */
  readonly RequestedOplockLevel: number | undefined;
  readonly Cancel: boolean;
}

export interface LockCall {
  readonly call: 'NtLockFile' | 'NtUnlockFile' | 'UnlockAll' | 'UnlockAllByKey';
  readonly handle: number;
  readonly ByteOffset: number;
  readonly Length: number;
  readonly Key: number;
  readonly ExclusiveLock: boolean;
  readonly FailImmediately: boolean;
  readonly Cancel: boolean;
}

export interface SecurityCall {
  readonly call: 'NtQuerySecurityObject' | 'NtSetSecurityObject';
  readonly handle: number;
  readonly SecurityInformation: number;
  readonly Length: number;
}

/** EaName '' asks for all EAs of the file. */
export interface EaCall {
  readonly call: 'NtQueryEaFile' | 'NtSetEaFile';
  readonly handle: number;
  readonly EaName: string;
  readonly Length: number;
}

export interface FlushCall {
  readonly call: 'NtFlushBuffersFile';
  readonly handle: number;
}

/** FSFilter callbacks that the memory and cache manager ask for, on the file object. */
export interface SynchronizationCall {
  readonly call: 'AcquireForSectionSynchronization' | 'ReleaseForSectionSynchronization'
    | 'AcquireForModWrite' | 'ReleaseForModWrite' | 'AcquireForCcFlush' | 'ReleaseForCcFlush';
  readonly handle: number;
  readonly SyncType: number;
  readonly PageProtection: number;
  /** The log shows no releases: release right after a granted acquire. */
  readonly releaseFollows: boolean;
}

/** The fast I/O query by path alone (FastIoQueryOpen), without the create that may follow it. */
export interface QueryOpenCall {
  readonly call: 'FastIoQueryOpen';
  readonly volume: string;
  readonly volumePath: string;
}

export type Call =
  | CreateCall | CloseCall | DereferenceCall | ReadWriteCall | PagingCall | MdlCall
  | QueryInformationCall | SetInformationCall | VolumeInformationCall | QueryDirectoryCall
  | NotifyCall | ControlCall | LockCall | SecurityCall | EaCall | FlushCall
  | SynchronizationCall | QueryOpenCall;

export type Step = StepFacts & Call;
