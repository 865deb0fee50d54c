// FILE_OBJECT.FileObjectExtension: what only few file objects carry. A create that a minifilter
// initiated goes to the devices and instances below it only, and so do its later cleanup and
// close (IO-13, IO-15): the target device and the initiating instance are remembered here. So is
// whether the open takes no part in share access (IO_IGNORE_SHARE_ACCESS_CHECK, IO-16).
import { POINTER, ULONG, pointer } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { fillBytes } from '../../../mem/memory.ts';
import { compareExchange } from '../../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { FILE_OBJECT } from '../types.ts';
import { TAG_NAME } from './private.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../types.ts';
import type { Ptr } from '../../../mem/pointer.ts';

const IOP_FILE_OBJECT_EXTENSION = struct('IOP_FILE_OBJECT_EXTENSION', {
  TopDeviceObjectHint: pointer('DEVICE_OBJECT'),
  /** The instance that initiated the create; the Filter Manager starts below it. */
  FilterContext: POINTER,
  IgnoresSharing: ULONG,
  /** IO_PRIORITY_HINT plus one; 0 where none was set. */
  IoPriority: ULONG,
});
const { FileObjectExtension, set_FileObjectExtension, at_FileObjectExtension } = FILE_OBJECT.bound;
const x = IOP_FILE_OBJECT_EXTENSION.bound;

/** The extension of a file object, or NULL. */
export function extensionOf(file: PFILE_OBJECT): Ptr<'IOP_FILE_OBJECT_EXTENSION'> {
  return FileObjectExtension(file) as Ptr<'IOP_FILE_OBJECT_EXTENSION'>;
}

function allocateExtension(): Ptr<'IOP_FILE_OBJECT_EXTENSION'> {
  const size = IOP_FILE_OBJECT_EXTENSION.size;
  const at = ExAllocatePoolWithTag(NonPagedPool, size, TAG_NAME);
  if (at !== 0) fillBytes(at, 0, size);
  return at as Ptr<'IOP_FILE_OBJECT_EXTENSION'>;
}

/** Gives a file object that has none an extension; false when there is no memory. */
export function setExtension(
  file: PFILE_OBJECT,
  device: PDEVICE_OBJECT,
  instance: number,
  ignoresSharing = false,
): boolean {
  const at = allocateExtension();
  if (at === 0) return false;
  x.set_TopDeviceObjectHint(at, device);
  x.set_FilterContext(at, instance);
  x.set_IgnoresSharing(at, ignoresSharing ? 1 : 0);
  set_FileObjectExtension(file, at);
  return true;
}

/** The extension of an open file object, made where it has none; NULL without memory. */
function ensureExtension(file: PFILE_OBJECT): Ptr<'IOP_FILE_OBJECT_EXTENSION'> {
  const there = extensionOf(file);
  if (there !== 0) return there;
  const fresh = allocateExtension();
  if (fresh === 0) return fresh;
  // Two threads may want one at the same time; the file object keeps the first.
  const first = compareExchange(at_FileObjectExtension(file), 0, fresh);
  if (first === 0) return fresh;
  ExFreePoolWithTag(fresh, TAG_NAME);
  return first as Ptr<'IOP_FILE_OBJECT_EXTENSION'>;
}

/** The I/O priority hint of a file object plus one; 0 where none was set. */
export function filePriority(file: PFILE_OBJECT): number {
  const at = extensionOf(file);
  return at === 0 ? 0 : x.IoPriority(at);
}

/** Sets it; false when there is no memory. */
export function setFilePriority(file: PFILE_OBJECT, hintPlusOne: number): boolean {
  const at = ensureExtension(file);
  if (at !== 0) x.set_IoPriority(at, hintPlusOne);
  return at !== 0;
}

/** Whether requests on the file object go elsewhere than to the top of the stack. */
export function isTargeted(file: PFILE_OBJECT): boolean {
  return targetDevice(file) !== 0;
}

/** Takes the extension away again. */
export function freeExtension(file: PFILE_OBJECT): void {
  ExFreePoolWithTag(FileObjectExtension(file), TAG_NAME);
  set_FileObjectExtension(file, 0);
}

/** The device that requests on the file object go to, when it is not the top of the stack. */
export function targetDevice(file: PFILE_OBJECT): PDEVICE_OBJECT {
  const at = extensionOf(file);
  return at === 0 ? (0 as PDEVICE_OBJECT) : (x.TopDeviceObjectHint(at) as PDEVICE_OBJECT);
}

/** The minifilter instance that initiated the create, or NULL. */
export function initiatingInstance(file: PFILE_OBJECT): number {
  const at = extensionOf(file);
  return at === 0 ? 0 : x.FilterContext(at);
}

/**
 * Whether the file object takes no part in share access: opened by IO_IGNORE_SHARE_ACCESS_CHECK.
 * Any IRQL.
 */
export function IoIsFileObjectIgnoringSharing(FileObject: PFILE_OBJECT): boolean {
  const at = extensionOf(FileObject);
  return at !== 0 && x.IgnoresSharing(at) !== 0;
}
