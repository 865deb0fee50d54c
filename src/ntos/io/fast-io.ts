// Fast I/O: a call from the I/O manager straight into the driver's FAST_IO_DISPATCH table, without
// an IRP, in the caller's thread. A driver that cannot do it now says FALSE, and the request comes
// as an IRP (OP-3, OP-4). Tried for synchronous files whose caching has begun.
import { i32 } from '../../mem/memory.ts';
import { routineTable } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, FAST_IO_DISPATCH, FILE_OBJECT,
  FO_NO_INTERMEDIATE_BUFFERING, FO_SYNCHRONOUS_IO } from './types.ts';
import { IoGetRelatedDeviceObject } from './device.ts';
import { extensionOf } from './file-extension.ts';
import { lockFileObject, unlockFileObject } from './file-object.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from './types.ts';

const { Flags, PrivateCacheMap } = FILE_OBJECT.bound;
const { DriverObject } = DEVICE_OBJECT.bound;
const { FastIoDispatch } = DRIVER_OBJECT.bound;
const offsets = FAST_IO_DISPATCH.offsets;
const TRUE = 1;

/** The entry of a device's fast I/O table, 0 when the driver has none. */
export function fastIoEntry(device: PDEVICE_OBJECT, member: string): number {
  const table = FastIoDispatch(DriverObject(device) as never);
  return table === 0 ? 0 : i32[(table + (offsets[member] ?? 0)) >> 2]!;
}

function mayTry(file: PFILE_OBJECT): boolean {
  const flags = Flags(file);
  return (
    (flags & (FO_SYNCHRONOUS_IO | FO_NO_INTERMEDIATE_BUFFERING)) === FO_SYNCHRONOUS_IO &&
    PrivateCacheMap(file) !== 0 &&
    extensionOf(file) === 0
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

/** Queries by fast I/O; false when the request must come as an IRP. PASSIVE_LEVEL. */
export function fastQuery(
  member: 'FastIoQueryBasicInfo' | 'FastIoQueryStandardInfo' | 'FastIoQueryNetworkOpenInfo',
  file: PFILE_OBJECT,
  buffer: number,
  iosb: number,
): boolean {
  if (!(Flags(file) & FO_SYNCHRONOUS_IO) || extensionOf(file) !== 0) return false;
  const device = IoGetRelatedDeviceObject(file);
  const entry = fastIoEntry(device, member);
  if (entry === 0) return false;
  lockFileObject(file);
  const done = routineTable[entry]!(file, TRUE, buffer, iosb, device);
  unlockFileObject(file);
  return done !== 0;
}
