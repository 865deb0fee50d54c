// Process Monitor's Operation column: which recorded operation each display name is, and for the
// query and set operations which information class.
// Guarantees: all 48 file-system operations of Process Monitor and the names it prints for their
// minor functions are here; any other name is unknown and is counted as such by the parser.
import type { OperationKind } from '../event.ts';
import { FileInformationClass, FsInformationClass } from '../wdk.ts';

export interface NamedOperation {
  readonly kind: OperationKind;
  /** FILE_INFORMATION_CLASS or FS_INFORMATION_CLASS, for the names that stand for one. */
  readonly informationClass?: number;
}

const operations: Readonly<Record<string, OperationKind>> = {
  VolumeDismount: 'volume-dismount', VolumeMount: 'volume-mount',
  FASTIO_MDL_WRITE_COMPLETE: 'mdl-write-complete', WriteFile2: 'prepare-mdl-write',
  FASTIO_MDL_READ_COMPLETE: 'mdl-read-complete', ReadFile2: 'mdl-read',
  QueryOpen: 'network-query-open', FASTIO_CHECK_IF_POSSIBLE: 'fast-io-check-if-possible',
  IRP_MJ_12: 'unknown', IRP_MJ_11: 'unknown', IRP_MJ_10: 'unknown', IRP_MJ_9: 'unknown',
  IRP_MJ_8: 'unknown', FASTIO_NOTIFY_STREAM_FO_CREATION: 'notify-stream-file-object',
  FASTIO_RELEASE_FOR_CC_FLUSH: 'release-for-cc-flush',
  FASTIO_ACQUIRE_FOR_CC_FLUSH: 'acquire-for-cc-flush',
  FASTIO_RELEASE_FOR_MOD_WRITE: 'release-for-mod-write',
  FASTIO_ACQUIRE_FOR_MOD_WRITE: 'acquire-for-mod-write',
  FASTIO_RELEASE_FOR_SECTION_SYNCHRONIZATION: 'release-for-section',
  FASTIO_ACQUIRE_FOR_SECTION_SYNCHRONIZATION: 'acquire-for-section',
  CreateFileMapping: 'acquire-for-section',
  CreateFile: 'create', IRP_MJ_CREATE: 'create',
  CreatePipe: 'create-named-pipe', CreateMailSlot: 'create-mailslot',
  IRP_MJ_CLOSE: 'close', CloseFile: 'cleanup', IRP_MJ_CLEANUP: 'cleanup',
  ReadFile: 'read', IRP_MJ_READ: 'read', FASTIO_READ: 'read',
  WriteFile: 'write', IRP_MJ_WRITE: 'write', FASTIO_WRITE: 'write',
  QueryInformationFile: 'query-information', IRP_MJ_QUERY_INFORMATION: 'query-information',
  SetInformationFile: 'set-information', IRP_MJ_SET_INFORMATION: 'set-information',
  QueryEAFile: 'query-ea', SetEAFile: 'set-ea', FlushBuffersFile: 'flush-buffers',
  IRP_MJ_FLUSH_BUFFERS: 'flush-buffers',
  QueryVolumeInformation: 'query-volume-information',
  SetVolumeInformation: 'set-volume-information',
  DirectoryControl: 'query-directory', QueryDirectory: 'query-directory',
  NotifyChangeDirectory: 'notify-change-directory',
  FileSystemControl: 'file-system-control', DeviceIoControl: 'device-control',
  InternalDeviceIoControl: 'internal-device-control', Shutdown: 'shutdown',
  LockUnlockFile: 'lock', LockFile: 'lock', UnlockFileSingle: 'unlock-single',
  UnlockFileAll: 'unlock-all', UnlockFileByKey: 'unlock-all-by-key',
  FASTIO_LOCK: 'lock', FASTIO_UNLOCK_SINGLE: 'unlock-single', FASTIO_UNLOCK_ALL: 'unlock-all',
  FASTIO_UNLOCK_ALL_BY_KEY: 'unlock-all-by-key',
  QuerySecurityFile: 'query-security', SetSecurityFile: 'set-security',
  Power: 'power', SystemControl: 'system-control', DeviceChange: 'device-change',
  QueryFileQuota: 'query-quota', SetFileQuota: 'set-quota', PlugAndPlay: 'pnp',
  StartDevice: 'pnp', QueryRemoveDevice: 'pnp', RemoveDevice: 'pnp', CancelRemoveDevice: 'pnp',
  StopDevice: 'pnp', QueryStopDevice: 'pnp', CancelStopDevice: 'pnp',
  QueryDeviceRelations: 'pnp', QueryInterface: 'pnp', QueryCapabilities: 'pnp',
  QueryResources: 'pnp', QueryResourceRequirements: 'pnp', QueryDeviceText: 'pnp',
  FilterResourceRequirements: 'pnp', ReadConfig: 'pnp', WriteConfig: 'pnp', Eject: 'pnp',
  SetLock: 'pnp', QueryId: 'pnp', QueryPnpDeviceState: 'pnp', QueryBusInformation: 'pnp',
  DeviceUsageNotification: 'pnp', SurpriseRemoval: 'pnp', QueryLegacyBusInformation: 'pnp',
};

