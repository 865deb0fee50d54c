// Where a rename or link that a filter initiates goes: like the I/O manager for an application, the
// Filter Manager opens the directory of the new name (SL_OPEN_TARGET_DIRECTORY), but only below the
// initiating instance. A simple name stays in its directory and opens nothing.
import { i32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { OB_TYPE_FILE } from '../../ntos/ob/object.ts';
import { ObReferenceObjectByHandle } from '../../ntos/ob/handle.ts';
import { openTarget } from '../../ntos/io/service/rename-target.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_INSTANCE } from '../types.ts';

const { Volume } = FLT_INSTANCE.bound;
const { DeviceObject: filterDevice } = FLT_VOLUME.bound;
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
  return openTarget(file, information, length, fileOfHandle, {
    target: filterDevice(Volume(instance)) as PDEVICE_OBJECT, instance });
}
