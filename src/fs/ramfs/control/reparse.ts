// Reparse points: a tag and up to 16 KiB of data on a file or an empty directory. Microsoft's tags
// have an eight-byte head, all others a GUID behind it, which must be the same in every change.
import { copyBytes, u16, u32 } from '../../../mem/memory.ts';
import { IO_REPARSE_TAG_MOUNT_POINT, MAXIMUM_REPARSE_DATA_BUFFER_SIZE, REPARSE_DATA_BUFFER_EX,
  REPARSE_DATA_BUFFER_HEADER_SIZE, REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE,
  REPARSE_GUID_DATA_BUFFER_HEADER_SIZE } from '../../../ntos/io/control-types.ts';
import { FILE_ATTRIBUTE_REPARSE_POINT, FILE_NOTIFY_CHANGE_ATTRIBUTES, FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA } from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL,
  STATUS_DIRECTORY_NOT_EMPTY, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_IO_REPARSE_DATA_INVALID, STATUS_IO_REPARSE_TAG_INVALID, STATUS_IO_REPARSE_TAG_MISMATCH,
  STATUS_NOT_A_DIRECTORY, STATUS_NOT_A_REPARSE_POINT, STATUS_REPARSE_ATTRIBUTE_CONFLICT,
  STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_FCB } from '../types.ts';
