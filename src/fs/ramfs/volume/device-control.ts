// IRP_MJ_DEVICE_CONTROL. On a handle of the volume itself NTFS passes the request to the disk
// below; the disk here answers what programs ask of it. On any other handle the answer is
// STATUS_INVALID_PARAMETER, as NTFS gives it.
import { fillBytes, i32, u16, u32 } from '../../../mem/memory.ts';
import { PAGE_SIZE, SECTOR_SIZE } from '../../../mem/param.ts';
import { IO_STACK_LOCATION, IRP } from '../../../ntos/io/types.ts';
import { writeUtf16 } from '../../../ntos/rtl/unicode-string.ts';
import { mountedVolumes } from '../../../ntos/io/object/volume.ts';
import * as io from '../../../ntos/io/control-codes.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_SCB, RAMFS_VCB, SCB_VOLUME } from '../types.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PSCB, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const v = RAMFS_VCB.bound;
const { State } = RAMFS_SCB.bound;
const { AssociatedIrp_SystemBuffer, set_IoStatus_Information } = IRP.bound;
const FIXED_MEDIA = 12;
const TRACKS = 255;
const SECTORS_PER_TRACK = 63;

/** A request to the disk: where the buffer is, and how much goes in and out. */
interface Request {
  readonly vcb: PVCB;
  readonly buffer: number;
  readonly inputLength: number;
  readonly length: number;
  used: number;
}

