// FltQueryInformationFile, FltSetInformationFile, EAs and security: questions about a file and
// changes of what is known about it, sent only to the instances below and the file system (6.5).
// The caller's buffer is the system buffer; nothing is copied.
import { i32, u8 } from '../../mem/memory.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { closeOpenedFile } from '../../ntos/io/object/file-object.ts';
import { IRP_MJ_QUERY_EA, IRP_MJ_QUERY_INFORMATION, IRP_MJ_QUERY_SECURITY, IRP_MJ_SET_EA,
  IRP_MJ_SET_INFORMATION, IRP_MJ_SET_SECURITY, SL_INDEX_SPECIFIED, SL_RESTART_SCAN,
  SL_RETURN_SINGLE_ENTRY } from '../../ntos/io/types.ts';
import { FileLinkInformation, FileLinkInformationEx, FileRenameInformation,
  FileRenameInformationEx, FileStandardInformation }
  from '../../ntos/io/information/information-classes.ts';
import { FILE_STANDARD_INFORMATION } from '../../ntos/io/information/file-information.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { checkInstance, checkMayBlock, checkOpen, checkTopLevel, isDetaching }
  from './initiated-check.ts';
import { given, initiate, returnLength } from './initiated-request.ts';
import { openRenameTarget } from './initiated-rename.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { InitiatedRequest, InitiatedResult } from './initiated-request.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const { Directory } = FILE_STANDARD_INFORMATION.bound;
const renames: readonly number[] = [FileRenameInformation, FileRenameInformationEx,
  FileLinkInformation, FileLinkInformationEx];

function ask(routine: string, request: InitiatedRequest): InitiatedResult {
  checkInstance(routine, request.instance);
  checkMayBlock(routine);
  checkOpen(routine, request.file);
  return initiate(request);
}

/**
 * Asks the file system about a file. PASSIVE_LEVEL, APCs enabled, TopLevelIrp NULL, file open.
 *
 * @param LengthReturned address of a ULONG, or NULL.
 * @returns the file system's status, STATUS_VOLUME_DISMOUNTED, STATUS_INSUFFICIENT_RESOURCES.
 */
export function FltQueryInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileInformation: number, Length: number,
  FileInformationClass: number, LengthReturned: OutPtr,
): NTSTATUS {
  const name = 'FltQueryInformationFile';
  checkTopLevel(name);
  const result = ask(name, {
    instance: Instance, file: FileObject, major: IRP_MJ_QUERY_INFORMATION,
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryFileInformation_Length(ctrl, Length);
      c.set_Iopb_Parameters_QueryFileInformation_FileInformationClass(ctrl, FileInformationClass);
      c.set_Iopb_Parameters_QueryFileInformation_InfoBuffer(ctrl, FileInformation);
    },
  });
  returnLength(LengthReturned, given(result));
  return result.status;
}

/**
 * Changes what is known about a file; a rename stays on the volume and is the only legal way for a
 * filter to rename. PASSIVE_LEVEL, file open. STATUS_NOT_SAME_DEVICE for a name on another volume.
 */
export function FltSetInformationFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileInformation: number, Length: number,
  FileInformationClass: number,
): NTSTATUS {
  const name = 'FltSetInformationFile';
  checkInstance(name, Instance);
  checkMayBlock(name);
  checkOpen(name, FileObject);
  let target = 0 as PFILE_OBJECT;
  if (renames.includes(FileInformationClass)) {
    const opened = openRenameTarget(Instance, FileObject, FileInformation, Length);
    if (opened < 0) return opened as NTSTATUS;
    target = opened as PFILE_OBJECT;
  }
  const { status } = initiate({
    instance: Instance, file: FileObject, major: IRP_MJ_SET_INFORMATION,
    fill(ctrl) {
      const replace = Length > 0 ? u8[FileInformation]! & 1 : 0;
      c.set_Iopb_Parameters_SetFileInformation_Length(ctrl, Length);
      c.set_Iopb_Parameters_SetFileInformation_FileInformationClass(ctrl, FileInformationClass);
      c.set_Iopb_Parameters_SetFileInformation_ParentOfTarget(ctrl, target);
      c.set_Iopb_Parameters_SetFileInformation_ReplaceIfExists(ctrl, replace);
      c.set_Iopb_Parameters_SetFileInformation_InfoBuffer(ctrl, FileInformation);
    },
  });
  if (target !== 0) closeOpenedFile(target);
  return status;
}

/**
 * Whether an open file is a directory. <= APC_LEVEL on the page, PASSIVE_LEVEL where the file
 * system has to be asked, which is always here.
 *
 * @param IsDirectory address of a BOOLEAN.
 */
