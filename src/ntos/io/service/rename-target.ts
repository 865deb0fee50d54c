// A rename or link to another directory: the I/O manager opens the target's parent directory
// (SL_OPEN_TARGET_DIRECTORY) and hands its file object to the file system, which then needs only
// the last component. A simple name stays in its directory and opens nothing.
import { u16 } from '../../../mem/memory.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_INVALID_PARAMETER, STATUS_NOT_SAME_DEVICE, STATUS_SUCCESS }
  from '../../status-codes.ts';
import { FILE_OBJECT, SL_OPEN_TARGET_DIRECTORY } from '../types.ts';
import { FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_WRITE_DATA, SYNCHRONIZE } from '../file-constants.ts';
import { FILE_RENAME_INFORMATION } from '../information/file-information.ts';
import { IopCreateFile } from './create-file.ts';
import { fileByHandle, releaseFile } from './service.ts';
import { closeOpenedFile } from '../object/file-object.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT } from '../types.ts';

const r = FILE_RENAME_INFORMATION.bound;
type PRENAME = Parameters<typeof r.FileNameLength>[0];
const { DeviceObject } = FILE_OBJECT.bound;
const nameAt = FILE_RENAME_INFORMATION.offsets['FileName'] ?? 12;

/** The new name of a rename or link request. */
export function renameTarget(information: number): string {
  const length = r.FileNameLength(information as PRENAME) / 2;
  const start = (information + nameAt) >> 1;
  return String.fromCharCode(...u16.subarray(start, start + length));
}

/**
 * Opens the directory a rename goes to; 0 when the name stays where it is.
 * A failing status (negative) as the open gives it; STATUS_INVALID_PARAMETER for a short buffer.
 */
export function openTargetDirectory(
  handle: number,
  information: number,
  length: number,
): PFILE_OBJECT | NTSTATUS {
  const p = information as PRENAME;
  if (length < nameAt || length < nameAt + r.FileNameLength(p)) return STATUS_INVALID_PARAMETER;
  const path = renameTarget(information);
  const rootHandle = r.RootDirectory(p);
  if (!path.includes('\\') && rootHandle === 0) return STATUS_SUCCESS as NTSTATUS;
  if (path.startsWith(':')) return STATUS_SUCCESS as NTSTATUS;
  const root = rootHandle === 0 ? 0 : fileByHandle(rootHandle, 0);
  if (root < 0) return root as NTSTATUS;
  const result = IopCreateFile({
    path,
    root: root as PFILE_OBJECT,
    desiredAccess: FILE_WRITE_DATA | SYNCHRONIZE,
    fileAttributes: 0,
    shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE,
    disposition: FILE_OPEN,
    options: FILE_OPEN_FOR_BACKUP_INTENT,
    mode: 0,
    flags: SL_OPEN_TARGET_DIRECTORY,
  });
  if (root > 0) releaseFile(root as PFILE_OBJECT);
  if (!NT_SUCCESS(result.status)) return result.status;
  return sameVolume(handle, result.file);
}

/** Renames do not cross volumes (STATUS_NOT_SAME_DEVICE). */
function sameVolume(handle: number, target: PFILE_OBJECT): PFILE_OBJECT | NTSTATUS {
  const file = fileByHandle(handle, 0);
  if (file < 0) {
    closeOpenedFile(target);
    return file as NTSTATUS;
  }
  const same = DeviceObject(file as PFILE_OBJECT) === DeviceObject(target);
  releaseFile(file as PFILE_OBJECT);
  if (same) return target;
  closeOpenedFile(target);
  return STATUS_NOT_SAME_DEVICE;
}