const queries: Readonly<Record<string, number>> = {
  QueryBasicInformationFile: 4, QueryStandardInformationFile: 5,
  QueryFileInternalInformationFile: 6, QueryEaInformationFile: 7,
  QueryAccessInformationFile: 8, QueryNameInformationFile: 9,
  QueryPositionInformationFile: 14, QueryModeInformationFile: 16,
  QueryAlignmentInformationFile: 17, QueryAllInformationFile: 18, QueryEndOfFile: 20,
  QueryAlternateNameInformationFile: 21, QueryStreamInformationFile: 22,
  QueryCompressionInformationFile: 28, QueryMoveClusterInformationFile: 31,
  QueryNetworkOpenInformationFile: 34, QueryAttributeTagFile: 35, QueryAttributeTag: 35,
  QueryIdBothDirectory: 37, QueryValidDataLength: 39, QueryShortNameInformationFile: 40,
  QueryIoPiorityHint: 43, QueryIoPriorityHint: 43, QueryLinks: 46,
  QueryNormalizedNameInformationFile: 48, QueryNetworkPhysicalNameInformationFile: 49,
  QueryIdGlobalTxDirectoryInformation: 50, QueryIsRemoteDeviceInformation: 51,
  QueryAttributeCacheInformation: 52, QueryNumaNodeInformation: 53,
  QueryStandardLinkInformation: 54, QueryRemoteProtocolInformation: 55,
  QueryRenameInformationBypassAccessCheck: 56, QueryLinkInformationBypassAccessCheck: 57,
  QueryVolumeNameInformation: 58, QueryIdInformation: 59, QueryIdExtdDirectoryInformation: 60,
  QueryHardLinkFullIdInformation: 62, QueryIdExtdBothDirectoryInformation: 63,
  QueryDesiredStorageClassInformation: 67, QueryStatInformation: 68,
  QueryMemoryPartitionInformation: 69, QuerySatLxInformation: 70, QueryStatLxInformation: 70,
  QueryCaseSensitiveInformation: 71, QueryLinkInformationEx: 72,
  QueryLinkInfomraitonBypassAccessCheck: 73, QueryStorageReservedIdInformation: 74,
  QueryCaseSensitiveInformationForceAccessCheck: 75,
};

const sets: Readonly<Record<string, number>> = {
  SetBasicInformationFile: 4, SetRenameInformationFile: 10, SetLinkInformationFile: 11,
  SetDispositionInformationFile: 13, SetPositionInformationFile: 14,
  SetModeInformationFile: 16, SetAllocationInformationFile: 19,
  SetEndOfFileInformationFile: 20, SetFileStreamInformation: 22, SetPipeInformation: 23,
  SetCompletionInformationFile: 30, SetQuotaInformationFile: 32,
  SetValidDataLengthInformationFile: 39, SetShortNameInformation: 40,
  SetIoPriorityHintInformation: 43, SetReplaceCompletionInformation: 61,
  SetDispositionInformationEx: 64, SetRenameInformationEx: 65,
  SetRenameInformationExBypassAccessCheck: 66, SetLinkInformationEx: 72,
  SetCaseSensitiveInformation: 71, SetStorageReservedIdInformation: 74,
};

const volumeQueries: Readonly<Record<string, number>> = {
  QueryInformationVolume: FsInformationClass.FileFsVolumeInformation,
  QueryLabelInformationVolume: FsInformationClass.FileFsLabelInformation,
  QuerySizeInformationVolume: FsInformationClass.FileFsSizeInformation,
  QueryDeviceInformationVolume: FsInformationClass.FileFsDeviceInformation,
  QueryAttributeInformationVolume: FsInformationClass.FileFsAttributeInformation,
  QueryControlInformationVolume: FsInformationClass.FileFsControlInformation,
  QueryFullSizeInformationVolume: FsInformationClass.FileFsFullSizeInformation,
  QueryObjectIdInformationVolume: FsInformationClass.FileFsObjectIdInformation,
  QuerySectorSizeInformationVolume: FsInformationClass.FileFsSectorSizeInformation,
};

const volumeSets: Readonly<Record<string, number>> = {
  SetControlInformationVolume: FsInformationClass.FileFsControlInformation,
  SetLabelInformationVolume: FsInformationClass.FileFsLabelInformation,
  SetObjectIdInformationVolume: FsInformationClass.FileFsObjectIdInformation,
};

const byName = new Map<string, NamedOperation>();
for (const [name, kind] of Object.entries(operations)) byName.set(name, { kind });
const tables = [
  ['query-information', queries], ['set-information', sets],
  ['query-volume-information', volumeQueries], ['set-volume-information', volumeSets],
] as const;
for (const [kind, table] of tables) {
  for (const [name, informationClass] of Object.entries(table)) {
    byName.set(name, { kind, informationClass });
  }
}

/** The operation behind a display name; undefined for a name that Process Monitor does not have. */
export function namedOperation(displayName: string): NamedOperation | undefined {
  return byName.get(displayName);
}

/** The value of `FileInformationClass: ...` in a Detail. */
export function informationClassFromWord(word: string): number | undefined {
  const classes: Readonly<Record<string, number>> = FileInformationClass;
  return Object.hasOwn(classes, word) ? classes[word] : undefined;
}
