// The routines of the Filter Manager as drivers call them, room by room. A list and nothing else:
// contracts are in the rooms.
import { publishRoom } from './publish-room.ts';
import * as filter from '../fltmgr/attach/filter.ts';
import * as attach from '../fltmgr/attach/attach.ts';
import * as object from '../fltmgr/attach/object-reference.ts';
import * as lookup from '../fltmgr/attach/lookup.ts';
import * as enumerate from '../fltmgr/attach/enumerate.ts';
import * as unload from '../fltmgr/attach/unload.ts';
import * as pending from '../fltmgr/pending/pending.ts';
import * as workItem from '../fltmgr/pending/work-item.ts';
import * as safeCompletion from '../fltmgr/pending/safe-completion.ts';
import * as cancelFileOpen from '../fltmgr/pending/cancel-file-open.ts';
import * as cancel from '../fltmgr/pending/cancel.ts';
import * as callbackDataQueue from '../fltmgr/pending/callback-data-queue.ts';
import * as statusCallback from '../fltmgr/walk/status-callback.ts';
import * as data from '../fltmgr/data.ts';
import * as buffers from '../fltmgr/buffer/buffers.ts';
import * as context from '../fltmgr/context/context.ts';
import * as contextObjects from '../fltmgr/context/context-objects.ts';
import * as dataScan from '../fltmgr/initiated/data-scan.ts';
import * as contextFiles from '../fltmgr/context/context-files.ts';
import * as contextSeveral from '../fltmgr/context/context-several.ts';
import * as initiatedIo from '../fltmgr/initiated/initiated-io.ts';
import * as initiatedCreate from '../fltmgr/initiated/initiated-create.ts';
import * as initiatedReadWrite from '../fltmgr/initiated/initiated-read-write.ts';
import * as initiatedPipe from '../fltmgr/initiated/initiated-pipe.ts';
import * as initiatedQuota from '../fltmgr/initiated/initiated-quota.ts';
import * as initiatedQuery from '../fltmgr/initiated/initiated-query.ts';
import * as initiatedControl from '../fltmgr/initiated/initiated-control.ts';
import * as initiatedVolume from '../fltmgr/initiated/initiated-volume.ts';
import * as initiatedByName from '../fltmgr/initiated/initiated-by-name.ts';
import * as initiatedDirectory from '../fltmgr/initiated/initiated-directory.ts';
import * as initiatedReparse from '../fltmgr/initiated/initiated-reparse.ts';
import * as systemVolumeFolder from '../fltmgr/attach/system-volume-folder.ts';
import * as redirect from '../fltmgr/initiated/redirect.ts';
import * as reissue from '../fltmgr/walk/reissue.ts';
import * as fileName from '../fltmgr/name/file-name.ts';
import * as fileNameParse from '../fltmgr/name/file-name-parse.ts';
import * as fileNameDestination from '../fltmgr/name/file-name-destination.ts';
import * as fileNameTunnel from '../fltmgr/name/file-name-tunnel.ts';
import * as nameOptions from '../fltmgr/name/file-name-options.ts';
import * as nameControl from '../fltmgr/name/name-control.ts';
import * as fileLock from '../fltmgr/lock/file-lock.ts';
import * as locks from '../fltmgr/lock/locks.ts';
import * as cancellableWait from '../fltmgr/pending/cancellable-wait.ts';
import * as information from '../fltmgr/query/information.ts';
import * as volumeQuery from '../fltmgr/query/volume.ts';
import * as priority from '../fltmgr/priority.ts';
import * as transaction from '../fltmgr/transaction.ts';
import * as portServer from '../fltmgr/port/server.ts';
import * as portSend from '../fltmgr/port/send.ts';
import * as portSecurity from '../fltmgr/port/security.ts';

// Filters, instances, volumes.
export const { FltRegisterFilter, FltStartFiltering, FltUnregisterFilter } = publishRoom(filter);
export const { FltAttachVolume, FltAttachVolumeAtAltitude, FltDetachVolume,
  FltCompareInstanceAltitudes } = publishRoom(attach);
export const { FltObjectReference, FltObjectDereference } = publishRoom(object);
export const { FltLoadFilter, FltUnloadFilter } = publishRoom(unload);
export const { FltGetTopInstance, FltGetBottomInstance, FltGetUpperInstance, FltGetLowerInstance,
  FltGetFilterFromInstance, FltGetFilterFromName, FltGetVolumeFromInstance, FltGetVolumeFromName,
  FltGetVolumeFromDeviceObject, FltGetVolumeFromFileObject, FltGetVolumeInstanceFromName
 } = publishRoom(lookup);
