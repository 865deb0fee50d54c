// Sections for scanning data, and their contexts (8.1, CTX-20). A filter registers its instance,
// makes a section of a file together with a section context, at most one per stream and instance,
// and closes the context when it has looked.
//
// Simplification: on Windows the Filter Manager tells SectionNotificationCallback about operations
// that a section keeps from purging the cache. Views are copies here (ntos/mm/view.ts) and keep
// nothing from happening, so the callback is never called.
import { i32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { FsRtlGetFileSize } from '../../ntos/fsrtl/file-size.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { FsRtlCreateSectionForDataScan } from '../../ntos/mm/nt-section.ts';
import { ObpCloseHandle } from '../../ntos/ob/handle.ts';
import { ObDereferenceObject } from '../../ntos/ob/object.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FILE_IS_A_DIRECTORY, STATUS_INVALID_FILE_FOR_SECTION,
  STATUS_INVALID_PARAMETER, STATUS_NOT_FOUND, STATUS_NOT_SUPPORTED, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FLT_FSTYPE_CDFS, FLT_FSTYPE_CSVFS, FLT_FSTYPE_EXFAT, FLT_FSTYPE_FAT, FLT_FSTYPE_NTFS,
  FLT_FSTYPE_REFS, FLT_FSTYPE_UDFS, FLT_SECTION_CONTEXT, FLT_SET_CONTEXT_KEEP_IF_EXISTS }
  from '../constants.ts';
import { CONTEXT_NODE, NODE_LINKED, NODE_NEVER_LINKED, nodeOfContext }
  from '../context/context-node.ts';
import { getFromStream, setOnStream } from '../context/context-files.ts';
import { unlinkNode } from '../context/context-link.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { checkIrql } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { POBJECT_ATTRIBUTES } from '../../ntos/rtl/types.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const { DataScan, set_DataScan, Volume, Filter } = FLT_INSTANCE.bound;
const { FileSystemType } = FLT_VOLUME.bound;
const n = CONTEXT_NODE.bound;
/** File systems of disks; those of the network and of pipes have no sections to speak of. */
const scannable: readonly number[] = [FLT_FSTYPE_NTFS, FLT_FSTYPE_REFS, FLT_FSTYPE_FAT,
  FLT_FSTYPE_EXFAT, FLT_FSTYPE_CDFS, FLT_FSTYPE_UDFS, FLT_FSTYPE_CSVFS];

function isScannable(instance: PFLT_INSTANCE): boolean {
  return scannable.includes(FileSystemType(Volume(instance) as PFLT_VOLUME));
}

/**
 * Lets an instance make sections for scanning. IRQL <= APC_LEVEL.
 * @returns STATUS_NOT_SUPPORTED on a volume of the network, of pipes or of mailslots.
 */
export function FltRegisterForDataScan(Instance: PFLT_INSTANCE): NTSTATUS {
  checkIrql('FltRegisterForDataScan', APC_LEVEL);
  if (!isScannable(Instance)) return STATUS_NOT_SUPPORTED;
  set_DataScan(Instance, 1);
  return STATUS_SUCCESS;
}

/** Whether a context may be linked by this instance: of the kind, its filter's. */
function isUsable(instance: PFLT_INSTANCE, context: number): boolean {
  const node = nodeOfContext(context);
  return node !== 0 && n.ContextType(node) === FLT_SECTION_CONTEXT &&
    n.Filter(node) === Filter(instance);
}

function isDirectory(file: PFILE_OBJECT): boolean {
  const frame = pushFrame();
  const status = FsRtlGetFileSize(file, stackAlloc(8));
  popFrame(frame);
  return status === STATUS_FILE_IS_A_DIRECTORY;
}

