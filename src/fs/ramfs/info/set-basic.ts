// FileBasicInformation: times and attributes. A time of 0 is left as it is, -1 also keeps later
// operations of this handle from changing it, -2 lets them again. Attributes of 0 are left, and
// FILE_ATTRIBUTE_NORMAL alone clears them. FilePositionInformation beside it.
import { SECTOR_SIZE } from '../../../mem/param.ts';
import { systemTime } from '../../../ntos/ke/time.ts';
import { FILE_OBJECT, FO_NO_INTERMEDIATE_BUFFERING } from '../../../ntos/io/types.ts';
import { FILE_BASIC_INFORMATION, FILE_POSITION_INFORMATION }
  from '../../../ntos/io/information/file-information.ts';
import { FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_TEMPORARY, FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_CREATION, FILE_NOTIFY_CHANGE_LAST_ACCESS, FILE_NOTIFY_CHANGE_LAST_WRITE }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_CCB, RAMFS_FCB, RAMFS_SCB, SET_CHANGE, SET_LAST_WRITE } from '../types.ts';
import { lockInfo, unlockInfo } from '../locks.ts';
import { isDirectory } from '../tree/fcb.ts';
import { SETTABLE_ATTRIBUTES, settable } from '../create/attributes.ts';
import { USN_REASON_BASIC_INFO_CHANGE, noteChange } from '../journal/journal.ts';
import { reportModified } from '../notify.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { View } from '../../../mem/struct.ts';
import type { Change } from './change.ts';
import type { PCCB, PFCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const { TimesSet, set_TimesSet } = RAMFS_CCB.bound;
const { Fcb } = RAMFS_SCB.bound;
const o = FILE_OBJECT.bound;
type Basic = View<typeof FILE_BASIC_INFORMATION>;

function isValid(basic: Basic, directory: boolean): boolean {
  const times = [basic.CreationTime, basic.LastAccessTime, basic.LastWriteTime, basic.ChangeTime];
  if (times.some((time) => time < -2)) return false;
  if (!directory && basic.FileAttributes & FILE_ATTRIBUTE_DIRECTORY) return false;
  return !(directory && basic.FileAttributes & FILE_ATTRIBUTE_TEMPORARY);
}

/** What a handle keeps from being changed behind its back; `time` as given for that bit. */
function keep(ccb: PCCB, bit: number, time: number): void {
  if (time === -2) set_TimesSet(ccb, TimesSet(ccb) & ~bit);
  else if (time !== 0) set_TimesSet(ccb, TimesSet(ccb) | bit);
}

/** Applies what is given; InfoLock is held. Returns what those who watch are told. */
function apply(fcb: PFCB, ccb: PCCB, basic: Basic): number {
  let filter = 0;
  if (basic.FileAttributes !== 0) {
    const kept = f.FileAttributes(fcb) & ~SETTABLE_ATTRIBUTES;
    f.set_FileAttributes(fcb, kept | settable(basic.FileAttributes));
    filter |= FILE_NOTIFY_CHANGE_ATTRIBUTES;
  }
  if (basic.CreationTime > 0) {
    f.set_CreationTime(fcb, basic.CreationTime);
    filter |= FILE_NOTIFY_CHANGE_CREATION;
  }
  if (basic.LastAccessTime > 0) {
    f.set_LastAccessTime(fcb, basic.LastAccessTime);
    filter |= FILE_NOTIFY_CHANGE_LAST_ACCESS;
  }
  if (basic.LastWriteTime > 0) {
    f.set_LastWriteTime(fcb, basic.LastWriteTime);
    filter |= FILE_NOTIFY_CHANGE_LAST_WRITE;
  }
  keep(ccb, SET_LAST_WRITE, basic.LastWriteTime);
  keep(ccb, SET_CHANGE, basic.ChangeTime);
  if (basic.ChangeTime > 0) f.set_ChangeTime(fcb, basic.ChangeTime);
  else if (filter !== 0 && !(TimesSet(ccb) & SET_CHANGE)) f.set_ChangeTime(fcb, systemTime());
  return filter;
}

/** FileBasicInformation. */
export function setBasic(change: Change): NTSTATUS {
  const { vcb, scb, ccb } = change;
  const fcb = Fcb(scb) as PFCB;
  const basic = FILE_BASIC_INFORMATION.at(change.buffer);
  if (!isValid(basic, isDirectory(fcb))) return STATUS_INVALID_PARAMETER;
  lockInfo(fcb);
  const filter = apply(fcb, ccb, basic);
  unlockInfo(fcb);
  if (filter !== 0) {
    noteChange(fcb, USN_REASON_BASIC_INFO_CHANGE);
    reportModified(vcb, fcb, ccb, filter);
  }
  return STATUS_SUCCESS;
}

/** FilePositionInformation. */
export function setPosition(change: Change): NTSTATUS {
  const at = FILE_POSITION_INFORMATION.at(change.buffer).CurrentByteOffset;
  const aligned = !(o.Flags(change.file) & FO_NO_INTERMEDIATE_BUFFERING) || at % SECTOR_SIZE === 0;
  if (at < 0 || !aligned) return STATUS_INVALID_PARAMETER;
  o.set_CurrentByteOffset(change.file, at);
  return STATUS_SUCCESS;
}