function putLarge(at: number, value: number): void {
  u32[at >> 2] = value % 2 ** 32;
  i32[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

function diskBytes(vcb: PVCB): number {
  return v.TotalClusters(vcb) * PAGE_SIZE;
}

/** Checks for room and zeroes it. */
function room(request: Request, bytes: number): boolean {
  if (request.length < bytes) return false;
  fillBytes(request.buffer, 0, bytes);
  request.used = bytes;
  return true;
}

/** DISK_GEOMETRY: cylinders, media type, tracks, sectors, bytes per sector. */
function geometry(request: Request): NTSTATUS {
  if (!room(request, 24)) return STATUS_BUFFER_TOO_SMALL;
  const cylinder = TRACKS * SECTORS_PER_TRACK * SECTOR_SIZE;
  putLarge(request.buffer, Math.ceil(diskBytes(request.vcb) / cylinder));
  u32[(request.buffer + 8) >> 2] = FIXED_MEDIA;
  u32[(request.buffer + 12) >> 2] = TRACKS;
  u32[(request.buffer + 16) >> 2] = SECTORS_PER_TRACK;
  u32[(request.buffer + 20) >> 2] = SECTOR_SIZE;
  return STATUS_SUCCESS;
}

/** DISK_GEOMETRY_EX: the geometry and the disk's size. */
function geometryEx(request: Request): NTSTATUS {
  if (request.length < 32) return STATUS_BUFFER_TOO_SMALL;
  geometry(request);
  putLarge(request.buffer + 24, diskBytes(request.vcb));
  request.used = 32;
  return STATUS_SUCCESS;
}

function lengthInfo(request: Request): NTSTATUS {
  if (!room(request, 8)) return STATUS_BUFFER_TOO_SMALL;
  putLarge(request.buffer, diskBytes(request.vcb));
  return STATUS_SUCCESS;
}

/** STORAGE_DEVICE_NUMBER: a disk, the first, its first partition. */
function deviceNumber(request: Request): NTSTATUS {
  if (!room(request, 12)) return STATUS_BUFFER_TOO_SMALL;
  const FILE_DEVICE_DISK = 7;
  u32[request.buffer >> 2] = FILE_DEVICE_DISK;
  u32[(request.buffer + 8) >> 2] = 1;
  return STATUS_SUCCESS;
}

/** VOLUME_DISK_EXTENTS: all of one disk. */
function diskExtents(request: Request): NTSTATUS {
  if (!room(request, 32)) return STATUS_BUFFER_TOO_SMALL;
  u32[request.buffer >> 2] = 1;
  putLarge(request.buffer + 24, diskBytes(request.vcb));
  return STATUS_SUCCESS;
}

/** MOUNTDEV_NAME: length and the volume's device name. */
function deviceName(request: Request): NTSTATUS {
  const device = v.DeviceObject(request.vcb);
  const name = mountedVolumes().find((volume) => volume.fsDevice === device)?.name ?? '';
  const bytes = name.length * 2;
  if (request.length < 4) return STATUS_BUFFER_TOO_SMALL;
  u16[request.buffer >> 1] = bytes;
  if (request.length < 2 + bytes) {
    request.used = 4;
    return STATUS_BUFFER_OVERFLOW;
  }
  writeUtf16(request.buffer + 2, name);
  request.used = 2 + bytes;
  return STATUS_SUCCESS;
}

/** STORAGE_PROPERTY_QUERY: the descriptors of device, adapter, seek penalty, trim and alignment. */
function property(request: Request): NTSTATUS {
  if (request.inputLength < 8) return STATUS_INVALID_PARAMETER;
  const id = u32[request.buffer >> 2]!;
  const EXISTS_QUERY = 1;
  const isExists = u32[(request.buffer + 4) >> 2] === EXISTS_QUERY;
  const sizes: Readonly<Record<number, number>> = { 0: 40, 1: 32, 6: 28, 7: 12, 8: 12 };
  const size = sizes[id];
  if (size === undefined) return STATUS_INVALID_DEVICE_REQUEST;
  if (isExists) return STATUS_SUCCESS;
  const part = Math.min(size, request.length);
  if (part < 8) return STATUS_BUFFER_TOO_SMALL;
  fillBytes(request.buffer, 0, part);
  u32[request.buffer >> 2] = size;
  u32[(request.buffer + 4) >> 2] = size;
  request.used = part;
  if (id === 6 && part >= 28) {
    u32[(request.buffer + 16) >> 2] = SECTOR_SIZE;
    u32[(request.buffer + 20) >> 2] = PAGE_SIZE;
  }
  return STATUS_SUCCESS;
}

const succeed = (): NTSTATUS => STATUS_SUCCESS;

/** STORAGE_HOTPLUG_INFO: nothing about the disk can be unplugged. */
function hotplug(request: Request): NTSTATUS {
  if (!room(request, 8)) return STATUS_BUFFER_TOO_SMALL;
  u32[request.buffer >> 2] = 8;
  return STATUS_SUCCESS;
}

const controls: Readonly<Record<number, (request: Request) => NTSTATUS>> = {
  [io.IOCTL_STORAGE_CHECK_VERIFY]: succeed,
  [io.IOCTL_STORAGE_CHECK_VERIFY2]: succeed,
  [io.IOCTL_DISK_CHECK_VERIFY]: succeed,
  [io.IOCTL_DISK_IS_WRITABLE]: succeed,
  [io.IOCTL_DISK_GET_DRIVE_GEOMETRY]: geometry,
  [io.IOCTL_DISK_GET_DRIVE_GEOMETRY_EX]: geometryEx,
  [io.IOCTL_DISK_GET_LENGTH_INFO]: lengthInfo,
  [io.IOCTL_STORAGE_QUERY_PROPERTY]: property,
  [io.IOCTL_STORAGE_GET_DEVICE_NUMBER]: deviceNumber,
  [io.IOCTL_STORAGE_GET_HOTPLUG_INFO]: hotplug,
  [io.IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS]: diskExtents,
  [io.IOCTL_VOLUME_ONLINE]: succeed,
  [io.IOCTL_MOUNTDEV_QUERY_DEVICE_NAME]: deviceName,
};

/** IRP_MJ_DEVICE_CONTROL. PASSIVE_LEVEL. A code the disk does not know: INVALID_DEVICE_REQUEST. */
export function deviceControl(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, _ccb: PCCB,
): NTSTATUS {
  if (!(State(scb) & SCB_VOLUME)) return STATUS_INVALID_PARAMETER;
  const control = controls[s.Parameters_DeviceIoControl_IoControlCode(location)];
  if (control === undefined) return STATUS_INVALID_DEVICE_REQUEST;
  const request: Request = {
    vcb,
    buffer: AssociatedIrp_SystemBuffer(irp),
    inputLength: s.Parameters_DeviceIoControl_InputBufferLength(location),
    length: s.Parameters_DeviceIoControl_OutputBufferLength(location),
    used: 0,
  };
  const status = control(request);
  set_IoStatus_Information(irp, request.used);
  return status;
}
