// Times and attributes of a file, under its InfoLock. As on a Windows of today, reading does not
// change the time of the last access.
import { systemTime } from '../../../ntos/ke/time.ts';
import { FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_NORMAL } from '../../../ntos/io/file-constants.ts';
import { RAMFS_CCB, RAMFS_FCB, SET_CHANGE, SET_LAST_WRITE } from '../types.ts';
import { lockInfo, unlockInfo } from '../locks.ts';
import { isDirectory } from '../tree/fcb.ts';
import type { PCCB, PFCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const { TimesSet } = RAMFS_CCB.bound;

/** The file's metadata changed. */
export function touchChange(fcb: PFCB): void {
  const now = systemTime();
  lockInfo(fcb);
  f.set_ChangeTime(fcb, now);
  unlockInfo(fcb);
}

/**
 * The file's contents changed, or a directory's names. A handle that set a time itself does not
 * change it by writing.
 */
export function touchWrite(fcb: PFCB, ccb: PCCB = 0 as PCCB): void {
  const now = systemTime();
  lockInfo(fcb);
  const kept = ccb === 0 ? 0 : TimesSet(ccb);
  if (!(kept & SET_LAST_WRITE)) f.set_LastWriteTime(fcb, now);
  if (!(kept & SET_CHANGE)) f.set_ChangeTime(fcb, now);
  if (!isDirectory(fcb)) f.set_FileAttributes(fcb, f.FileAttributes(fcb) | FILE_ATTRIBUTE_ARCHIVE);
  unlockInfo(fcb);
}

/** What a query shows: FILE_ATTRIBUTE_NORMAL stands for none. */
export function shownAttributes(fcb: PFCB): number {
  const attributes = f.FileAttributes(fcb);
  return attributes === 0 ? FILE_ATTRIBUTE_NORMAL : attributes;
}
