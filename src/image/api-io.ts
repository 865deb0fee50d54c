// The I/O manager, objects, processes and the file system library as drivers call them, room by
// room. A list and nothing else.
import { publishRoom } from './publish-room.ts';
import * as irp from '../ntos/io/irp/irp.ts';
import * as callDriver from '../ntos/io/irp/call-driver.ts';
import * as completion from '../ntos/io/irp/completion.ts';
import * as cancel from '../ntos/io/irp/cancel.ts';
import * as cancelSafeQueue from '../ntos/io/irp/cancel-safe-queue.ts';
import * as workItem from '../ntos/io/irp/work-item.ts';
import * as topLevelIrp from '../ntos/io/irp/top-level-irp.ts';
import * as mdl from '../ntos/io/irp/mdl.ts';
import * as device from '../ntos/io/object/device.ts';
import * as shareAccess from '../ntos/io/service/share-access.ts';
import * as controlCodes from '../ntos/io/control-codes.ts';
import * as object from '../ntos/ob/object.ts';
import * as handle from '../ntos/ob/handle.ts';
import * as closing from '../ntos/ob/close.ts';
import * as zwObject from '../ntos/ob/zw-object.ts';
import * as process from '../ntos/ob/process.ts';
import * as zwRegistry from '../ntos/cm/zw-registry.ts';
import * as rtlRegistry from '../ntos/cm/rtl-registry.ts';
import * as queryTable from '../ntos/cm/query-table.ts';
import * as driverRegistry from '../ntos/io/object/driver-registry.ts';
import * as zwFile from '../ntos/io/service/zw-file.ts';
import * as zwQuery from '../ntos/io/service/zw-query.ts';
import * as section from '../ntos/mm/nt-section.ts';
import * as fileSize from '../ntos/fsrtl/file-size.ts';
import * as ntCreate from '../ntos/io/service/nt-create.ts';
import * as buildRequest from '../ntos/io/service/build-request.ts';
import * as ecp from '../ntos/io/ecp.ts';
import * as priority from '../ntos/io/service/priority.ts';
import * as transaction from '../ntos/io/service/transaction.ts';
import * as wdkIoForms from './wdk-io-forms.ts';
import * as stack from '../ntos/io/irp/stack.ts';
import * as status from '../ntos/fsrtl/status.ts';
import * as nameExpression from '../ntos/fsrtl/name-expression.ts';
import * as filterContext from '../ntos/fsrtl/filter-context.ts';
import * as perFileContext from '../ntos/fsrtl/per-file-context.ts';

// The stack.
export const { IoGetStackLimits, IoGetRemainingStackSize, IoWithinStackLimits
 } = publishRoom(stack);

// The registry.
export const { ZwOpenKey, ZwOpenKeyEx, ZwCreateKey, ZwDeleteKey, ZwEnumerateKey, ZwQueryKey,
  ZwFlushKey, ZwQueryValueKey, ZwEnumerateValueKey, ZwSetValueKey, ZwDeleteValueKey
 } = publishRoom(zwRegistry);
export const { RtlCheckRegistryKey, RtlCreateRegistryKey, RtlWriteRegistryValue,
  RtlDeleteRegistryValue } = publishRoom(rtlRegistry);
export const { RtlQueryRegistryValues } = publishRoom(queryTable);
export const { IoOpenDriverRegistryKey } = publishRoom(driverRegistry);

// Sections.
export const { ZwCreateSection, ZwMapViewOfSection, ZwUnmapViewOfSection,
  FsRtlCreateSectionForDataScan } = publishRoom(section);
export const { FsRtlGetFileSize } = publishRoom(fileSize);

// Requests.
export const { IoSizeOfIrp, IoInitializeIrp, IoAllocateIrp, IoFreeIrp,
  IoGetCurrentIrpStackLocation, IoGetNextIrpStackLocation, IoSetNextIrpStackLocation,
  IoSkipCurrentIrpStackLocation, IoCopyCurrentIrpStackLocationToNext, IoSetCompletionRoutine,
  IoMarkIrpPending } = publishRoom(irp);
export const { IofCallDriver } = publishRoom(callDriver);
export const { IoBuildDeviceIoControlRequest } = publishRoom(buildRequest);
export const { IofCompleteRequest } = publishRoom(completion);
export const { IoGetIoPriorityHint, IoSetIoPriorityHint, IoInitializePriorityInfo
 } = publishRoom(priority);
export const { IoReleaseCancelSpinLock, IoSetCancelRoutine, IoCancelIrp } = publishRoom(cancel);
export const { IoCsqInitialize, IoCsqInitializeEx, IoCsqInsertIrp, IoCsqInsertIrpEx,
  IoCsqRemoveIrp, IoCsqRemoveNextIrp } = publishRoom(cancelSafeQueue);
export const { IoAllocateWorkItem, IoInitializeWorkItem, IoSizeofWorkItem, IoUninitializeWorkItem,
  IoFreeWorkItem, IoQueueWorkItem } = publishRoom(workItem);