export const { FltEnumerateFilters, FltEnumerateVolumes, FltEnumerateInstances
 } = publishRoom(enumerate);
export const { FltGetFilterInformation, FltGetInstanceInformation, FltGetVolumeInformation,
  FltEnumerateFilterInformation, FltEnumerateVolumeInformation,
  FltEnumerateInstanceInformationByFilter, FltEnumerateInstanceInformationByVolume,
  FltEnumerateInstanceInformationByVolumeName, FltEnumerateInstanceInformationByDeviceObject
 } = publishRoom(information);
export const { FltGetVolumeName, FltGetVolumeGuidName, FltGetVolumeProperties, FltGetDeviceObject,
  FltGetDiskDeviceObject, FltGetFileSystemType, FltIsVolumeWritable, FltIsVolumeSnapshot,
  FltIsFltMgrVolumeDeviceObject } = publishRoom(volumeQuery);

// Operations that a callback keeps.
export const { FltCompletePendedPreOperation, FltCompletePendedPostOperation
 } = publishRoom(pending);
export const { FltAllocateDeferredIoWorkItem, FltQueueDeferredIoWorkItem,
  FltFreeDeferredIoWorkItem, FltAllocateGenericWorkItem, FltQueueGenericWorkItem,
  FltFreeGenericWorkItem } = publishRoom(workItem);
export const { FltDoCompletionProcessingWhenSafe } = publishRoom(safeCompletion);
export const { FltCancelFileOpen } = publishRoom(cancelFileOpen);
export const { FltSetCancelCompletion, FltClearCancelCompletion, FltCancelIo
 } = publishRoom(cancel);
export const { FltCbdqInitialize, FltCbdqInsertIo, FltCbdqRemoveIo, FltCbdqRemoveNextIo,
  FltCbdqEnable, FltCbdqDisable } = publishRoom(callbackDataQueue);
export const { FltRequestOperationStatusCallback } = publishRoom(statusCallback);

// Callback data and buffers.
export const { FLT_IS_IRP_OPERATION, FLT_IS_FASTIO_OPERATION, FLT_IS_FS_FILTER_OPERATION,
  FLT_IS_REISSUED_IO, FLT_IS_SYSTEM_BUFFER, FltSetCallbackDataDirty, FltClearCallbackDataDirty,
  FltIsCallbackDataDirty, FltIsOperationSynchronous, FltGetRequestorProcess,
  FltGetRequestorProcessId, FltGetRequestorProcessIdEx, FltGetRequestorSessionId,
  FltIs32bitProcess, FltIsIoCanceled, FltGetIrpName } = publishRoom(data);
export const { FltDecodeParameters, FltLockUserBuffer, FltGetSwappedBufferMdlAddress,
  FltRetainSwappedBufferMdlAddress, FltGetNewSystemBufferAddress, FltAllocatePoolAlignedWithTag,
  FltFreePoolAlignedWithTag } = publishRoom(buffers);

// Contexts.
export const { FltAllocateContext, FltReferenceContext, FltReleaseContext, FltDeleteContext
 } = publishRoom(context);
export const { FltSetVolumeContext, FltGetVolumeContext, FltDeleteVolumeContext,
  FltSetInstanceContext, FltGetInstanceContext, FltDeleteInstanceContext,
  FltSetTransactionContext, FltGetTransactionContext, FltDeleteTransactionContext
 } = publishRoom(contextObjects);
export const { FltRegisterForDataScan, FltCreateSectionForDataScan, FltCloseSectionForDataScan,
  FltGetSectionContext } = publishRoom(dataScan);
export const { FltSupportsStreamContexts, FltSupportsStreamHandleContexts,
  FltSupportsFileContexts, FltSupportsFileContextsEx, FltSetFileContext, FltGetFileContext,
  FltDeleteFileContext, FltSetStreamContext, FltGetStreamContext, FltDeleteStreamContext,
  FltSetStreamHandleContext, FltGetStreamHandleContext, FltDeleteStreamHandleContext
 } = publishRoom(contextFiles);
export const { FltGetContexts, FltGetContextsEx, FltReleaseContexts, FltReleaseContextsEx
 } = publishRoom(contextSeveral);

// I/O of the filter itself.
export const { FltAllocateCallbackDataEx, FltAllocateCallbackData, FltFreeCallbackData,
  FltReuseCallbackData, FltPerformSynchronousIo, FltPerformAsynchronousIo
 } = publishRoom(initiatedIo);
