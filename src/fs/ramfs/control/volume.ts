// Controls of the volume as a whole: locking it, dismounting it, what it is made of. A dismount
// here is the file system's: handles stay, and every later request through them but cleanup and
// close fails with STATUS_VOLUME_DISMOUNTED. The memory goes when the host dismounts the volume.
import { fillBytes, i32, u32 } from '../../../mem/memory.ts';
import { PAGE_SIZE, SECTOR_SIZE } from '../../../mem/param.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_TOO_SMALL, STATUS_NOT_LOCKED, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { RAMFS_VCB, VCB_DISMOUNTED, VCB_LOCKED } from '../types.ts';
import { lockNamespace, unlockNamespace } from '../locks.ts';
import { freeClusters } from '../volume/info.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { ControlRequest } from './request.ts';

const v = RAMFS_VCB.bound;
const VOLUME_DATA_BYTES = 96;
const FILE_RECORD_BYTES = 1024;

/** Controls that only confirm what is always so. */
export function succeed(_request: ControlRequest): NTSTATUS {
  return STATUS_SUCCESS;
}

/** FSCTL_LOCK_VOLUME: only when this handle is the only one. */
export function lockVolume(request: ControlRequest): NTSTATUS {
  const { vcb } = request;
  lockNamespace(vcb);
  const isFree = v.CleanupCount(vcb) === 1 && !(v.State(vcb) & VCB_LOCKED);
  if (isFree) {
    v.set_State(vcb, v.State(vcb) | VCB_LOCKED);
    v.set_LockFile(vcb, request.file);
  }
  unlockNamespace(vcb);
  return isFree ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
}

/** FSCTL_UNLOCK_VOLUME. */
export function unlockVolume(request: ControlRequest): NTSTATUS {
  const { vcb } = request;
  lockNamespace(vcb);
  const isMine = v.LockFile(vcb) === request.file;
  if (isMine) {
    v.set_State(vcb, v.State(vcb) & ~VCB_LOCKED);
    v.set_LockFile(vcb, 0);
  }
  unlockNamespace(vcb);
  return isMine ? STATUS_SUCCESS : STATUS_NOT_LOCKED;
}

/** FSCTL_DISMOUNT_VOLUME. */
export function dismountVolume(request: ControlRequest): NTSTATUS {
  const { vcb } = request;
  lockNamespace(vcb);
  v.set_State(vcb, v.State(vcb) | VCB_DISMOUNTED);
  unlockNamespace(vcb);
  return STATUS_SUCCESS;
}

/** FSCTL_IS_VOLUME_DIRTY: never. */
export function isDirty(request: ControlRequest): NTSTATUS {
  if (request.outputLength < 4) return STATUS_BUFFER_TOO_SMALL;
  u32[request.output >> 2] = 0;
  request.used = 4;
  return STATUS_SUCCESS;
}

function putLarge(at: number, value: number): void {
  u32[at >> 2] = value % 2 ** 32;
  i32[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

/** FSCTL_GET_NTFS_VOLUME_DATA: NTFS_VOLUME_DATA_BUFFER. */
export function ntfsVolumeData(request: ControlRequest): NTSTATUS {
  const { vcb, output } = request;
  if (request.outputLength < VOLUME_DATA_BYTES) return STATUS_BUFFER_TOO_SMALL;
  fillBytes(output, 0, VOLUME_DATA_BYTES);
  const clusters = v.TotalClusters(vcb);
  u32[output >> 2] = v.SerialNumber(vcb);
  u32[(output + 4) >> 2] = v.SerialHigh(vcb);
  putLarge(output + 8, clusters * (PAGE_SIZE / SECTOR_SIZE));
  putLarge(output + 16, clusters);
  putLarge(output + 24, freeClusters(vcb));
  u32[(output + 40) >> 2] = SECTOR_SIZE;
  u32[(output + 44) >> 2] = PAGE_SIZE;
  u32[(output + 48) >> 2] = FILE_RECORD_BYTES;
  putLarge(output + 56, v.FileTableUsed(vcb) * FILE_RECORD_BYTES);
  request.used = VOLUME_DATA_BYTES;
  return STATUS_SUCCESS;
}
