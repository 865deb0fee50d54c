// Deletion: what a handle that goes leaves to be done. A name that is marked goes with the last
// handle opened by it, the file's last name with the last handle of the file; a POSIX deletion
// takes the name with the handle that asked for it. The contents stay until the last close.
// The namespace resource is held exclusively.
import { InitializeListHead, RemoveEntryList } from '../../../ntos/rtl/list-entry.ts';
import { FILE_NOTIFY_CHANGE_STREAM_NAME } from '../../../ntos/io/file-constants.ts';
import { CCB_DELETE_ON_CLOSE, CCB_POSIX_DELETE, FCB_ROOT, LCB_DELETE_PENDING, LCB_POSIX_DELETE,
  RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, RAMFS_STREAM, SCB_DELETE_PENDING,
  SCB_STREAM_DELETED, SCB_VOLUME } from '../types.ts';
import { freeFcbIfUnused, isDirectory, isEmptyDirectory } from '../tree/fcb.ts';
import { firstLink, isLinked, nextLink, removeLink } from '../tree/link.ts';
import { touchChange, touchWrite } from '../info/times.ts';
import { USN_REASON_FILE_DELETE, USN_REASON_HARD_LINK_CHANGE, USN_REASON_STREAM_CHANGE,
  concludeLocked, noteChangeLocked } from '../journal/journal.ts';
import { copyName, nameFilter } from '../notify.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { CopiedName } from '../notify.ts';
import type { PCCB, PFCB, PLCB, PSCB, PVCB } from '../types.ts';

const c = RAMFS_CCB.bound;
const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const b = RAMFS_SCB.bound;
const st = RAMFS_STREAM.bound;
/** No entry of a directory changes. */
const NOBODY = 0 as PFILE_OBJECT;

/** A name or stream that went, to be told once no lock is held. */
export interface Gone {
  readonly name: CopiedName;
  readonly filter: number;
}

/** Whether an SCB stands for a stream with a name of its own. */
export function isNamedStream(scb: PSCB): boolean {
  return b.Stream(scb) !== 0 && st.NameLength(b.Stream(scb)) !== 0;
}

/** FILE_DELETE_ON_CLOSE takes effect: the name or the stream is marked, if it may go at all. */
function markOnClose(scb: PSCB, fcb: PFCB, lcb: PLCB, ccb: PCCB): void {
  if (isNamedStream(scb)) {
    b.set_State(scb, b.State(scb) | SCB_DELETE_PENDING);
    return;
  }
  if (lcb === 0 || !isLinked(lcb) || f.Flags(fcb) & FCB_ROOT) return;
  if (isDirectory(fcb) && !isEmptyDirectory(fcb)) return;
  const posix = c.Flags(ccb) & CCB_POSIX_DELETE ? LCB_POSIX_DELETE : 0;
  l.set_Flags(lcb, l.Flags(lcb) | LCB_DELETE_PENDING | posix);
}

/** Takes a name away, with its records in the journal; the file too, if nothing leads to it. */
export function dropName(vcb: PVCB, lcb: PLCB, by: PFILE_OBJECT): Gone {
  const fcb = l.Fcb(lcb);
  const parent = l.Parent(lcb);
  const gone = { name: copyName(vcb, lcb, by), filter: nameFilter(fcb) };
  if (f.LinkCount(fcb) > 1) {
    noteChangeLocked(fcb, USN_REASON_HARD_LINK_CHANGE);
  } else {
    noteChangeLocked(fcb, USN_REASON_FILE_DELETE);
    concludeLocked(fcb);
  }
  removeLink(lcb);
  touchChange(fcb);
  touchWrite(parent);
  freeFcbIfUnused(fcb);
  return gone;
}

/** Takes a stream out of its file; its pages go with the last close. */
function dropStream(vcb: PVCB, scb: PSCB, fcb: PFCB, lcb: PLCB): Gone {
  const entry = st.at_ListEntry(b.Stream(scb));
  noteChangeLocked(fcb, USN_REASON_STREAM_CHANGE);
  RemoveEntryList(entry);
  InitializeListHead(entry);
  b.set_State(scb, (b.State(scb) & ~SCB_DELETE_PENDING) | SCB_STREAM_DELETED);
  const link = lcb !== 0 ? lcb : firstLink(fcb);
  return { name: copyName(vcb, link, NOBODY), filter: FILE_NOTIFY_CHANGE_STREAM_NAME };
}

function mayGo(fcb: PFCB, lcb: PLCB, ccb: PCCB, isOwn: boolean): boolean {
  if (!(l.Flags(lcb) & LCB_DELETE_PENDING)) return false;
  const posix = (l.Flags(lcb) & LCB_POSIX_DELETE) !== 0;
  if (posix && isOwn && c.Flags(ccb) & CCB_POSIX_DELETE) return true;
  if (l.CleanupCount(lcb) !== 0) return false;
  return f.LinkCount(fcb) > 1 || f.CleanupCount(fcb) === 0;
}

/**
 * Does what is due when a handle has been counted out: marks, and takes away the names and the
 * stream that nobody holds open any more.
 *
 * @returns what went, to be told.
 */
export function settleDeletion(vcb: PVCB, scb: PSCB, fcb: PFCB, ccb: PCCB): Gone[] {
  const gone: Gone[] = [];
  if (b.State(scb) & SCB_VOLUME) return gone;
  const own = c.Lcb(ccb);
  if (c.Flags(ccb) & CCB_DELETE_ON_CLOSE) markOnClose(scb, fcb, own, ccb);
  if (b.State(scb) & SCB_DELETE_PENDING && b.CleanupCount(scb) === 0) {
    gone.push(dropStream(vcb, scb, fcb, own));
  }
  for (let lcb = firstLink(fcb); lcb !== 0;) {
    const next = nextLink(fcb, lcb);
    if (mayGo(fcb, lcb, ccb, lcb === own)) {
      if (isDirectory(fcb) && !isEmptyDirectory(fcb)) {
        l.set_Flags(lcb, l.Flags(lcb) & ~(LCB_DELETE_PENDING | LCB_POSIX_DELETE));
      } else {
        gone.push(dropName(vcb, lcb, c.File(ccb)));
      }
    }
    lcb = next;
  }
  return gone;
}
