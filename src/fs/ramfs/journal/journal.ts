// The change journal: what happened to which file, in the order in which it happened, as NTFS's
// USN journal. A ring of USN_RECORD_V2 in paged pool; a record's USN is its position, counted from
// the beginning of time, and old records are overwritten. A file's reasons gather from its first
// change to its last close; each new one makes a record, the close one more.
//
// JournalLock guards the ring and UsnReasons; the name in a record is read under the namespace
// resource.
import { copyBytes, fillBytes, u32 } from '../../../mem/memory.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { LARGE_INTEGER, ULONG, USHORT } from '../../../mem/field.ts';
import { struct } from '../../../mem/struct.ts';
import { acquireKernelLock, releaseKernelLock } from '../../../ntos/ke/kernel-lock.ts';
import { store } from '../../../atomics-sync/atomics.ts';
import { systemTime } from '../../../ntos/ke/time.ts';
import { RAMFS_FCB, RAMFS_LCB, RAMFS_VCB } from '../types.ts';
import { TAG_JOURNAL, givePool, takePaged } from '../pool.ts';
import { shareNamespace, unlockNamespace } from '../locks.ts';
import { shownAttributes } from '../info/times.ts';
import { firstLink } from '../tree/link.ts';
import type { PFCB, PVCB } from '../types.ts';

export const USN_REASON_DATA_OVERWRITE = 0x1;
export const USN_REASON_DATA_EXTEND = 0x2;
export const USN_REASON_DATA_TRUNCATION = 0x4;
export const USN_REASON_NAMED_DATA_OVERWRITE = 0x10;
export const USN_REASON_FILE_CREATE = 0x100;
export const USN_REASON_FILE_DELETE = 0x200;
export const USN_REASON_EA_CHANGE = 0x400;
export const USN_REASON_SECURITY_CHANGE = 0x800;
export const USN_REASON_RENAME_OLD_NAME = 0x1000;
export const USN_REASON_RENAME_NEW_NAME = 0x2000;
export const USN_REASON_BASIC_INFO_CHANGE = 0x8000;
export const USN_REASON_HARD_LINK_CHANGE = 0x1_0000;
export const USN_REASON_OBJECT_ID_CHANGE = 0x8_0000;
export const USN_REASON_REPARSE_POINT_CHANGE = 0x10_0000;
export const USN_REASON_STREAM_CHANGE = 0x20_0000;
export const USN_REASON_CLOSE = 0x8000_0000;

export const USN_RECORD_V2 = struct('USN_RECORD_V2', {
  RecordLength: ULONG,
  MajorVersion: USHORT,
  MinorVersion: USHORT,
  FileReferenceNumber: LARGE_INTEGER,
  ParentFileReferenceNumber: LARGE_INTEGER,
  Usn: LARGE_INTEGER,
  TimeStamp: LARGE_INTEGER,
  Reason: ULONG,
  SourceInfo: ULONG,
  SecurityId: ULONG,
  FileAttributes: ULONG,
  FileNameLength: USHORT,
  FileNameOffset: USHORT,
});
/** Where the name of a record begins. */
export const USN_NAME_AT = 60;
/** Bytes of the ring. */
export const JOURNAL_SIZE = 65536;

const v = RAMFS_VCB.bound;
const f = RAMFS_FCB.bound;
const { Parent, NameLength, NameBuffer } = RAMFS_LCB.bound;
const r = USN_RECORD_V2.bound;
type PRECORD = Parameters<typeof r.Usn>[0];

/** Makes an empty journal; false when there is no memory. */
export function initializeJournal(vcb: PVCB): boolean {
  const ring = takePaged(JOURNAL_SIZE, TAG_JOURNAL);
  if (ring === 0) return false;
  store(v.at_JournalLock(vcb), 0);
  v.set_Journal(vcb, ring);
  v.set_JournalId(vcb, v.VolumeCreationTime(vcb) % 2 ** 53);
  v.set_FirstUsn(vcb, 0);
  v.set_NextUsn(vcb, 0);
  return true;
}

/** Gives the ring back. */
export function freeJournal(vcb: PVCB): void {
  givePool(v.Journal(vcb), TAG_JOURNAL);
  v.set_Journal(vcb, 0);
}