/**
 * Makes a section of a file and links the section context to the stream. IRQL <= APC_LEVEL.
 *
 * @param SectionContext from FltAllocateContext; it is taken off with FltCloseSectionForDataScan,
 *   not with FltDeleteContext. @param ObjectAttributes NULL, or OBJ_KERNEL_HANDLE and no name.
 * @param SectionPageProtection PAGE_READONLY or PAGE_READWRITE. @param AllocationAttributes
 *   SEC_COMMIT, and SEC_FILE. @param SectionHandle,SectionObject where both go: ZwClose and
 *   ObDereferenceObject end them. @param SectionFileSize NULL, or where the file's size goes.
 * @returns STATUS_INVALID_PARAMETER (not registered, no section context of this filter),
 *   STATUS_NOT_SUPPORTED (the volume, the stream), STATUS_FILE_IS_A_DIRECTORY, STATUS_END_OF_FILE
 *   (it is empty), STATUS_INVALID_FILE_FOR_SECTION, STATUS_INVALID_PARAMETER_8,
 *   STATUS_INVALID_PARAMETER_9, STATUS_INSUFFICIENT_RESOURCES, STATUS_FLT_CONTEXT_ALREADY_DEFINED
 *   (the instance has a section of the stream), STATUS_FLT_CONTEXT_ALREADY_LINKED,
 *   STATUS_FLT_DELETING_OBJECT.
 */
export function FltCreateSectionForDataScan(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, SectionContext: number,
  DesiredAccess: number, ObjectAttributes: POBJECT_ATTRIBUTES, MaximumSize: number,
  SectionPageProtection: number, AllocationAttributes: number, Flags: number,
  SectionHandle: OutPtr, SectionObject: OutPtr, SectionFileSize: OutPtr,
): NTSTATUS {
  checkIrql('FltCreateSectionForDataScan', APC_LEVEL);
  i32[SectionHandle >> 2] = 0;
  i32[SectionObject >> 2] = 0;
  if (!isScannable(Instance)) return STATUS_NOT_SUPPORTED;
  if (DataScan(Instance) === 0 || !isUsable(Instance, SectionContext)) {
    return STATUS_INVALID_PARAMETER;
  }
  const made = FsRtlCreateSectionForDataScan(SectionHandle, SectionObject, SectionFileSize,
    FileObject, DesiredAccess, ObjectAttributes, MaximumSize, SectionPageProtection,
    AllocationAttributes, Flags);
  if (made === STATUS_INVALID_FILE_FOR_SECTION && isDirectory(FileObject)) {
    return STATUS_FILE_IS_A_DIRECTORY;
  }
  if (!NT_SUCCESS(made)) return made;
  const linked = setOnStream(Instance, FileObject, FLT_SECTION_CONTEXT,
    FLT_SET_CONTEXT_KEEP_IF_EXISTS, SectionContext, 0);
  if (NT_SUCCESS(linked)) return made;
  ObpCloseHandle(i32[SectionHandle >> 2]!);
  ObDereferenceObject(i32[SectionObject >> 2]!);
  i32[SectionHandle >> 2] = 0;
  i32[SectionObject >> 2] = 0;
  return linked;
}

/**
 * Takes a section context off its stream; the Filter Manager's reference goes, the caller's stays.
 * IRQL <= APC_LEVEL. The section itself stays until its handle and references are gone.
 * @returns STATUS_INVALID_PARAMETER for a context that no section was made with, STATUS_NOT_FOUND
 *   when it was closed already, or taken off by the instance's teardown.
 */
export function FltCloseSectionForDataScan(SectionContext: number): NTSTATUS {
  checkIrql('FltCloseSectionForDataScan', APC_LEVEL);
  const node = nodeOfContext(SectionContext);
  if (node === 0 || n.ContextType(node) !== FLT_SECTION_CONTEXT) return STATUS_INVALID_PARAMETER;
  const state = load(n.at_State(node));
  if (state === NODE_NEVER_LINKED) return STATUS_INVALID_PARAMETER;
  if (state !== NODE_LINKED) return STATUS_NOT_FOUND;
  unlinkNode(node);
  return STATUS_SUCCESS;
}

/** Gets an instance's section context of a stream, with a reference. STATUS_NOT_FOUND. */
export function FltGetSectionContext(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, Context: OutPtr,
): NTSTATUS {
  checkIrql('FltGetSectionContext', APC_LEVEL);
  return getFromStream(Instance, FileObject, FLT_SECTION_CONTEXT, Context);
}
