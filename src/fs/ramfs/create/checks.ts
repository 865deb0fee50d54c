// What may keep a create from opening what exists: the checks of NTFS, in its order, without side
// effects. The namespace resource is held.
import { FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_SYSTEM, FILE_APPEND_DATA,
  FILE_CREATE, FILE_DELETE_ON_CLOSE, FILE_DIRECTORY_FILE, FILE_NO_EA_KNOWLEDGE,
  FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_IF, FILE_WRITE_DATA }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_CANNOT_DELETE, STATUS_DELETE_PENDING,
  STATUS_FILE_IS_A_DIRECTORY, STATUS_NOT_A_DIRECTORY, STATUS_OBJECT_NAME_COLLISION,
  STATUS_OBJECT_NAME_INVALID, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { FCB_DELETED, FCB_ROOT, LCB_DELETE_PENDING, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB,
  RAMFS_STREAM, SCB_DELETE_PENDING, SCB_STREAM_DELETED } from '../types.ts';
import { isDirectory } from '../tree/fcb.ts';
import { needsKnownEas } from '../ea/store.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { CreateOperation } from './operation.ts';
import type { PFCB, PSTREAM } from '../types.ts';

const { FileAttributes, Flags: fileFlags } = RAMFS_FCB.bound;
const { Flags: linkFlags } = RAMFS_LCB.bound;
const { Scb } = RAMFS_STREAM.bound;
const { State } = RAMFS_SCB.bound;

/** Whether the disposition replaces what exists. */
export function overwrites(op: CreateOperation): boolean {
  return op.disposition !== FILE_OPEN && op.disposition !== FILE_OPEN_IF &&
    op.disposition !== FILE_CREATE;
}

/** Whether what was found is of the kind that was asked for. */
export function checkKind(op: CreateOperation, fcb: PFCB): NTSTATUS {
  const found = op.found;
  const named = found.hasStream && !found.isIndex;
  const directory = isDirectory(fcb) && !named;
  if (found.isIndex && !isDirectory(fcb)) return STATUS_OBJECT_NAME_INVALID;
  if (!directory && found.wantsDirectory) return STATUS_OBJECT_NAME_INVALID;
  const collides = op.disposition === FILE_CREATE && !found.hasStream;
  if (directory && op.has(FILE_NON_DIRECTORY_FILE)) {
    return collides ? STATUS_OBJECT_NAME_COLLISION : STATUS_FILE_IS_A_DIRECTORY;
  }
  if (!directory && op.has(FILE_DIRECTORY_FILE)) {
    return collides ? STATUS_OBJECT_NAME_COLLISION : STATUS_NOT_A_DIRECTORY;
  }
  if (isDirectory(fcb) && named && found.streamBytes === 0) return STATUS_FILE_IS_A_DIRECTORY;
  return STATUS_SUCCESS;
}

/** Whether the name, the file or the stream is on its way out. */
export function checkNotGoing(op: CreateOperation, fcb: PFCB, stream: PSTREAM): NTSTATUS {
  if (fileFlags(fcb) & FCB_DELETED) return STATUS_DELETE_PENDING;
  const lcb = op.found.lcb;
  if (lcb !== 0 && linkFlags(lcb) & LCB_DELETE_PENDING) return STATUS_DELETE_PENDING;
  const scb = stream === 0 ? 0 : Scb(stream);
  if (scb !== 0 && State(scb) & (SCB_DELETE_PENDING | SCB_STREAM_DELETED)) {
    return STATUS_DELETE_PENDING;
  }
  return STATUS_SUCCESS;
}

/** Whether the disposition is one for a thing that exists. */
export function checkDisposition(op: CreateOperation, isDirectoryOpen: boolean): NTSTATUS {
  if (op.disposition === FILE_CREATE) return STATUS_OBJECT_NAME_COLLISION;
  if (isDirectoryOpen && overwrites(op)) return STATUS_OBJECT_NAME_COLLISION;
  return STATUS_SUCCESS;
}

/** What the file's attributes forbid. */
export function checkAttributes(op: CreateOperation, fcb: PFCB): NTSTATUS {
  const attributes = FileAttributes(fcb);
  const readOnly = (attributes & FILE_ATTRIBUTE_READONLY) !== 0;
  const writes = (op.desired & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0;
  if (readOnly && !isDirectory(fcb) && (writes || overwrites(op))) return STATUS_ACCESS_DENIED;
  if (overwrites(op)) {
    const kept = attributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
    if ((kept & ~op.attributes) !== 0) return STATUS_ACCESS_DENIED;
  }
  if (op.has(FILE_DELETE_ON_CLOSE)) {
    if (readOnly || fileFlags(fcb) & FCB_ROOT) return STATUS_CANNOT_DELETE;
  }
  if (op.has(FILE_NO_EA_KNOWLEDGE) && needsKnownEas(fcb)) return STATUS_ACCESS_DENIED;
  return STATUS_SUCCESS;
}
