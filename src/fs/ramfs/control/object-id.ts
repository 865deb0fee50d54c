// Object ids of files (FILE_OBJECTID_BUFFER, 64 bytes): 16 of id, 48 of birth ids. One that is made
// on demand is composed of the volume's own id and the file's number, so that it is the same in
// every run of a seed. Simplification: there is no index of ids, so a file cannot be opened by one.
import { copyBytes, u32 } from '../../../mem/memory.ts';
import { FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA } from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_TOO_SMALL, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_OBJECTID_NOT_FOUND, STATUS_OBJECT_NAME_COLLISION,
  STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_FCB, RAMFS_VCB } from '../types.ts';
import { TAG_OBJECT_ID, givePool, takePaged } from '../pool.ts';
import { lockNamespace, shareNamespace, unlockNamespace } from '../locks.ts';
import { USN_REASON_OBJECT_ID_CHANGE, noteChange } from '../journal/journal.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { ControlRequest } from './request.ts';

const f = RAMFS_FCB.bound;
const { at_ObjectId } = RAMFS_VCB.bound;
const BYTES = 64;

function give(request: ControlRequest): NTSTATUS {
  const id = f.ObjectId(request.fcb);
  if (id === 0) return STATUS_OBJECTID_NOT_FOUND;
  copyBytes(request.output, id, BYTES);
  request.used = BYTES;
  return STATUS_SUCCESS;
}

/** FSCTL_GET_OBJECT_ID. */
export function getObjectId(request: ControlRequest): NTSTATUS {
  if (request.outputLength < BYTES) return STATUS_BUFFER_TOO_SMALL;
  shareNamespace(request.vcb);
  const status = give(request);
  unlockNamespace(request.vcb);
  return status;
}

/** Makes an id for a file that has none; false when there is no memory. */
function make(request: ControlRequest): boolean {
  const { vcb, fcb } = request;
  const id = takePaged(BYTES, TAG_OBJECT_ID);
  if (id === 0) return false;
  const file = f.FileId(fcb);
  const volume = at_ObjectId(vcb);
  copyBytes(id, volume, 16);
  u32[id >> 2]! ^= file % 2 ** 32;
  u32[(id + 4) >> 2]! ^= Math.floor(file / 2 ** 32);
  copyBytes(id + 16, volume, 16);
  copyBytes(id + 32, id, 16);
  f.set_ObjectId(fcb, id);
  return true;
}

/** FSCTL_CREATE_OR_GET_OBJECT_ID. */
export function createOrGetObjectId(request: ControlRequest): NTSTATUS {
  if (request.outputLength < BYTES) return STATUS_BUFFER_TOO_SMALL;
  lockNamespace(request.vcb);
  const isNew = f.ObjectId(request.fcb) === 0;
  const status = !isNew || make(request) ? give(request) : STATUS_INSUFFICIENT_RESOURCES;
  unlockNamespace(request.vcb);
  if (isNew && status === STATUS_SUCCESS) noteChange(request.fcb, USN_REASON_OBJECT_ID_CHANGE);
  return status;
}

/** FSCTL_SET_OBJECT_ID: for a file that has none. */
export function setObjectId(request: ControlRequest): NTSTATUS {
  if (request.inputLength !== BYTES) return STATUS_INVALID_PARAMETER;
  if (!request.may(FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES)) return STATUS_ACCESS_DENIED;
  const id = takePaged(BYTES, TAG_OBJECT_ID);
  if (id === 0) return STATUS_INSUFFICIENT_RESOURCES;
  copyBytes(id, request.input, BYTES);
  lockNamespace(request.vcb);
  const isNew = f.ObjectId(request.fcb) === 0;
  if (isNew) f.set_ObjectId(request.fcb, id);
  unlockNamespace(request.vcb);
  if (!isNew) {
    givePool(id, TAG_OBJECT_ID);
    return STATUS_OBJECT_NAME_COLLISION;
  }
  noteChange(request.fcb, USN_REASON_OBJECT_ID_CHANGE);
  return STATUS_SUCCESS;
}

/** FSCTL_DELETE_OBJECT_ID. */
export function deleteObjectId(request: ControlRequest): NTSTATUS {
  if (!request.may(FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES)) return STATUS_ACCESS_DENIED;
  lockNamespace(request.vcb);
  givePool(f.ObjectId(request.fcb), TAG_OBJECT_ID);
  f.set_ObjectId(request.fcb, 0);
  unlockNamespace(request.vcb);
  noteChange(request.fcb, USN_REASON_OBJECT_ID_CHANGE);
  return STATUS_SUCCESS;
}
