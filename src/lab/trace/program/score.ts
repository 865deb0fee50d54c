// Which recorded results a replay can be held to, which answers mean the same, and what a mismatch
// would be about.
// Guarantees: an unscored event has a named reason, decided by the request and by what kind of
// answer it got (a security decision, another driver's answer), never by whether a replay would
// match it. Everything a file system and an I/O manager decide is scored.
import type { TraceEvent } from '../event.ts';
import { controlCode, controlName } from '../control-codes.ts';
import { isFileSystemMetadata, isPaging } from '../inference/access.ts';
import { isOutside } from '../inference/initial-state.ts';
import * as status from '../nt-status.ts';
import { operationInfo } from '../operations.ts';
import { SyncTypeOther } from '../wdk.ts';

/** Why an event is not scored; the sentences are for reports. */
export const unscoredSentences = {
  'unknown-operation': 'The recorder printed no known operation.',
  'never-completed': 'The operation was still pending when the log ended.',
  'unknown-result': 'The recorder printed a result that has no known status.',
  'assumed-result': 'The recorder keeps no results.',
  'fast-io-attempt': 'A filter of the recorded machine refused fast I/O; the retry is scored.',
  'reparsed': 'A reparse point sent the open elsewhere; the open that followed is scored.',
  'access-control': 'The answer came from a security descriptor that the log does not show.',
  'privilege': 'The answer depended on the privileges of the caller.',
  'other-driver': 'Another driver than the file system answered: private or device control.',
  'file-system-metadata': 'The recorded file system paged its own metadata.',
  'outside-volume': 'The path is on a network share, a pipe or mailslot, or a raw device.',
  'not-a-file-request': 'A request to the system or the volume, not to a file.',
  'no-open-file': 'The log shows no open that this could have been issued on.',
  'not-recorded': 'Made up by inference; not in the log.',
} as const;

export type UnscoredReason = keyof typeof unscoredSentences;

/** Reasons of events that are not issued either: nothing of them can be replayed. */
export const unissuedReasons: ReadonlySet<UnscoredReason> = new Set([
  'unknown-operation', 'access-control', 'privilege', 'file-system-metadata', 'outside-volume',
  'not-a-file-request', 'no-open-file', 'reparsed',
]);

/** What a mismatch in each group is about. */
export const groupSentences = {
  'name-lookup': 'Whether a name exists, and whether it is a file or a directory.',
  'share-access': 'Share access and pending deletion, decided by who has the file open.',
  'open-and-create': 'Creates, opens, overwrites.',
  'close': 'Cleanup and close.',
  'data': 'Reads and writes: the size of the file and byte-range locks decide.',
  'paging-io': 'Paging reads and writes on a file object.',
  'information': 'File information.',
  'buffer-length': 'A buffer too small for the answer; the log leaves its length out.',
  'directory-scan': 'Directory listings: pattern, position, end.',
  'change-notification': 'When a change notification completes, and with what.',
  'oplock': 'Oplock grants, breaks and ends.',
  'usn-journal': 'The change journal of the volume.',
  'file-system-control': 'Other file-system controls.',
  'device-control': 'Device controls sent through a file.',
  'byte-range-lock': 'Byte-range locks.',
  'section': 'Section synchronisation: readers or writers present.',
  'security': 'Security descriptors.',
  'extended-attributes': 'Extended attributes.',
  'volume-information': 'Volume information.',
  'fast-io': 'Fast I/O queries by path.',
  'flush': 'Flushes and their synchronisation.',
} as const;

export type GroupKey = keyof typeof groupSentences;

const OPLOCKS = new Set(['FSCTL_REQUEST_OPLOCK_LEVEL_1', 'FSCTL_REQUEST_OPLOCK_LEVEL_2',
  'FSCTL_REQUEST_BATCH_OPLOCK', 'FSCTL_OPLOCK_BREAK_ACKNOWLEDGE',
  'FSCTL_OPBATCH_ACK_CLOSE_PENDING', 'FSCTL_OPLOCK_BREAK_NOTIFY', 'FSCTL_OPLOCK_BREAK_ACK_NO_2',
  'FSCTL_REQUEST_FILTER_OPLOCK', 'FSCTL_REQUEST_OPLOCK'].map(controlCode));

