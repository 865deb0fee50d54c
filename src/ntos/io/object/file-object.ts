// File objects: one per successful open. The handle table and every request hold references; the
// last handle sends IRP_MJ_CLEANUP, the last reference IRP_MJ_CLOSE. A synchronous file object is
// used by one thread at a time: Busy and Waiters are its lock.
import { add, exchange, load, notify, store } from '../../../atomics-sync/atomics.ts';
import { parkWhile } from '../../../atomics-sync/park.ts';
import { fillBytes, u16 as chars } from '../../../mem/memory.ts';
import { kernelRoutine } from '../../../mem/routine.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { KeInitializeEvent, NotificationEvent, SynchronizationEvent } from '../../ke/event.ts';
import { OB_TYPE_FILE, ObCreateObject, ObDereferenceObject, ObReferenceObject, ObpRegisterType }
  from '../../ob/object.ts';
import { setFileEventOffset } from '../../ob/zw-object.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { DEVICE_OBJECT, FILE_OBJECT, FO_CLEANUP_COMPLETE, FO_FILE_OPEN, FO_HANDLE_CREATED,
  IO_STATUS_BLOCK,
  IRP_CLOSE_OPERATION, IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_SYNCHRONOUS_API } from '../types.ts';
import { IO_TYPE_FILE, TAG_NAME } from './private.ts';
import { IoFreeIrp } from '../irp/irp.ts';
import { IoGetRelatedDeviceObject } from './device.ts';
import { buildRequest, sendAndWait } from '../service/issue.ts';
import { extensionOf, freeExtension, targetDevice } from './file-extension.ts';
import { requestOutOfMemory } from '../irp/misuse.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PVPB } from '../types.ts';

const f = FILE_OBJECT.bound;
const { at_ReferenceCount: openCount } = DEVICE_OBJECT.bound;
const KernelMode = 0;

/** Makes a file object for a create; NULL when there is no memory. */
export function createFileObject(disk: PDEVICE_OBJECT, vpb: PVPB, name: string): PFILE_OBJECT {
  const file = ObCreateObject(OB_TYPE_FILE, FILE_OBJECT.size) as PFILE_OBJECT;
  if (file === 0) return file;
  fillBytes(file, 0, FILE_OBJECT.size);
  f.set_Type(file, IO_TYPE_FILE);
  f.set_Size(file, FILE_OBJECT.size);
  f.set_DeviceObject(file, disk);
  ObReferenceObject(disk);
  add(openCount(disk), 1);
  f.set_Vpb(file, vpb);
  KeInitializeEvent(f.at_Lock(file), SynchronizationEvent, false);
  KeInitializeEvent(f.at_Event(file), NotificationEvent, false);
  if (!setFileName(file, name)) {
    abandonFile(file);
    return 0 as PFILE_OBJECT;
  }
  return file;
}

/** Lets the device of a file object go. */
function releaseDevice(file: PFILE_OBJECT): void {
  const device = f.DeviceObject(file) as PDEVICE_OBJECT;
  if (device === 0) return;
  f.set_DeviceObject(file, 0 as PDEVICE_OBJECT);
  add(openCount(device), -1);
  ObDereferenceObject(device);
}

/** Drops a file object that was never opened: no close is sent for it. */
export function abandonFile(file: PFILE_OBJECT): void {
  releaseDevice(file);
  ObDereferenceObject(file);
}

/** Replaces the name of a file object; false when there is no memory. */
export function setFileName(file: PFILE_OBJECT, name: string): boolean {
  const bytes = name.length * 2;
  const buffer = bytes === 0 ? 0 : ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_NAME);
  if (bytes !== 0 && buffer === 0) return false;
  freeName(file);
  for (let i = 0; i < name.length; i++) chars[(buffer >> 1) + i] = name.charCodeAt(i);
  f.set_FileName_Buffer(file, buffer as never);
  f.set_FileName_Length(file, bytes);
  f.set_FileName_MaximumLength(file, bytes);
  return true;
}

/** The name a file object was opened by, relative to its volume or its related file object. */
export function fileName(file: PFILE_OBJECT): string {
  const buffer = f.FileName_Buffer(file) >> 1;
  return String.fromCharCode(...chars.subarray(buffer, buffer + f.FileName_Length(file) / 2));
}

