// IRP_MJ_QUERY_VOLUME_INFORMATION and IRP_MJ_SET_VOLUME_INFORMATION. A cluster is a page; free
// space is what the volume's size leaves, but never more than the machine has page frames for.
import { copyBytes, fillBytes, u16, u32 } from '../../../mem/memory.ts';
import { PAGE_SIZE, SECTOR_SIZE } from '../../../mem/param.ts';
import { load } from '../../../atomics-sync/atomics.ts';
import { DEVICE_OBJECT, FILE_DEVICE_DISK, FILE_DEVICE_IS_MOUNTED, IO_STACK_LOCATION, IRP,
  MAXIMUM_VOLUME_LABEL_CHARS, VPB }
  from '../../../ntos/io/types.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { FILE_FS_CONTROL_INFORMATION, FILE_FS_FULL_SIZE_INFORMATION,
  FILE_FS_FULL_SIZE_INFORMATION_EX, FILE_FS_SECTOR_SIZE_INFORMATION, FILE_FS_SIZE_INFORMATION,
  FILE_FS_VOLUME_INFORMATION, SSINFO_FLAGS_ALIGNED_DEVICE, SSINFO_FLAGS_NO_SEEK_PENALTY,
  SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE }
  from '../../../ntos/io/information/file-information.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER, STATUS_INVALID_VOLUME_LABEL, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { RAMFS_VCB } from '../types.ts';
import { framesInUse, framesTotal } from '../content/frames.ts';
import { lockNamespace, shareNamespace, unlockNamespace } from '../locks.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const v = RAMFS_VCB.bound;
const d = DEVICE_OBJECT.bound;
const vpb = VPB.bound;
const { AssociatedIrp_SystemBuffer, set_IoStatus_Information } = IRP.bound;
const SECTORS = PAGE_SIZE / SECTOR_SIZE;
/** Longest component in UTF-16 units, as volumes report it. */
const COMPONENT_CHARS = 255;

/** Clusters that can still be written. */
export function freeClusters(vcb: PVCB): number {
  const left = v.TotalClusters(vcb) - load(v.at_UsedFrames(vcb));
  return Math.max(0, Math.min(left, framesTotal() - framesInUse()));
}

/** A volume query: the answer's place, its length, how much of it was written. */
interface Reply {
  readonly vcb: PVCB;
  readonly buffer: number;
  readonly length: number;
  used: number;
}