import { TAG_REPARSE, givePool, takePaged } from '../pool.ts';
import { lockInfo, lockNamespace, shareNamespace, unlockInfo, unlockNamespace } from '../locks.ts';
import { isDirectory, isEmptyDirectory } from '../tree/fcb.ts';
import { touchChange } from '../info/times.ts';
import { USN_REASON_REPARSE_POINT_CHANGE, noteChange } from '../journal/journal.ts';
import { reportModified } from '../notify.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { ControlRequest } from './request.ts';
import type { PFCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const x = REPARSE_DATA_BUFFER_EX.bound;
type PEX = Parameters<typeof x.Flags>[0];
const EX_HEAD = REPARSE_DATA_BUFFER_EX.size;
const HEAD = REPARSE_DATA_BUFFER_HEADER_SIZE;
const GUID_HEAD = REPARSE_GUID_DATA_BUFFER_HEADER_SIZE;
/** Tags 0 and 1 are reserved. */
const RESERVED_TAGS = 1;

function isMicrosoft(tag: number): boolean {
  return tag >>> 31 === 1;
}

/** The bytes of a reparse buffer, head and data. */
export function reparseLength(buffer: number): number {
  const head = isMicrosoft(u32[buffer >> 2]!) ? HEAD : GUID_HEAD;
  return head + u16[(buffer + 4) >> 1]!;
}

/** FSCTL_GET_REPARSE_POINT. */
export function getReparsePoint(request: ControlRequest): NTSTATUS {
  const { fcb } = request;
  shareNamespace(request.vcb);
  let status: NTSTATUS = STATUS_NOT_A_REPARSE_POINT;
  const data = f.ReparseBuffer(fcb);
  if (data !== 0) {
    const length = reparseLength(data);
    const head = isMicrosoft(f.ReparseTag(fcb)) ? HEAD : GUID_HEAD;
    const part = Math.min(length, request.outputLength);
    status = part < head ? STATUS_BUFFER_TOO_SMALL
      : part < length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
    if (part >= head) {
      copyBytes(request.output, data, part);
      request.used = part;
    }
  }
  unlockNamespace(request.vcb);
  return status;
}

function checkInput(input: number, inputLength: number): NTSTATUS {
  if (inputLength < HEAD) return STATUS_IO_REPARSE_DATA_INVALID;
  const tag = u32[input >> 2]!;
  if (tag <= RESERVED_TAGS) return STATUS_IO_REPARSE_TAG_INVALID;
  if (inputLength > MAXIMUM_REPARSE_DATA_BUFFER_SIZE) return STATUS_IO_REPARSE_DATA_INVALID;
  return reparseLength(input) === inputLength ? STATUS_SUCCESS : STATUS_IO_REPARSE_DATA_INVALID;
}

function sameGuid(a: number, b: number): boolean {
  for (let i = 0; i < GUID_HEAD - HEAD; i += 4) {
    if (u32[(a + i) >> 2] !== u32[(b + i) >> 2]) return false;
  }
  return true;
}

/** Whether a change of the point that is there is one of the same owner. */
function checkOwner(fcb: PFCB, input: number): NTSTATUS {
  const old = f.ReparseBuffer(fcb);
  if (old === 0) return STATUS_SUCCESS;
  if (f.ReparseTag(fcb) !== u32[input >> 2]) return STATUS_IO_REPARSE_TAG_MISMATCH;
  const owned = isMicrosoft(f.ReparseTag(fcb)) || sameGuid(old + HEAD, input + HEAD);
  return owned ? STATUS_SUCCESS : STATUS_REPARSE_ATTRIBUTE_CONFLICT;
}

function put(fcb: PFCB, buffer: number, tag: number): void {
  givePool(f.ReparseBuffer(fcb), TAG_REPARSE);
  f.set_ReparseBuffer(fcb, buffer);
  f.set_ReparseTag(fcb, tag);
  lockInfo(fcb);
  const others = f.FileAttributes(fcb) & ~FILE_ATTRIBUTE_REPARSE_POINT;
  f.set_FileAttributes(fcb, buffer === 0 ? others : others | FILE_ATTRIBUTE_REPARSE_POINT);
  unlockInfo(fcb);
}

/** Whether what is there is what the caller says; `ex` is a REPARSE_DATA_BUFFER_EX. */
function checkExisting(fcb: PFCB, ex: PEX): NTSTATUS {
  const expected = x.ExistingReparseTag(ex) >>> 0;
  const old = f.ReparseBuffer(fcb);
  if (old === 0) {
    const mayBeNone = (x.Flags(ex) & REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE) !== 0;
    return expected === 0 || mayBeNone ? STATUS_SUCCESS : STATUS_IO_REPARSE_TAG_MISMATCH;
  }
  if (f.ReparseTag(fcb) !== expected) return STATUS_IO_REPARSE_TAG_MISMATCH;
  const owned = isMicrosoft(expected) || sameGuid(old + HEAD, x.at_ExistingReparseGuid(ex));
  return owned ? STATUS_SUCCESS : STATUS_REPARSE_ATTRIBUTE_CONFLICT;
}

function setLocked(request: ControlRequest, buffer: number, checked: NTSTATUS): NTSTATUS {
  const { fcb } = request;
  if (checked !== STATUS_SUCCESS) return checked;
  const tag = u32[buffer >> 2]!;
  if (isDirectory(fcb)) {
    if (!isEmptyDirectory(fcb)) return STATUS_DIRECTORY_NOT_EMPTY;
  } else if (tag === IO_REPARSE_TAG_MOUNT_POINT) {
    return STATUS_NOT_A_DIRECTORY;
  }
  put(fcb, buffer, tag);
  return STATUS_SUCCESS;
}

function changed(request: ControlRequest): void {
  touchChange(request.fcb);
  noteChange(request.fcb, USN_REASON_REPARSE_POINT_CHANGE);
  reportModified(request.vcb, request.fcb, request.ccb, FILE_NOTIFY_CHANGE_ATTRIBUTES);
}

/** Sets the point that begins behind `head`; `check` looks at what is there. */
function setPoint(request: ControlRequest, head: number, check: () => NTSTATUS): NTSTATUS {
  if (!request.may(FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES)) return STATUS_ACCESS_DENIED;
  if (request.outputLength !== 0) return STATUS_INVALID_PARAMETER;
  const length = request.inputLength - head;
  const valid = checkInput(request.input + head, length);
  if (valid !== STATUS_SUCCESS) return valid;
  const buffer = takePaged(length, TAG_REPARSE);
  if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
  copyBytes(buffer, request.input + head, length);
  lockNamespace(request.vcb);
  const status = setLocked(request, buffer, check());
  unlockNamespace(request.vcb);
  if (status === STATUS_SUCCESS) changed(request);
  else givePool(buffer, TAG_REPARSE);
  return status;
}

/** FSCTL_SET_REPARSE_POINT. */
export function setReparsePoint(request: ControlRequest): NTSTATUS {
  return setPoint(request, 0, () => checkOwner(request.fcb, request.input));
}

/** FSCTL_SET_REPARSE_POINT_EX: says which point it replaces, and may change tag and owner. */
export function setReparsePointEx(request: ControlRequest): NTSTATUS {
  const ex = request.input as PEX;
  if (request.inputLength < EX_HEAD) return STATUS_IO_REPARSE_DATA_INVALID;
  if ((x.Flags(ex) & ~REPARSE_DATA_EX_FLAG_GIVEN_TAG_OR_NONE) !== 0) {
    return STATUS_INVALID_PARAMETER;
  }
  return setPoint(request, EX_HEAD, () => checkExisting(request.fcb, ex));
}

/** FSCTL_DELETE_REPARSE_POINT: the input is the head of the point that is there. */
export function deleteReparsePoint(request: ControlRequest): NTSTATUS {
  if (!request.may(FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES)) return STATUS_ACCESS_DENIED;
  const { fcb, input, inputLength } = request;
  if (inputLength < HEAD) return STATUS_IO_REPARSE_DATA_INVALID;
  const head = isMicrosoft(u32[input >> 2]!) ? HEAD : GUID_HEAD;
  if (inputLength !== head || u16[(input + 4) >> 1] !== 0) return STATUS_IO_REPARSE_DATA_INVALID;
  lockNamespace(request.vcb);
  const status = f.ReparseBuffer(fcb) === 0 ? STATUS_NOT_A_REPARSE_POINT : checkOwner(fcb, input);
  if (status === STATUS_SUCCESS) put(fcb, 0, 0);
  unlockNamespace(request.vcb);
  if (status === STATUS_SUCCESS) changed(request);
  return status;
}
