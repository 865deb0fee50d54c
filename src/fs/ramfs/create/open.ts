// Opening what exists: a file, a directory, a stream, the volume, a file by its id, or the
// directory that a rename goes to. The namespace resource is held exclusively.
import { copyBytes, i32, u16, u32 } from '../../../mem/memory.ts';
import { FILE_OBJECT, IRP, SL_OPEN_TARGET_DIRECTORY, SL_STOP_ON_SYMLINK }
  from '../../../ntos/io/types.ts';
import { FILE_DELETE_ON_CLOSE, FILE_DIRECTORY_FILE, FILE_DOES_NOT_EXIST, FILE_EXISTS, FILE_OPEN,
  FILE_OPENED, FILE_OPEN_IF, FILE_OPEN_REPARSE_POINT, FILE_OVERWRITTEN, FILE_SUPERSEDE,
  FILE_SUPERSEDED } from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_CANNOT_DELETE, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_NOT_A_DIRECTORY, STATUS_OBJECT_NAME_INVALID, STATUS_REPARSE,
  STATUS_STOPPED_ON_SYMLINK, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { IO_REPARSE_TAG_SYMLINK } from '../../../ntos/io/control-types.ts';
import { RAMFS_FCB, RAMFS_VCB } from '../types.ts';
import { TAG_REPARSE, takePaged } from '../pool.ts';
import { fcbById } from '../tree/file-table.ts';
import { findStream } from '../tree/stream.ts';
import { isDirectory } from '../tree/fcb.ts';
import { scbOfStream } from '../tree/scb.ts';
import { firstLink } from '../tree/link.ts';
import { checkAttributes, checkDisposition, checkKind, checkNotGoing, overwrites }
  from './checks.ts';
import { finishOpen, isOpened } from './finish.ts';
import { createStreamOf } from './make.ts';
import { replaceMetadata } from './overwrite.ts';
import { reparseLength } from '../control/reparse.ts';
import { dropEas } from '../ea/store.ts';
import { easOfCreate } from './new-eas.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { CreateOperation } from './operation.ts';
import type { PFCB, PLCB, PSTREAM } from '../types.ts';

const f = RAMFS_FCB.bound;
const { VolumeScb } = RAMFS_VCB.bound;
const { set_FileName_Length } = FILE_OBJECT.bound;
const { set_Tail_Overlay_AuxiliaryBuffer } = IRP.bound;
const NO_FCB = 0 as PFCB;
const NO_LCB = 0 as PLCB;
const NO_STREAM = 0 as PSTREAM;

/**
 * Hands a reparse point to the I/O manager: a copy of its data in AuxiliaryBuffer (which whoever
 * handles STATUS_REPARSE frees), the tag in Information, the unparsed length in Reserved.
 */
export function reparse(op: CreateOperation, fcb: PFCB, unparsed: number): NTSTATUS {
  const data = f.ReparseBuffer(fcb);
  const tag = f.ReparseTag(fcb);
  if (op.flags & SL_STOP_ON_SYMLINK && tag === IO_REPARSE_TAG_SYMLINK) {
    return STATUS_STOPPED_ON_SYMLINK;
  }
  const length = reparseLength(data);
  const copy = takePaged(length, TAG_REPARSE);
  if (copy === 0) return STATUS_INSUFFICIENT_RESOURCES;
  copyBytes(copy, data, length);
  u16[(copy + 6) >> 1] = unparsed;
  set_Tail_Overlay_AuxiliaryBuffer(op.irp, copy);
  op.information = tag;
  return STATUS_REPARSE;
}

/** The stream that the path names in a file that exists; NULL when the file has none such. */
function streamOf(op: CreateOperation, fcb: PFCB): PSTREAM {
  const found = op.found;
  if (!found.hasStream || found.isIndex || found.streamBytes === 0) return f.DataStream(fcb);
  return findStream(fcb, found.stream, found.streamBytes);
}

