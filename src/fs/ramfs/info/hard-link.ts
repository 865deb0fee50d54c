// FileLinkInformation and its Ex form: one more name for a file.
import { STATUS_ACCESS_DENIED, STATUS_FILE_IS_A_DIRECTORY, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_SUCCESS, STATUS_TOO_MANY_LINKS }
  from '../../../ntos/status-codes.ts';
import { LCB_DELETE_PENDING, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB } from '../types.ts';
import { lockNamespace, unlockNamespace } from '../locks.ts';
import { createLink, isLinked } from '../tree/link.ts';
import { isDirectory } from '../tree/fcb.ts';
import { dropName } from '../close/deletion.ts';
import { USN_REASON_HARD_LINK_CHANGE, noteChangeLocked } from '../journal/journal.ts';
import { copyName, nameFilter, tellAdded, tellRemoved } from '../notify.ts';
import { touchChange, touchWrite } from './times.ts';
import { Target, checkReplace, findTarget } from './target.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { CopiedName } from '../notify.ts';
import type { Gone } from '../close/deletion.ts';
import type { Change } from './change.ts';
import type { PFCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const { Lcb } = RAMFS_CCB.bound;
const { Fcb } = RAMFS_SCB.bound;
/** NTFS allows a file so many names. */
const MAX_LINKS = 1024;

interface Linked {
  replaced: Gone | null;
  name: CopiedName | null;
}

function linkLocked(change: Change, linked: Linked): NTSTATUS {
  const { vcb } = change;
  const fcb = Fcb(change.scb) as PFCB;
  const own = Lcb(change.ccb);
  if (own === 0) return STATUS_INVALID_PARAMETER;
  if (!isLinked(own) || l.Flags(own) & LCB_DELETE_PENDING) return STATUS_ACCESS_DENIED;
  const to = new Target();
  let status = findTarget(to, change);
  if (status !== STATUS_SUCCESS) return status;
  if (to.existing !== 0) {
    if (to.replace && l.Fcb(to.existing) === fcb) return STATUS_SUCCESS;
    status = checkReplace(to, change, fcb);
    if (status !== STATUS_SUCCESS) return status;
  }
  if (f.LinkCount(fcb) >= MAX_LINKS) return STATUS_TOO_MANY_LINKS;
  if (to.existing !== 0) linked.replaced = dropName(vcb, to.existing, change.file);
  const lcb = createLink(to.parent, fcb, to.name, to.bytes);
  if (lcb === 0) return STATUS_INSUFFICIENT_RESOURCES;
  noteChangeLocked(fcb, USN_REASON_HARD_LINK_CHANGE);
  linked.name = copyName(vcb, lcb, change.file);
  touchChange(fcb);
  touchWrite(to.parent);
  return STATUS_SUCCESS;
}

/** FileLinkInformation, FileLinkInformationEx. */
export function linkFile(change: Change): NTSTATUS {
  const { vcb, scb } = change;
  const fcb = Fcb(scb) as PFCB;
  if (isDirectory(fcb)) return STATUS_FILE_IS_A_DIRECTORY;
  const linked: Linked = { replaced: null, name: null };
  lockNamespace(vcb);
  const status = linkLocked(change, linked);
  unlockNamespace(vcb);
  if (linked.replaced !== null) tellRemoved(vcb, linked.replaced.name, linked.replaced.filter);
  if (linked.name !== null) tellAdded(vcb, linked.name, nameFilter(fcb));
  return status;
}