function freeName(file: PFILE_OBJECT): void {
  const old = f.FileName_Buffer(file);
  if (old !== 0) ExFreePoolWithTag(old, TAG_NAME);
  f.set_FileName_Buffer(file, 0 as never);
}

/** Takes a synchronous file object for this thread. PASSIVE_LEVEL. */
export function lockFileObject(file: PFILE_OBJECT): void {
  const busy = f.at_Busy(file);
  if (exchange(busy, 1) === 0) return;
  add(f.at_Waiters(file), 1);
  while (exchange(busy, 1) !== 0) parkWhile(busy, 1, Infinity);
  add(f.at_Waiters(file), -1);
}

/** Gives it back. */
export function unlockFileObject(file: PFILE_OBJECT): void {
  store(f.at_Busy(file), 0);
  if (load(f.at_Waiters(file)) !== 0) notify(f.at_Busy(file), 1);
}

/** Sends a create's counterpart (cleanup or close) and waits; these must not fail (OP-11). */
function sendTeardown(file: PFILE_OBJECT, major: number, flags: number): void {
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const device = targetDevice(file) || IoGetRelatedDeviceObject(file);
  const irp = buildRequest(file, device as PDEVICE_OBJECT, major, KernelMode, flags, iosb);
  if (irp === 0) requestOutOfMemory(file, major);
  sendAndWait(device as PDEVICE_OBJECT, irp);
  if (flags & IRP_CLOSE_OPERATION) IoFreeIrp(irp);
  popFrame(frame);
}

/** The last handle is closed: the file system lets go of locks, notifies and share access. */
export function cleanupFile(file: PFILE_OBJECT): void {
  const flags = f.Flags(file);
  if (flags & FO_CLEANUP_COMPLETE || !(flags & FO_FILE_OPEN)) return;
  sendTeardown(file, IRP_MJ_CLEANUP, IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API);
  f.set_Flags(file, f.Flags(file) | FO_CLEANUP_COMPLETE);
}

/**
 * Closes a file that was opened without a handle. The cleanup is sent while the caller's reference
 * is still there, because a filter may take references of its own in its callbacks.
 */
export function closeOpenedFile(file: PFILE_OBJECT): void {
  cleanupFile(file);
  ObDereferenceObject(file);
}

const whenClosed: ((file: PFILE_OBJECT) => void)[] = [];

/** Adds a room that hears of every file object that goes; at load. */
export function onFileObjectClosed(action: (file: PFILE_OBJECT) => void): void {
  whenClosed.push(action);
}

/** The last reference is gone: the file system closes the stream. */
function deleteFile(file: PFILE_OBJECT): void {
  if (f.DeviceObject(file) !== 0 && f.Flags(file) & FO_FILE_OPEN) {
    if (!(f.Flags(file) & FO_CLEANUP_COMPLETE)) cleanupFile(file);
    sendTeardown(file, IRP_MJ_CLOSE, IRP_CLOSE_OPERATION | IRP_SYNCHRONOUS_API);
  }
  for (const action of whenClosed) action(file);
  const related = f.RelatedFileObject(file);
  if (related !== 0) ObDereferenceObject(related);
  freeName(file);
  if (extensionOf(file) !== 0) freeExtension(file);
  releaseDevice(file);
}

/** Marks a file object open after a successful create, with or without a handle. */
export function markOpen(file: PFILE_OBJECT, hasHandle: boolean): void {
  f.set_Flags(file, f.Flags(file) | FO_FILE_OPEN | (hasHandle ? FO_HANDLE_CREATED : 0));
}

ObpRegisterType(OB_TYPE_FILE, {
  close: kernelRoutine('IopCloseFile', (file, handlesLeft) => {
    if (handlesLeft === 0) cleanupFile(file as PFILE_OBJECT);
    return 0;
  }),
  delete: kernelRoutine('IopDeleteFile', (file) => {
    deleteFile(file as PFILE_OBJECT);
    return 0;
  }),
});
setFileEventOffset(FILE_OBJECT.offsets['Event'] ?? 0);