export const { IoGetTopLevelIrp, IoSetTopLevelIrp } = publishRoom(topLevelIrp);

// Buffers.
export const { MmInitializeMdl, IoFreeMdl, MmBuildMdlForNonPagedPool,
  MmProbeAndLockPages, MmUnlockPages, MmGetSystemAddressForMdlSafe, MmMapLockedPagesSpecifyCache,
  MmUnmapLockedPages, MmIsAddressValid, MmGetMdlVirtualAddress, MmGetMdlByteCount
 } = publishRoom(mdl);

// Devices and shares.
export const { IoDeleteDevice, IoGetAttachedDevice, IoGetAttachedDeviceReference,
  IoAttachDeviceToDeviceStack, IoDetachDevice, IoGetRelatedDeviceObject } = publishRoom(device);
export const { IoCreateDevice, IoCreateSymbolicLink, IoDeleteSymbolicLink,
  IoGetDeviceObjectPointer, IoVolumeDeviceToDosName, IoReplaceFileObjectName
 } = publishRoom(wdkIoForms);
export const { IoCheckShareAccess, IoSetShareAccess, IoUpdateShareAccess, IoRemoveShareAccess
 } = publishRoom(shareAccess);
export const { CTL_CODE, DEVICE_TYPE_FROM_CTL_CODE, METHOD_FROM_CTL_CODE
 } = publishRoom(controlCodes);

// Files by handle.
export const { ZwCreateFile, ZwOpenFile, ZwReadFile, ZwWriteFile, ZwFlushBuffersFile,
  ZwDeleteFile } = publishRoom(zwFile);
export const { ZwQueryInformationFile, ZwSetInformationFile, ZwQueryVolumeInformationFile,
  ZwSetVolumeInformationFile, ZwQueryDirectoryFile, ZwFsControlFile, ZwDeviceIoControlFile,
  ZwUnlockFile, ZwQueryEaFile, ZwSetEaFile, ZwQuerySecurityObject, ZwSetSecurityObject
 } = publishRoom(zwQuery);
export const { NtClose } = publishRoom(ntCreate);
export const { IoGetTransactionParameterBlock, ZwQueryInformationTransaction
 } = publishRoom(transaction);

// Objects and handles.
export const { ObReferenceObject, ObReferenceObjectSafe, ObDereferenceObject,
  ObDereferenceObjectDeferDelete } = publishRoom(object);
export const { ObReferenceObjectByHandle, ObReferenceObjectByPointer, ObOpenObjectByPointer
 } = publishRoom(handle);

export const { ZwClose, ObCloseHandle, ObIsKernelHandle } = publishRoom(closing);

export const { ZwCreateEvent, ZwSetEvent, ZwClearEvent, ZwWaitForSingleObject, ZwOpenProcess
 } = publishRoom(zwObject);

// Processes and threads.
export const { PsInitialSystemProcess, IoThreadToProcess, PsGetCurrentProcess,
  IoGetCurrentProcess, PsGetProcessId, PsGetCurrentProcessId, PsGetProcessSessionId,
  PsGetProcessImageFileName, PsLookupProcessByProcessId, PsGetCurrentThread, PsGetThreadId,
  PsGetCurrentThreadId, PsGetThreadProcessId, PsIsSystemThread, IoIsSystemThread,
  PsIsThreadTerminating, PsLookupThreadByThreadId } = publishRoom(process);

// Extra create parameters.
export const { FsRtlAllocateExtraCreateParameterList, FsRtlAllocateExtraCreateParameter,
  FsRtlFreeExtraCreateParameter, FsRtlFreeExtraCreateParameterList, FsRtlInsertExtraCreateParameter,
  FsRtlFindExtraCreateParameter, FsRtlRemoveExtraCreateParameter, FsRtlGetNextExtraCreateParameter,
  FsRtlAcknowledgeEcp, FsRtlPrepareToReuseEcp, FsRtlIsEcpAcknowledged, FsRtlIsEcpFromUserMode
 } = publishRoom(ecp);

// The file system library.
export const { FsRtlIsNtstatusExpected, FsRtlNormalizeNtstatus } = publishRoom(status);
export const { FsRtlIsNameInExpression, FsRtlDoesNameContainWildCards, FsRtlDissectName
 } = publishRoom(nameExpression);
export const { FsRtlSetupAdvancedHeader, FsRtlGetPerStreamContextPointer,
  FsRtlSupportsPerStreamContexts, FsRtlInsertPerStreamContext, FsRtlLookupPerStreamContext,
  FsRtlRemovePerStreamContext, FsRtlTeardownPerStreamContexts } = publishRoom(filterContext);
export const { FsRtlSetupAdvancedHeaderEx, FsRtlGetPerFileContextPointer,
  FsRtlSupportsPerFileContexts, FsRtlInsertPerFileContext, FsRtlLookupPerFileContext,
  FsRtlRemovePerFileContext, FsRtlTeardownPerFileContexts } = publishRoom(perFileContext);
