// Where a rename or link that a filter initiates goes: like the I/O manager for an application, the
// Filter Manager opens the directory of the new name (SL_OPEN_TARGET_DIRECTORY), but only below the
// initiating instance. A simple name stays in its directory and opens nothing.
import { i32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_INVALID_PARAMETER, STATUS_NOT_SAME_DEVICE, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { closeOpenedFile } from '../../ntos/io/object/file-object.ts';
import { OB_TYPE_FILE, ObDereferenceObject } from '../../ntos/ob/object.ts';
import { ObReferenceObjectByHandle } from '../../ntos/ob/handle.ts';
import { IopCreateFile } from '../../ntos/io/service/create-file.ts';
import { FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_WRITE_DATA, SYNCHRONIZE } from '../../ntos/io/file-constants.ts';
import { FILE_RENAME_INFORMATION } from '../../ntos/io/information/file-information.ts';
import { renameTarget } from '../../ntos/io/service/rename-target.ts';
import { FILE_OBJECT, SL_OPEN_TARGET_DIRECTORY } from '../../ntos/io/types.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const r = FILE_RENAME_INFORMATION.bound;
type PRENAME = Parameters<typeof r.FileNameLength>[0];
const { DeviceObject } = FILE_OBJECT.bound;
const { Volume } = FLT_INSTANCE.bound;
const { DeviceObject: filterDevice } = FLT_VOLUME.bound;
const nameAt = FILE_RENAME_INFORMATION.offsets['FileName'] ?? 12;
const KernelMode = 0;

/** The file object of a handle, referenced; 0 for no handle, a failing status (negative). */
export function fileOfHandle(handle: number): PFILE_OBJECT | NTSTATUS {
  if (handle === 0) return 0 as PFILE_OBJECT;
  const frame = pushFrame();
  const out = stackAlloc(4);
  const status = ObReferenceObjectByHandle(handle, 0, OB_TYPE_FILE, KernelMode, out);
  const file = i32[out >> 2]! as PFILE_OBJECT;
  popFrame(frame);
  return NT_SUCCESS(status) ? file : status;
}

/**
 * Opens the directory of the new name, referenced; 0 when the name stays in its directory. A
 * failing status (negative): the open's, STATUS_NOT_SAME_DEVICE, STATUS_INVALID_PARAMETER.
 * PASSIVE_LEVEL.
 */
export function openRenameTarget(
  instance: PFLT_INSTANCE,
  file: PFILE_OBJECT,
  information: number,
  length: number,
): PFILE_OBJECT | NTSTATUS {
  const p = information as PRENAME;
  if (length < nameAt || length < nameAt + r.FileNameLength(p)) return STATUS_INVALID_PARAMETER;
  const path = renameTarget(information);
  const rootHandle = r.RootDirectory(p);
  if (path.startsWith(':') || (!path.includes('\\') && rootHandle === 0)) return STATUS_SUCCESS;
  const root = fileOfHandle(rootHandle);
  if (root < 0) return root as NTSTATUS;
  const result = IopCreateFile({
    path,
    root: root as PFILE_OBJECT,
    desiredAccess: FILE_WRITE_DATA | SYNCHRONIZE,
    fileAttributes: 0,
    shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE,
    disposition: FILE_OPEN,
    options: FILE_OPEN_FOR_BACKUP_INTENT,
    mode: KernelMode,
    flags: SL_OPEN_TARGET_DIRECTORY,
    target: filterDevice(Volume(instance)) as PDEVICE_OBJECT,
    instance,
  });
  if (root > 0) ObDereferenceObject(root);
  if (!NT_SUCCESS(result.status)) return result.status;
  if (DeviceObject(result.file) === DeviceObject(file)) return result.file;
  closeOpenedFile(result.file);
  return STATUS_NOT_SAME_DEVICE;
}