export function FltIsDirectory(
  FileObject: PFILE_OBJECT,
  Instance: PFLT_INSTANCE,
  IsDirectory: OutPtr,
): NTSTATUS {
  const frame = pushFrame();
  const information = stackAlloc(FILE_STANDARD_INFORMATION.size) as Parameters<typeof Directory>[0];
  const { status } = ask('FltIsDirectory', {
    instance: Instance, file: FileObject, major: IRP_MJ_QUERY_INFORMATION,
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryFileInformation_Length(ctrl, FILE_STANDARD_INFORMATION.size);
      c.set_Iopb_Parameters_QueryFileInformation_FileInformationClass(ctrl,
        FileStandardInformation);
      c.set_Iopb_Parameters_QueryFileInformation_InfoBuffer(ctrl, information);
    },
  });
  if (NT_SUCCESS(status)) u8[IsDirectory] = Directory(information) === 0 ? 0 : 1;
  popFrame(frame);
  return NT_SUCCESS(status) ? STATUS_SUCCESS : status;
}

/**
 * Reads a security descriptor. PASSIVE_LEVEL, file open.
 *
 * @param LengthNeeded address of a ULONG or NULL: the size of the descriptor.
 * @returns STATUS_BUFFER_TOO_SMALL, STATUS_ACCESS_DENIED.
 */
export function FltQuerySecurityObject(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, SecurityInformation: number,
  SecurityDescriptor: number, Length: number, LengthNeeded: OutPtr,
): NTSTATUS {
  const { status, information } = ask('FltQuerySecurityObject', {
    instance: Instance, file: FileObject, major: IRP_MJ_QUERY_SECURITY,
    fill(ctrl) {
      c.set_Iopb_Parameters_QuerySecurity_SecurityInformation(ctrl, SecurityInformation);
      c.set_Iopb_Parameters_QuerySecurity_Length(ctrl, Length);
      c.set_Iopb_Parameters_QuerySecurity_SecurityBuffer(ctrl, SecurityDescriptor);
    },
  });
  // The size comes with the failure, too: it says what the second call needs.
  returnLength(LengthNeeded, information);
  return status;
}

/** Stores a security descriptor. PASSIVE_LEVEL, file open. */
export function FltSetSecurityObject(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, SecurityInformation: number,
  SecurityDescriptor: number,
): NTSTATUS {
  return ask('FltSetSecurityObject', {
    instance: Instance, file: FileObject, major: IRP_MJ_SET_SECURITY,
    fill(ctrl) {
      c.set_Iopb_Parameters_SetSecurity_SecurityInformation(ctrl, SecurityInformation);
      c.set_Iopb_Parameters_SetSecurity_SecurityDescriptor(ctrl, SecurityDescriptor);
    },
  }).status;
}

/**
 * Reads extended attributes. PASSIVE_LEVEL, file open. `EaIndex` is the address of a ULONG, NULL
 * for none. STATUS_EAS_NOT_SUPPORTED, STATUS_FLT_DELETING_OBJECT.
 */
export function FltQueryEaFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, ReturnedEaData: number, Length: number,
  ReturnSingleEntry: boolean, EaList: number, EaListLength: number, EaIndex: number,
  RestartScan: boolean, LengthReturned: OutPtr,
): NTSTATUS {
  if (isDetaching(Instance)) return STATUS_FLT_DELETING_OBJECT;
  const flags = (RestartScan ? SL_RESTART_SCAN : 0) |
    (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0) | (EaIndex === 0 ? 0 : SL_INDEX_SPECIFIED);
  const result = ask('FltQueryEaFile', {
    instance: Instance, file: FileObject, major: IRP_MJ_QUERY_EA, operationFlags: flags,
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryEa_Length(ctrl, Length);
      c.set_Iopb_Parameters_QueryEa_EaList(ctrl, EaList);
      c.set_Iopb_Parameters_QueryEa_EaListLength(ctrl, EaListLength);
      c.set_Iopb_Parameters_QueryEa_EaIndex(ctrl, EaIndex === 0 ? 0 : i32[EaIndex >> 2]!);
      c.set_Iopb_Parameters_QueryEa_EaBuffer(ctrl, ReturnedEaData);
    },
  });
  returnLength(LengthReturned, given(result));
  return result.status;
}

/** Writes extended attributes. PASSIVE_LEVEL, file open. Statuses as FltQueryEaFile. */
export function FltSetEaFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, EaBuffer: number, Length: number,
): NTSTATUS {
  if (isDetaching(Instance)) return STATUS_FLT_DELETING_OBJECT;
  return ask('FltSetEaFile', {
    instance: Instance, file: FileObject, major: IRP_MJ_SET_EA,
    fill(ctrl) {
      c.set_Iopb_Parameters_SetEa_Length(ctrl, Length);
      c.set_Iopb_Parameters_SetEa_EaBuffer(ctrl, EaBuffer);
    },
  }).status;
}