/** Copies a text as far as the buffer goes. */
function putText(reply: Reply, at: number, from: number, bytes: number): NTSTATUS {
  const room = reply.length - at;
  const part = Math.max(0, Math.min(bytes, room - (room % 2)));
  copyBytes(reply.buffer + at, from, part);
  reply.used = at + part;
  return part < bytes ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

function volumeInformation(reply: Reply): NTSTATUS {
  const { vcb, buffer } = reply;
  const view = FILE_FS_VOLUME_INFORMATION.at(buffer);
  shareNamespace(vcb);
  view.VolumeCreationTime = v.VolumeCreationTime(vcb);
  view.VolumeSerialNumber = v.SerialNumber(vcb);
  view.VolumeLabelLength = v.LabelLength(vcb);
  view.SupportsObjects = 1;
  const at = FILE_FS_VOLUME_INFORMATION.offsets['VolumeLabel'] ?? 18;
  const status = putText(reply, at, v.at_Label(vcb), v.LabelLength(vcb));
  unlockNamespace(vcb);
  return status;
}

function sizeInformation(reply: Reply): NTSTATUS {
  const view = FILE_FS_SIZE_INFORMATION.at(reply.buffer);
  view.TotalAllocationUnits = v.TotalClusters(reply.vcb);
  view.AvailableAllocationUnits = freeClusters(reply.vcb);
  view.SectorsPerAllocationUnit = SECTORS;
  view.BytesPerSector = SECTOR_SIZE;
  reply.used = FILE_FS_SIZE_INFORMATION.size;
  return STATUS_SUCCESS;
}

function fullSizeInformation(reply: Reply): NTSTATUS {
  const view = FILE_FS_FULL_SIZE_INFORMATION.at(reply.buffer);
  view.TotalAllocationUnits = v.TotalClusters(reply.vcb);
  view.CallerAvailableAllocationUnits = freeClusters(reply.vcb);
  view.ActualAvailableAllocationUnits = freeClusters(reply.vcb);
  view.SectorsPerAllocationUnit = SECTORS;
  view.BytesPerSector = SECTOR_SIZE;
  reply.used = FILE_FS_FULL_SIZE_INFORMATION.size;
  return STATUS_SUCCESS;
}

function fullSizeInformationEx(reply: Reply): NTSTATUS {
  const view = FILE_FS_FULL_SIZE_INFORMATION_EX.at(reply.buffer);
  const total = v.TotalClusters(reply.vcb);
  const free = freeClusters(reply.vcb);
  view.ActualTotalAllocationUnits = total;
  view.ActualAvailableAllocationUnits = free;
  view.CallerTotalAllocationUnits = total;
  view.CallerAvailableAllocationUnits = free;
  view.UsedAllocationUnits = total - free;
  view.SectorsPerAllocationUnit = SECTORS;
  view.BytesPerSector = SECTOR_SIZE;
  reply.used = FILE_FS_FULL_SIZE_INFORMATION_EX.size;
  return STATUS_SUCCESS;
}

function deviceInformation(reply: Reply): NTSTATUS {
  u32[reply.buffer >> 2] = FILE_DEVICE_DISK;
  u32[(reply.buffer + 4) >> 2] = FILE_DEVICE_IS_MOUNTED;
  reply.used = 8;
  return STATUS_SUCCESS;
}

function attributeInformation(reply: Reply): NTSTATUS {
  const { vcb, buffer } = reply;
  u32[buffer >> 2] = v.FileSystemAttributes(vcb);
  u32[(buffer + 4) >> 2] = COMPONENT_CHARS;
  u32[(buffer + 8) >> 2] = v.NameLength(vcb);
  return putText(reply, 12, v.at_FileSystemName(vcb), v.NameLength(vcb));
}

/** No quotas: every limit is "none". */
function controlInformation(reply: Reply): NTSTATUS {
  const view = FILE_FS_CONTROL_INFORMATION.at(reply.buffer);
  view.DefaultQuotaThreshold = -1;
  view.DefaultQuotaLimit = -1;
  reply.used = FILE_FS_CONTROL_INFORMATION.size;
  return STATUS_SUCCESS;
}

function objectIdInformation(reply: Reply): NTSTATUS {
  copyBytes(reply.buffer, v.at_ObjectId(reply.vcb), 64);
  reply.used = 64;
  return STATUS_SUCCESS;
}

function sectorSizeInformation(reply: Reply): NTSTATUS {
  const view = FILE_FS_SECTOR_SIZE_INFORMATION.at(reply.buffer);
  view.LogicalBytesPerSector = SECTOR_SIZE;
  view.PhysicalBytesPerSectorForAtomicity = PAGE_SIZE;
  view.PhysicalBytesPerSectorForPerformance = PAGE_SIZE;
  view.FileSystemEffectivePhysicalBytesPerSectorForAtomicity = PAGE_SIZE;
  view.Flags = SSINFO_FLAGS_ALIGNED_DEVICE | SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE |
    SSINFO_FLAGS_NO_SEEK_PENALTY;
  reply.used = FILE_FS_SECTOR_SIZE_INFORMATION.size;
  return STATUS_SUCCESS;
}

/** Bytes that a class needs at least, and who answers it. */
const queries: Readonly<Record<number, readonly [number, (reply: Reply) => NTSTATUS]>> = {
  [cls.FileFsVolumeInformation]: [24, volumeInformation],
  [cls.FileFsSizeInformation]: [24, sizeInformation],
  [cls.FileFsDeviceInformation]: [8, deviceInformation],
  [cls.FileFsAttributeInformation]: [16, attributeInformation],
  [cls.FileFsControlInformation]: [48, controlInformation],
  [cls.FileFsFullSizeInformation]: [32, fullSizeInformation],
  [cls.FileFsObjectIdInformation]: [64, objectIdInformation],
  [cls.FileFsSectorSizeInformation]: [28, sectorSizeInformation],
  [cls.FileFsFullSizeInformationEx]: [FILE_FS_FULL_SIZE_INFORMATION_EX.size, fullSizeInformationEx],
};

/** IRP_MJ_QUERY_VOLUME_INFORMATION. PASSIVE_LEVEL. */
export function queryVolume(vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION): NTSTATUS {
  const entry = queries[s.Parameters_QueryVolume_FsInformationClass(location)];
  const length = s.Parameters_QueryVolume_Length(location);
  if (entry === undefined) return STATUS_INVALID_INFO_CLASS;
  const [least, write] = entry;
  if (length < least) return STATUS_INFO_LENGTH_MISMATCH;
  const buffer = AssociatedIrp_SystemBuffer(irp);
  fillBytes(buffer, 0, least);
  const reply: Reply = { vcb, buffer, length, used: 0 };
  const status = write(reply);
  set_IoStatus_Information(irp, reply.used);
  return status;
}

/** Sets the label, here and in the VPB. */
function setLabel(vcb: PVCB, buffer: number, length: number): NTSTATUS {
  const bytes = u32[buffer >> 2]!;
  if (bytes % 2 !== 0 || bytes + 4 > length) return STATUS_INVALID_PARAMETER;
  if (bytes > MAXIMUM_VOLUME_LABEL_CHARS * 2) return STATUS_INVALID_VOLUME_LABEL;
  lockNamespace(vcb);
  copyBytes(v.at_Label(vcb), buffer + 4, bytes);
  v.set_LabelLength(vcb, bytes);
  const disk = v.DiskDevice(vcb);
  const block = disk === 0 ? 0 : d.Vpb(disk);
  if (block !== 0) {
    copyBytes(vpb.at_VolumeLabel(block), buffer + 4, bytes);
    vpb.set_VolumeLabelLength(block, bytes);
  }
  unlockNamespace(vcb);
  return STATUS_SUCCESS;
}

/** IRP_MJ_SET_VOLUME_INFORMATION: the label and the object id. PASSIVE_LEVEL. */
export function setVolume(vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION): NTSTATUS {
  const buffer = AssociatedIrp_SystemBuffer(irp);
  const length = s.Parameters_SetVolume_Length(location);
  switch (s.Parameters_SetVolume_FsInformationClass(location)) {
    case cls.FileFsLabelInformation:
      return length < 8 ? STATUS_INFO_LENGTH_MISMATCH : setLabel(vcb, buffer, length);
    case cls.FileFsObjectIdInformation:
      if (length < 64) return STATUS_INFO_LENGTH_MISMATCH;
      lockNamespace(vcb);
      copyBytes(v.at_ObjectId(vcb), buffer, 64);
      unlockNamespace(vcb);
      return STATUS_SUCCESS;
    case cls.FileFsControlInformation:
      return STATUS_INVALID_DEVICE_REQUEST;
    default:
      return STATUS_INVALID_INFO_CLASS;
  }
}

/** The label as text, for reports and tests. */
export function labelOf(vcb: PVCB): string {
  const at = v.at_Label(vcb) >> 1;
  return String.fromCharCode(...Array.from(u16.subarray(at, at + v.LabelLength(vcb) / 2)));
}
