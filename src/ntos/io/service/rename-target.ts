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
import type { CreateRequest } from './create-file.ts';

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
 * Opens the directory that a rename or link of `file` goes to; 0 when the name stays where it is.
 * PASSIVE_LEVEL.
 *
 * @param rootOf the file object of the new name's root directory, referenced.
 * @param below which device, and instances below which, the open goes to; all by default.
 * @returns a referenced file object. A failing status (negative) as the open gives it;
 *   STATUS_INVALID_PARAMETER for a short buffer, STATUS_NOT_SAME_DEVICE.
 */
export function openTarget(
  file: PFILE_OBJECT, information: number, length: number,
  rootOf: (handle: number) => PFILE_OBJECT | NTSTATUS,
  below: Pick<CreateRequest, 'target' | 'instance'> = {},
): PFILE_OBJECT | NTSTATUS {
  const p = information as PRENAME;
  if (length < nameAt || length < nameAt + r.FileNameLength(p)) return STATUS_INVALID_PARAMETER;
  const path = renameTarget(information);
  const rootHandle = r.RootDirectory(p);
  if (path.startsWith(':') || (!path.includes('\\') && rootHandle === 0)) return STATUS_SUCCESS;
  const root = rootHandle === 0 ? 0 : rootOf(rootHandle);
  if (root < 0) return root as NTSTATUS;
  const result = IopCreateFile({
    path, root: root as PFILE_OBJECT, desiredAccess: FILE_WRITE_DATA | SYNCHRONIZE,
    fileAttributes: 0, shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE, disposition: FILE_OPEN,
    options: FILE_OPEN_FOR_BACKUP_INTENT, mode: 0, flags: SL_OPEN_TARGET_DIRECTORY, ...below,
  });
  if (root > 0) releaseFile(root as PFILE_OBJECT);
  if (!NT_SUCCESS(result.status)) return result.status;
  if (DeviceObject(result.file) === DeviceObject(file)) return result.file;
  closeOpenedFile(result.file);
  return STATUS_NOT_SAME_DEVICE;
}

/** The same for the file of a handle, whose root directory is a handle of the caller's. */
export function openTargetDirectory(
  handle: number, information: number, length: number,
): PFILE_OBJECT | NTSTATUS {
  const file = fileByHandle(handle, 0);
  if (file < 0) return file as NTSTATUS;
  const opened = openTarget(file as PFILE_OBJECT, information, length,
    (root) => fileByHandle(root, 0));
  releaseFile(file as PFILE_OBJECT);
  return opened;
}