/** Writes the record that stands for a file now; returns its length. Namespace is held. */
export function writeRecord(
  to: number, fcb: PFCB, usn: number, reason: number, room: number,
): number {
  const lcb = firstLink(fcb);
  const bytes = lcb === 0 ? 0 : NameLength(lcb);
  const length = alignUp(USN_NAME_AT + bytes, 8);
  if (length > room) return length;
  const record = to as PRECORD;
  fillBytes(to, 0, length);
  r.set_RecordLength(record, length);
  r.set_MajorVersion(record, 2);
  r.set_FileReferenceNumber(record, f.FileId(fcb));
  r.set_ParentFileReferenceNumber(record, lcb === 0 || Parent(lcb) === 0 ? f.FileId(fcb)
    : f.FileId(Parent(lcb)));
  r.set_Usn(record, usn);
  r.set_TimeStamp(record, systemTime());
  r.set_Reason(record, reason);
  r.set_FileAttributes(record, shownAttributes(fcb));
  r.set_FileNameLength(record, bytes);
  r.set_FileNameOffset(record, USN_NAME_AT);
  if (bytes !== 0) copyBytes(to + USN_NAME_AT, NameBuffer(lcb), bytes);
  return length;
}

/** The length of the record at a USN; what is left of the ring where no record fitted. */
export function recordLengthAt(vcb: PVCB, usn: number): number {
  const at = usn % JOURNAL_SIZE;
  const length = at + 4 > JOURNAL_SIZE ? 0 : u32[(v.Journal(vcb) + at) >> 2]!;
  return length === 0 ? JOURNAL_SIZE - at : length;
}

/** Frees room for `length` bytes by forgetting the oldest records. */
function makeRoom(vcb: PVCB, end: number): void {
  let first = v.FirstUsn(vcb);
  while (end - first > JOURNAL_SIZE) first += recordLengthAt(vcb, first);
  v.set_FirstUsn(vcb, first);
}

function append(vcb: PVCB, fcb: PFCB, reason: number): void {
  const lcb = firstLink(fcb);
  const length = alignUp(USN_NAME_AT + (lcb === 0 ? 0 : NameLength(lcb)), 8);
  let usn = v.NextUsn(vcb);
  const left = JOURNAL_SIZE - (usn % JOURNAL_SIZE);
  if (left < length) {
    makeRoom(vcb, usn + left);
    if (left >= 4) u32[(v.Journal(vcb) + (usn % JOURNAL_SIZE)) >> 2] = 0;
    usn += left;
  }
  makeRoom(vcb, usn + length);
  writeRecord(v.Journal(vcb) + (usn % JOURNAL_SIZE), fcb, usn, reason, JOURNAL_SIZE);
  v.set_NextUsn(vcb, usn + length);
  f.set_Usn(fcb, usn);
}

/** Records a change of a file, unless the reason is recorded since its last close. */
export function noteChange(fcb: PFCB, reason: number): void {
  if ((f.UsnReasons(fcb) & reason) === (reason | 0)) return;
  const vcb = f.Vcb(fcb);
  shareNamespace(vcb);
  noteChangeLocked(fcb, reason);
  unlockNamespace(vcb);
}

/** noteChange for a caller that holds the namespace resource. */
export function noteChangeLocked(fcb: PFCB, reason: number): void {
  const vcb = f.Vcb(fcb);
  acquireKernelLock(v.at_JournalLock(vcb));
  const reasons = (f.UsnReasons(fcb) | reason) >>> 0;
  if (reasons !== f.UsnReasons(fcb)) {
    append(vcb, fcb, reasons);
    f.set_UsnReasons(fcb, reasons);
  }
  releaseKernelLock(v.at_JournalLock(vcb));
}

/** The last handle of a file is closed: what was recorded is concluded. Namespace is held. */
export function noteCloseLocked(fcb: PFCB): void {
  if (f.UsnReasons(fcb) === 0) return;
  concludeLocked(fcb);
}

/** Writes a close record now (FSCTL_WRITE_USN_CLOSE_RECORD); returns its USN. Namespace is held. */
export function concludeLocked(fcb: PFCB): number {
  const vcb = f.Vcb(fcb);
  acquireKernelLock(v.at_JournalLock(vcb));
  append(vcb, fcb, (f.UsnReasons(fcb) | USN_REASON_CLOSE) >>> 0);
  f.set_UsnReasons(fcb, 0);
  const usn = f.Usn(fcb);
  releaseKernelLock(v.at_JournalLock(vcb));
  return usn;
}
