// FltQueryDirectoryFile and its Ex form: the entries of a directory, asked of the instances below
// and the file system (6.5). The caller's buffer is the system buffer; nothing is copied.
import { STATUS_INVALID_PARAMETER } from '../../ntos/status-codes.ts';
import { IRP_MJ_DIRECTORY_CONTROL, IRP_MN_QUERY_DIRECTORY, SL_NO_CURSOR_UPDATE, SL_RESTART_SCAN,
  SL_RETURN_ON_DISK_ENTRIES_ONLY, SL_RETURN_SINGLE_ENTRY } from '../../ntos/io/types.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { checkInstance, checkMayBlock, checkOpen } from './initiated-check.ts';
import { given, initiate, returnLength } from './initiated-request.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
/** Flags that a filter may give: all but SL_INDEX_SPECIFIED, which needs an index in the IRP. */
const SL_QUERY_DIRECTORY_MASK = SL_RESTART_SCAN | SL_RETURN_SINGLE_ENTRY |
  SL_RETURN_ON_DISK_ENTRIES_ONLY | SL_NO_CURSOR_UPDATE;

/**
 * Reads entries of an open directory. PASSIVE_LEVEL, APCs enabled. The first call fixes the
 * pattern; SL_RESTART_SCAN begins anew.
 *
 * @param QueryFlags SL_RESTART_SCAN, SL_RETURN_SINGLE_ENTRY, SL_RETURN_ON_DISK_ENTRIES_ONLY,
 *   SL_NO_CURSOR_UPDATE. @param FileName a UNICODE_STRING pattern, or NULL.
 * @returns STATUS_NO_MORE_FILES at the end, STATUS_NO_SUCH_FILE when nothing matches at all,
 *   STATUS_BUFFER_OVERFLOW when not even the first entry fits, STATUS_INVALID_PARAMETER for flags
 *   that are not for this routine.
 */
export function FltQueryDirectoryFileEx(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileInformation: number, Length: number,
  FileInformationClass: number, QueryFlags: number, FileName: number, LengthReturned: OutPtr,
): NTSTATUS {
  const name = 'FltQueryDirectoryFile';
  checkInstance(name, Instance);
  checkMayBlock(name);
  checkOpen(name, FileObject);
  if ((QueryFlags & ~SL_QUERY_DIRECTORY_MASK) !== 0) return STATUS_INVALID_PARAMETER;
  const result = initiate({
    instance: Instance, file: FileObject, major: IRP_MJ_DIRECTORY_CONTROL,
    minor: IRP_MN_QUERY_DIRECTORY, operationFlags: QueryFlags,
    fill(ctrl) {
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_Length(ctrl, Length);
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_FileName(ctrl, FileName as never);
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_FileInformationClass(ctrl,
        FileInformationClass);
      c.set_Iopb_Parameters_DirectoryControl_QueryDirectory_DirectoryBuffer(ctrl, FileInformation);
    },
  });
  returnLength(LengthReturned, given(result));
  return result.status;
}

/** FltQueryDirectoryFileEx with the two oldest flags as BOOLEANs. */
export function FltQueryDirectoryFile(
  Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT, FileInformation: number, Length: number,
  FileInformationClass: number, ReturnSingleEntry: boolean, FileName: number, RestartScan: boolean,
  LengthReturned: OutPtr,
): NTSTATUS {
  const flags = (RestartScan ? SL_RESTART_SCAN : 0) |
    (ReturnSingleEntry ? SL_RETURN_SINGLE_ENTRY : 0);
  return FltQueryDirectoryFileEx(Instance, FileObject, FileInformation, Length,
    FileInformationClass, flags, FileName, LengthReturned);
}