export const { FltCreateFile, FltCreateFileEx, FltCreateFileEx2, FltClose
 } = publishRoom(initiatedCreate);
export const { FltReadFile, FltReadFileEx, FltWriteFile, FltWriteFileEx
 } = publishRoom(initiatedReadWrite);
export const { FltQueryInformationFile, FltSetInformationFile, FltIsDirectory,
  FltQuerySecurityObject, FltSetSecurityObject, FltQueryEaFile, FltSetEaFile
 } = publishRoom(initiatedQuery);
export const { FltFsControlFile, FltDeviceIoControlFile } = publishRoom(initiatedControl);
export const { FltQueryDirectoryFile, FltQueryDirectoryFileEx } = publishRoom(initiatedDirectory);
export const { FltTagFile, FltTagFileEx, FltUntagFile } = publishRoom(initiatedReparse);
export const { FltQueryInformationByName } = publishRoom(initiatedByName);
export const { FltCreateSystemVolumeInformationFolder } = publishRoom(systemVolumeFolder);
export const { FltQueryVolumeInformation, FltSetVolumeInformation, FltQueryVolumeInformationFile,
  FltOpenVolume, FltFlushBuffers, FltFlushBuffers2 } = publishRoom(initiatedVolume);
export const { FltCreateNamedPipeFile, FltCreateMailslotFile } = publishRoom(initiatedPipe);
export const { FltQueryQuotaInformationFile, FltSetQuotaInformationFile
 } = publishRoom(initiatedQuota);
export const { FltReissueSynchronousIo } = publishRoom(reissue);
export const { FltIsIoRedirectionAllowed, FltIsIoRedirectionAllowedForOperation,
  FltAdjustDeviceStackSizeForIoRedirection } = publishRoom(redirect);

// Names.
export const { FltGetFileNameInformation, FltGetFileNameInformationUnsafe,
  FltReferenceFileNameInformation, FltReleaseFileNameInformation, FltPurgeFileNameInformationCache
 } = publishRoom(fileName);
export const { FltParseFileNameInformation, FltParseFileName } = publishRoom(fileNameParse);
export const { FltGetDestinationFileNameInformation } = publishRoom(fileNameDestination);
export const { FltGetTunneledName } = publishRoom(fileNameTunnel);
export const { FltCheckAndGrowNameControl } = publishRoom(nameControl);
export const { FltGetFileNameFormat, FltGetFileNameQueryMethod } = publishRoom(nameOptions);

// Communication ports.
export const { FltCreateCommunicationPort, FltCloseCommunicationPort } = publishRoom(portServer);
export const { FltSendMessage, FltCloseClientPort } = publishRoom(portSend);
export const { FltBuildDefaultSecurityDescriptor, FltFreeSecurityDescriptor
 } = publishRoom(portSecurity);

// Byte-range locks.
export const { FltAllocateFileLock, FltFreeFileLock, FltInitializeFileLock,
  FltUninitializeFileLock, FltProcessFileLock, FltCheckLockForReadAccess,
  FltCheckLockForWriteAccess } = publishRoom(fileLock);

// Locks, and waits that end with the operation.
export const { FltAcquireResourceExclusive, FltAcquireResourceShared, FltReleaseResource,
  FltInitializePushLock, FltDeletePushLock, FltAcquirePushLockExclusive,
  FltAcquirePushLockExclusiveEx, FltAcquirePushLockShared, FltAcquirePushLockSharedEx,
  FltReleasePushLock, FltReleasePushLockEx } = publishRoom(locks);
export const { FltCancellableWaitForSingleObject, FltCancellableWaitForMultipleObjects
 } = publishRoom(cancellableWait);

// Transactions.
export const { FltEnlistInTransaction, FltRollbackEnlistment, FltPrePrepareComplete,
  FltPrepareComplete, FltCommitComplete, FltCommitFinalizeComplete, FltRollbackComplete
 } = publishRoom(transaction);

// Priorities.
export const { FltGetIoPriorityHint, FltGetIoPriorityHintFromCallbackData,
  FltGetIoPriorityHintFromFileObject, FltGetIoPriorityHintFromThread,
  FltSetIoPriorityHintIntoCallbackData, FltSetIoPriorityHintIntoFileObject,
  FltSetIoPriorityHintIntoThread, FltRetrieveIoPriorityInfo, FltApplyPriorityInfoThread
 } = publishRoom(priority);