/** Opens the file that the path led to, or a stream of it, which may have to be made. */
export function openExisting(op: CreateOperation, fcb: PFCB): NTSTATUS {
  const found = op.found;
  if (f.ReparseTag(fcb) !== 0 && !op.has(FILE_OPEN_REPARSE_POINT)) return reparse(op, fcb, 0);
  let status = checkKind(op, fcb);
  if (status !== STATUS_SUCCESS) return status;
  const stream = streamOf(op, fcb);
  status = checkNotGoing(op, fcb, stream);
  if (status !== STATUS_SUCCESS) return status;
  if (stream === NO_STREAM) return createStreamOf(op, fcb);
  const named = found.hasStream && !found.isIndex;
  status = checkDisposition(op, isDirectory(fcb) && !named);
  if (status === STATUS_SUCCESS) status = checkAttributes(op, fcb);
  if (status !== STATUS_SUCCESS) return status;
  return openStream(op, fcb, stream);
}

function openStream(op: CreateOperation, fcb: PFCB, stream: PSTREAM): NTSTATUS {
  const replaces = overwrites(op);
  const eas = replaces ? easOfCreate(op) : null;
  if (eas !== null && eas.status !== STATUS_SUCCESS) return eas.status;
  const scb = scbOfStream(stream);
  const status = scb === 0 ? STATUS_INSUFFICIENT_RESOURCES
    : finishOpen(op, scb, fcb, op.found.lcb);
  if (!isOpened(status)) {
    if (eas !== null) dropEas(eas);
    return status;
  }
  op.information = FILE_OPENED;
  if (eas !== null) {
    op.overwrites = true;
    op.information = op.disposition === FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
    replaceMetadata(op, fcb, stream, eas);
  }
  return status;
}

/** Opens the volume itself: the empty name. */
export function openVolume(op: CreateOperation): NTSTATUS {
  if (op.has(FILE_DIRECTORY_FILE)) return STATUS_NOT_A_DIRECTORY;
  if (op.disposition !== FILE_OPEN && op.disposition !== FILE_OPEN_IF) return STATUS_ACCESS_DENIED;
  if (op.has(FILE_DELETE_ON_CLOSE)) return STATUS_CANNOT_DELETE;
  if (op.flags & SL_OPEN_TARGET_DIRECTORY) return STATUS_INVALID_PARAMETER;
  op.information = FILE_OPENED;
  return finishOpen(op, VolumeScb(op.vcb), NO_FCB, NO_LCB);
}

/** Opens a file by its 64-bit id, or a 128-bit one whose upper half is zero. */
export function openById(op: CreateOperation): NTSTATUS {
  if (op.pathBytes !== 8 && op.pathBytes !== 16) return STATUS_INVALID_PARAMETER;
  if (op.disposition !== FILE_OPEN && op.disposition !== FILE_OPEN_IF) {
    return STATUS_INVALID_PARAMETER;
  }
  const at = op.path >> 2;
  if (op.pathBytes === 16 && (i32[at + 2] !== 0 || i32[at + 3] !== 0)) {
    return STATUS_INVALID_PARAMETER;
  }
  const fcb = fcbById(op.vcb, u32[at]! + u32[at + 1]! * 2 ** 32);
  if (fcb === 0) return STATUS_INVALID_PARAMETER;
  return openExisting(op, fcb);
}

/**
 * Opens the directory that the path's last name lies in, for a rename or link to there
 * (SL_OPEN_TARGET_DIRECTORY). The file object keeps the last name only; Information says whether
 * the name exists.
 */
export function openTargetDirectory(op: CreateOperation): NTSTATUS {
  const found = op.found;
  const parent = found.parent;
  if (parent === 0) return STATUS_INVALID_PARAMETER;
  if (found.hasStream) return STATUS_OBJECT_NAME_INVALID;
  const exists = found.lcb !== 0;
  copyBytes(op.path, found.name, found.nameBytes);
  set_FileName_Length(op.file, found.nameBytes);
  found.lcb = firstLink(parent);
  const status = checkNotGoing(op, parent, NO_STREAM);
  if (status !== STATUS_SUCCESS) return status;
  const scb = scbOfStream(f.DataStream(parent));
  if (scb === 0) return STATUS_INSUFFICIENT_RESOURCES;
  op.information = exists ? FILE_EXISTS : FILE_DOES_NOT_EXIST;
  return finishOpen(op, scb, parent, found.lcb);
}
