// Fast I/O: a call from the I/O manager straight into the driver's FAST_IO_DISPATCH table, without
// an IRP, in the caller's thread. A driver that cannot do it now says FALSE, and the request comes
// as an IRP (OP-3, OP-4). Tried for synchronous files whose caching has begun.
import { ROUTINE } from '../../mem/field.ts';
import { i32 } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { struct } from '../../mem/struct.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, FAST_IO_DISPATCH, FILE_OBJECT,
  FO_NO_INTERMEDIATE_BUFFERING, FO_SYNCHRONOUS_IO, IO_STATUS_BLOCK } from './types.ts';
import { IoGetRelatedDeviceObject } from './object/device.ts';
import { isTargeted } from './object/file-extension.ts';
import { lockFileObject, unlockFileObject } from './object/file-object.ts';
import { KeClearEvent, KeSetEvent } from '../ke/event.ts';
import { checkServiceLevel, fileByHandle, releaseFile } from './service/service.ts';
import type { NTSTATUS } from '../status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from './types.ts';

const { Flags, PrivateCacheMap } = FILE_OBJECT.bound;
const { DriverObject } = DEVICE_OBJECT.bound;
const { FastIoDispatch } = DRIVER_OBJECT.bound;
const TRUE = 1;
const { Status } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof Status>[0];

/**
 * The fast table of a driver: FAST_IO_DISPATCH, and behind it what drivers register on Windows with
 * FsRtlRegisterFileSystemFilterCallbacks and has no place there. SizeOfFastIoDispatch says how much
 * of it a driver has.
 */
export const FAST_TABLE = struct('IOP_FAST_TABLE', {
  Dispatch: FAST_IO_DISPATCH,
  /** (Irp, FileInformation, Length, FileInformationClass, DeviceObject) -> NTSTATUS. */
  PreQueryOpen: ROUTINE,
});

/** The entry of a device's fast I/O table, 0 when the driver has none. */
export function fastIoEntry(device: PDEVICE_OBJECT, member: string): number {
  const table = FastIoDispatch(DriverObject(device) as never);
  const offset = FAST_IO_DISPATCH.offsets[member] ?? FAST_TABLE.offsets[member] ?? 0;
  return table === 0 || offset >= i32[table >> 2]! ? 0 : i32[(table + offset) >> 2]!;
}

function mayTry(file: PFILE_OBJECT): boolean {
  const flags = Flags(file);
  return (
    (flags & (FO_SYNCHRONOUS_IO | FO_NO_INTERMEDIATE_BUFFERING)) === FO_SYNCHRONOUS_IO &&
    PrivateCacheMap(file) !== 0 &&
    !isTargeted(file)
  );
}

function fastTransfer(
  member: 'FastIoRead' | 'FastIoWrite',
  file: PFILE_OBJECT,
  offset: number,
  length: number,
  key: number,
  buffer: number,
  iosb: number,
): boolean {
  if (!mayTry(file)) return false;
  const device = IoGetRelatedDeviceObject(file);
  const entry = fastIoEntry(device, member);
  if (entry === 0) return false;
  lockFileObject(file);
  const frame = pushFrame();
  const at = stackAlloc(8);
  i32[at >> 2] = offset % 4294967296;
  i32[(at + 4) >> 2] = Math.floor(offset / 4294967296);
  const done = routineTable[entry]!(file, at, length, TRUE, key, buffer, iosb, device);
  popFrame(frame);
  unlockFileObject(file);
  return done !== 0;
}

/** Reads by fast I/O; false when the request must come as an IRP. PASSIVE_LEVEL. */
export function fastRead(
  file: PFILE_OBJECT, offset: number, length: number, key: number, buffer: number, iosb: number,
): boolean {
  return fastTransfer('FastIoRead', file, offset, length, key, buffer, iosb);
}

/** Writes by fast I/O; false when the request must come as an IRP. PASSIVE_LEVEL. */
export function fastWrite(
  file: PFILE_OBJECT, offset: number, length: number, key: number, buffer: number, iosb: number,
): boolean {
  return fastTransfer('FastIoWrite', file, offset, length, key, buffer, iosb);
}

/** A request on a handle that may be done fast. */
export interface FastCall {
  /** The service, for reports. */
  readonly name: string;
  readonly handle: number;
  readonly access: number;
  /** A KEVENT that is signaled when it is done; 0 for none. */
  readonly event: number;
  readonly iosb: number;
}

/**
 * Calls an entry of the fast table on the file of a handle: (FileObject, ...args, DeviceObject).
 * PASSIVE_LEVEL.
 *
 * @returns the final status; undefined when the request must come as an IRP.
 */
export function fastByHandle(
  member: string, call: FastCall, args: readonly number[],
): NTSTATUS | undefined {
  checkServiceLevel(call.name);
  const file = fileByHandle(call.handle, call.access);
  if (file < 0) return file as NTSTATUS;
  const fileObject = file as PFILE_OBJECT;
  const device = IoGetRelatedDeviceObject(fileObject);
  const entry = isTargeted(fileObject) ? 0 : fastIoEntry(device, member);
  if (call.event !== 0) KeClearEvent(call.event);
  const done = entry !== 0 && routineTable[entry]!(fileObject, ...args, device) !== 0;
  releaseFile(fileObject);
  if (!done) return undefined;
  if (call.event !== 0) KeSetEvent(call.event);
  return Status(call.iosb as PIOSB);
}

/**
 * Asks the top of the file's device stack whether a transfer can be done fast: what a file system
 * does for a file with locks or oplocks on it. Filters see it (IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE).
 */
export function fastIoIsPossible(
  file: PFILE_OBJECT, offset: number, length: number, key: number, reads: boolean,
): boolean {
  const device = IoGetRelatedDeviceObject(file);
  const entry = fastIoEntry(device, 'FastIoCheckIfPossible');
  if (entry === 0) return false;
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const possible = routineTable[entry]!(file, offset, length, TRUE, key, Number(reads), iosb,
    device) !== 0;
  popFrame(frame);
  return possible;
}

/** Queries by fast I/O; false when the request must come as an IRP. PASSIVE_LEVEL. */
export function fastQuery(
  member: 'FastIoQueryBasicInfo' | 'FastIoQueryStandardInfo' | 'FastIoQueryNetworkOpenInfo',
  file: PFILE_OBJECT,
  buffer: number,
  iosb: number,
): boolean {
  if (!(Flags(file) & FO_SYNCHRONOUS_IO) || isTargeted(file)) return false;
  const device = IoGetRelatedDeviceObject(file);
  const entry = fastIoEntry(device, member);
  if (entry === 0) return false;
  lockFileObject(file);
  const done = routineTable[entry]!(file, TRUE, buffer, iosb, device);
  unlockFileObject(file);
  return done !== 0;
}
