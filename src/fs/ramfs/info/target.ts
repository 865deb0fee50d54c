// Where a rename or a new link leads: a directory and a name in it. The I/O manager has opened the
// directory (SL_OPEN_TARGET_DIRECTORY) unless the name is a simple one; a caller in the kernel that
// hands a path without that is served too, by walking it from the root. And what may be replaced
// there. The namespace resource is held exclusively.
import { u32, u8 } from '../../../mem/memory.ts';
import { FILE_OBJECT, IO_STACK_LOCATION } from '../../../ntos/io/types.ts';
import { FILE_RENAME_INFORMATION, FILE_RENAME_IGNORE_READONLY_ATTRIBUTE,
  FILE_RENAME_POSIX_SEMANTICS, FILE_RENAME_REPLACE_IF_EXISTS }
  from '../../../ntos/io/information/file-information.ts';
import { FILE_ATTRIBUTE_READONLY } from '../../../ntos/io/file-constants.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { STATUS_ACCESS_DENIED, STATUS_DELETE_PENDING, STATUS_INVALID_PARAMETER,
  STATUS_NOT_SAME_DEVICE, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID,
  STATUS_RETRY, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { LCB_DELETE_PENDING, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, RAMFS_VCB }
  from '../types.ts';
import { Located, isGoing, locate } from '../tree/path.ts';
import { BACKSLASH, indexOfUnit, isValidName, lastIndexOfUnit } from '../tree/names.ts';
import { isDirectory, isEmptyDirectory } from '../tree/fcb.ts';
import { findChild } from '../tree/directory-index.ts';
import { firstLink } from '../tree/link.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { Change } from './change.ts';
import type { PFCB, PLCB, PSCB } from '../types.ts';

const r = FILE_RENAME_INFORMATION.bound;
type PRENAME = Parameters<typeof r.FileNameLength>[0];
const NAME_AT = FILE_RENAME_INFORMATION.offsets['FileName'] ?? 12;
const { Parameters_SetFile_FileObject } = IO_STACK_LOCATION.bound;
const o = FILE_OBJECT.bound;
const { Fcb, Vcb } = RAMFS_SCB.bound;
const { Lcb } = RAMFS_CCB.bound;
const l = RAMFS_LCB.bound;
const f = RAMFS_FCB.bound;
const { Root } = RAMFS_VCB.bound;

/** The place a name is to have. */
export class Target {
  parent: PFCB = 0 as PFCB;
  name = 0;
  bytes = 0;
  /** Who has the name now, NULL when it is free. */
  existing: PLCB = 0 as PLCB;
  replace = false;
  posix = false;
  ignoreReadOnly = false;
}

const exForms: readonly number[] = [cls.FileRenameInformationEx, cls.FileLinkInformationEx,
  cls.FileRenameInformationExBypassAccessCheck, cls.FileLinkInformationExBypassAccessCheck];

function readFlags(to: Target, change: Change): void {
  const isEx = exForms.includes(change.informationClass);
  const flags = isEx ? u32[change.buffer >> 2]! : u8[change.buffer]! & 1;
  to.replace = (flags & FILE_RENAME_REPLACE_IF_EXISTS) !== 0;
  to.posix = (flags & FILE_RENAME_POSIX_SEMANTICS) !== 0;
  to.ignoreReadOnly = (flags & FILE_RENAME_IGNORE_READONLY_ATTRIBUTE) !== 0;
}

/** Where the name of a request begins, and its length in bytes; -1 when it does not fit. */
export function requestName(change: Change): { at: number; bytes: number } {
  const bytes = r.FileNameLength(change.buffer as PRENAME);
  const fits = NAME_AT + bytes <= change.length && bytes % 2 === 0;
  return { at: change.buffer + NAME_AT, bytes: fits ? bytes : -1 };
}

function fromDirectory(to: Target, change: Change, file: PFILE_OBJECT): NTSTATUS {
  const scb = o.FsContext(file) as PSCB;
  if (scb === 0 || Vcb(scb) !== change.vcb) return STATUS_NOT_SAME_DEVICE;
  const at = o.FileName_Buffer(file);
  const bytes = o.FileName_Length(file);
  const slash = lastIndexOfUnit(BACKSLASH, at, bytes);
  const skipped = slash < 0 ? 0 : slash + 2;
  to.parent = Fcb(scb);
  to.name = at + skipped;
  to.bytes = bytes - skipped;
  return STATUS_SUCCESS;
}

function fromPath(to: Target, change: Change, at: number, bytes: number): NTSTATUS {
  const root = Root(change.vcb);
  const found = new Located();
  const status = locate(found, root, firstLink(root), at + 2, bytes - 2);
  if (status !== STATUS_SUCCESS) return status;
  if (found.parent === 0 || found.hasStream) return STATUS_OBJECT_NAME_INVALID;
  to.parent = found.parent;
  to.name = found.name;
  to.bytes = found.nameBytes;
  return STATUS_SUCCESS;
}

function place(to: Target, change: Change): NTSTATUS {
  const file = Parameters_SetFile_FileObject(change.location) as PFILE_OBJECT;
  if (file !== 0) return fromDirectory(to, change, file);
  const { at, bytes } = requestName(change);
  if (bytes <= 0) return STATUS_INVALID_PARAMETER;
  const slash = indexOfUnit(BACKSLASH, at, bytes);
  if (slash === 0) return fromPath(to, change, at, bytes);
  if (slash < bytes) return STATUS_OBJECT_NAME_INVALID;
  to.parent = l.Parent(Lcb(change.ccb));
  to.name = at;
  to.bytes = bytes;
  return STATUS_SUCCESS;
}

/** Finds the place that a request names. The open has a name of its own (it was not by id). */
export function findTarget(to: Target, change: Change): NTSTATUS {
  readFlags(to, change);
  const status = place(to, change);
  if (status !== STATUS_SUCCESS) return status;
  if (to.parent === 0 || !isDirectory(to.parent)) return STATUS_INVALID_PARAMETER;
  if (!isValidName(to.name, to.bytes)) return STATUS_OBJECT_NAME_INVALID;
  if (isGoing(to.parent)) return STATUS_DELETE_PENDING;
  to.existing = findChild(to.parent, to.name, to.bytes);
  return STATUS_SUCCESS;
}

/**
 * Whether what has the name now may make room for `source`. Who has it open and keeps it for later
 * may close it when told: STATUS_RETRY, and the change has an obstacle.
 */
export function checkReplace(to: Target, change: Change, source: PFCB): NTSTATUS {
  const lcb = to.existing;
  const fcb = l.Fcb(lcb);
  if (!to.replace) return STATUS_OBJECT_NAME_COLLISION;
  if (l.Flags(lcb) & LCB_DELETE_PENDING) return STATUS_DELETE_PENDING;
  if (isDirectory(fcb)) {
    const posixly = to.posix && isDirectory(source) && isEmptyDirectory(fcb);
    if (!posixly) return STATUS_ACCESS_DENIED;
  }
  const readOnly = (f.FileAttributes(fcb) & FILE_ATTRIBUTE_READONLY) !== 0;
  if (readOnly && !to.ignoreReadOnly) return STATUS_ACCESS_DENIED;
  const inUse = fcb !== source && f.CleanupCount(fcb) !== 0;
  if (inUse && change.obstacles.meetHoldersOf(fcb)) return STATUS_RETRY;
  return inUse && !to.posix ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}