const JOURNAL = new Set(['FSCTL_READ_USN_JOURNAL', 'FSCTL_QUERY_USN_JOURNAL',
  'FSCTL_READ_FILE_USN_DATA', 'FSCTL_WRITE_USN_CLOSE_RECORD', 'FSCTL_ENUM_USN_DATA',
  'FSCTL_CREATE_USN_JOURNAL', 'FSCTL_DELETE_USN_JOURNAL'].map(controlCode));

/** Controls that a file system answers by itself. */
const ANSWERED = new Set(['FSCTL_LOCK_VOLUME', 'FSCTL_UNLOCK_VOLUME', 'FSCTL_DISMOUNT_VOLUME',
  'FSCTL_IS_VOLUME_MOUNTED', 'FSCTL_IS_PATHNAME_VALID', 'FSCTL_MARK_VOLUME_DIRTY',
  'FSCTL_GET_COMPRESSION', 'FSCTL_SET_COMPRESSION', 'FSCTL_FILESYSTEM_GET_STATISTICS',
  'FSCTL_GET_NTFS_VOLUME_DATA', 'FSCTL_GET_VOLUME_BITMAP', 'FSCTL_GET_RETRIEVAL_POINTERS',
  'FSCTL_IS_VOLUME_DIRTY', 'FSCTL_ALLOW_EXTENDED_DASD_IO', 'FSCTL_SET_OBJECT_ID',
  'FSCTL_GET_OBJECT_ID', 'FSCTL_DELETE_OBJECT_ID', 'FSCTL_SET_REPARSE_POINT',
  'FSCTL_GET_REPARSE_POINT', 'FSCTL_DELETE_REPARSE_POINT', 'FSCTL_SET_OBJECT_ID_EXTENDED',
  'FSCTL_CREATE_OR_GET_OBJECT_ID', 'FSCTL_SET_SPARSE', 'FSCTL_SET_ZERO_DATA',
  'FSCTL_QUERY_ALLOCATED_RANGES', 'FSCTL_MARK_HANDLE', 'FSCTL_QUERY_FILE_REGIONS',
  'FSCTL_FILE_LEVEL_TRIM', 'FSCTL_GET_RETRIEVAL_POINTER_BASE', 'FSCTL_SET_REPARSE_POINT_EX',
].map(controlCode));

/** Why this event cannot be scored; undefined when it can. */
export function unscoredReason(event: TraceEvent): UnscoredReason | undefined {
  if (event.operation === 'unknown') return 'unknown-operation';
  if (isNoFileRequest(event)) return 'not-a-file-request';
  if (event.volume === '' || isOutside(event.volume)) return 'outside-volume';
  if (isFileSystemMetadata(event)) return 'file-system-metadata';
  if (event.statusAssumed === true) return 'assumed-result';
  const result = event.status;
  if (result === undefined) {
    return (event.recordedResult ?? '') === '' ? 'never-completed' : 'unknown-result';
  }
  if (result === status.STATUS_FLT_DISALLOW_FAST_IO) return 'fast-io-attempt';
  if (result === status.STATUS_PRIVILEGE_NOT_HELD) return 'privilege';
  if (event.operation === 'create' && result === status.STATUS_REPARSE) return 'reparsed';
  return isOtherDrivers(event, result) ? 'other-driver' : undefined;
}

function isNoFileRequest(event: TraceEvent): boolean {
  switch (event.operation) {
    case 'shutdown': case 'power': case 'system-control': case 'device-change': case 'pnp':
    case 'volume-mount': case 'volume-dismount': case 'internal-device-control':
    case 'create-named-pipe': case 'create-mailslot': case 'query-open':
    case 'fast-io-check-if-possible': case 'query-quota': case 'set-quota': return true;
    default: return operationInfo[event.operation].path === 'none';
  }
}

/**
 * Controls that the file system passes on (to the disk, from a volume handle) or that another
 * filter answers. A refusal as unknown is the file system's own answer, whatever the code.
 */
function isOtherDrivers(event: TraceEvent, result: number): boolean {
  const { parameters } = event;
  if (parameters.type !== 'control') return false;
  if (result === status.STATUS_INVALID_DEVICE_REQUEST) return false;
  if (event.operation === 'device-control') {
    return event.volumePath === '' || controlName(parameters.IoControlCode) === undefined
      || result !== status.STATUS_INVALID_PARAMETER;
  }
  const code = parameters.IoControlCode;
  return !OPLOCKS.has(code) && !JOURNAL.has(code) && !ANSWERED.has(code);
}

/**
 * Statuses that a system call shows for the recorded one. Process Monitor records what the file
 * system answered, and two answers look different from outside; another recorder knows only that a
 * file could be mapped, not whether a writer had it open.
 */
export function alsoAccepted(event: TraceEvent): readonly number[] {
  const { operation, status: result } = event;
  if (operation === 'query-security' && result === status.STATUS_BUFFER_OVERFLOW) {
    return [status.STATUS_BUFFER_TOO_SMALL];
  }
  if (operationInfo[operation].path !== 'fs-filter' || result !== 0) return [];
  const { parameters } = event;
  const isCreateSection = operation === 'acquire-for-section' && parameters.type === 'section'
    && parameters.SyncType !== SyncTypeOther;
  return isCreateSection ? [status.STATUS_FILE_LOCKED_WITH_ONLY_READERS,
    status.STATUS_FILE_LOCKED_WITH_WRITERS] : [status.STATUS_FSFILTER_OP_COMPLETED_SUCCESSFULLY];
}

/** What a mismatch of this event is about. */
export function groupOf(event: TraceEvent): GroupKey {
  const { parameters, status: result } = event;
  switch (event.operation) {
    case 'create': return createGroup(result);
    case 'cleanup': case 'close': return 'close';
    case 'network-query-open': return 'fast-io';
    case 'read': case 'write': case 'mdl-read': case 'prepare-mdl-write':
    case 'mdl-read-complete': case 'mdl-write-complete':
      return isPaging(parameters) ? 'paging-io' : 'data';
    case 'query-directory': return 'directory-scan';
    case 'notify-change-directory': return 'change-notification';
    case 'lock': case 'unlock-single': case 'unlock-all': case 'unlock-all-by-key':
      return 'byte-range-lock';
    case 'acquire-for-section': case 'release-for-section': return 'section';
    case 'flush-buffers': case 'acquire-for-cc-flush': case 'release-for-cc-flush':
    case 'acquire-for-mod-write': case 'release-for-mod-write': return 'flush';
    case 'device-control': return 'device-control';
    case 'file-system-control':
      return parameters.type === 'control' ? controlGroup(parameters.IoControlCode)
        : 'file-system-control';
    default: break;
  }
  if (result === status.STATUS_BUFFER_OVERFLOW) return 'buffer-length';
  if (parameters.type === 'security') return 'security';
  if (parameters.type === 'ea') return 'extended-attributes';
  return parameters.type === 'volume' ? 'volume-information' : 'information';
}

function createGroup(result: number | undefined): GroupKey {
  if (result === status.STATUS_SHARING_VIOLATION || result === status.STATUS_DELETE_PENDING) {
    return 'share-access';
  }
  return result !== undefined && !status.isSuccess(result) ? 'name-lookup' : 'open-and-create';
}

function controlGroup(code: number): GroupKey {
  if (OPLOCKS.has(code)) return 'oplock';
  return JOURNAL.has(code) ? 'usn-journal' : 'file-system-control';
}

/** True for FSCTLs whose request stays pending until an oplock breaks. */
export const isOplockRequest = (code: number): boolean => OPLOCKS.has(code);
