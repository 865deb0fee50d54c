// IRP_MJ_READ and IRP_MJ_WRITE. Data moves in the requestor's thread, between the caller's buffer
// and the stream's pages; when and where the request then completes is the storage's business.
//
// Ordinary transfers hold Main: shared to read, exclusively to write, so that a read sees a write
// wholly or not at all. Paging transfers hold PagingIo shared and never change the size; they may
// overlap each other. Order and meaning of the checks are those of MS-FSA 2.1.5.2 and 2.1.5.3.
import { PAGE_SIZE, SECTOR_SIZE } from '../../../mem/param.ts';
import { load } from '../../../atomics-sync/atomics.ts';
import { requestBuffer } from '../../../ntos/io/irp/mdl.ts';
import { FILE_OBJECT, FO_SYNCHRONOUS_IO, IO_STACK_LOCATION, IRP, IRP_NOCACHE, IRP_PAGING_IO }
  from '../../../ntos/io/types.ts';
import { FILE_APPEND_DATA, FILE_READ_DATA, FILE_WRITE_DATA }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_DISK_FULL, STATUS_END_OF_FILE, STATUS_FILE_LOCK_CONFLICT,
  STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { DID_CHANGE_SIZE, DID_WRITE, RAMFS_CCB, RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY, SCB_VOLUME }
  from '../types.ts';
import { lockMain, lockPaging, shareMain, sharePaging, unlockMain, unlockPaging }
  from '../locks.ts';
import { checkOplock, grantsOf, mayGoOn } from '../oplock.ts';
import { USN_REASON_DATA_EXTEND, USN_REASON_DATA_OVERWRITE, noteChange }
  from '../journal/journal.ts';
import { locksAllowRead, locksAllowWrite } from '../range-locks.ts';
import { ccbOf, mayUse } from '../tree/ccb.ts';
import { frameCountOf, pagesOf } from '../tree/stream.ts';
import { touchWrite } from '../info/times.ts';
import { MAX_FILE_SIZE, endOfFile, endOfFileForPaging, noteWritten } from './sizes.ts';
import { cutContent, readContent, writeContent } from './content.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PSCB } from '../types.ts';

const b = RAMFS_SCB.bound;
const c = RAMFS_CCB.bound;
const o = FILE_OBJECT.bound;
const { Flags, set_IoStatus_Information } = IRP.bound;
const { FileObject, Parameters_Read_Length, Parameters_Read_ByteOffset } = IO_STACK_LOCATION.bound;
const { TotalClusters, at_UsedFrames } = RAMFS_VCB.bound;
/** FILE_WRITE_TO_END_OF_FILE as a 64-bit number. */
const TO_END_OF_FILE = -1;
/** What writeOrdinary answers when the oplock check is not true any more. */
const ASK_AGAIN = -2;

function isUnaligned(offset: number, length: number): boolean {
  return offset % SECTOR_SIZE !== 0 || length % SECTOR_SIZE !== 0;
}

/** A synchronous file object keeps its position; the first cached transfer begins its caching. */
function settleFile(file: PFILE_OBJECT, flags: number, end: number): void {
  if (flags & IRP_PAGING_IO) return;
  if (o.Flags(file) & FO_SYNCHRONOUS_IO) o.set_CurrentByteOffset(file, end);
  if (!(flags & IRP_NOCACHE) && o.PrivateCacheMap(file) === 0) {
    o.set_PrivateCacheMap(file, ccbOf(file));
  }
}

function checkTransfer(scb: PSCB, offset: number, length: number, flags: number): NTSTATUS {
  if (b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY)) return STATUS_INVALID_DEVICE_REQUEST;
  const nocache = (flags & (IRP_NOCACHE | IRP_PAGING_IO)) === IRP_NOCACHE;
  if (nocache && offset !== TO_END_OF_FILE && isUnaligned(offset, length)) {
    return STATUS_INVALID_PARAMETER;
  }
  return offset + length > MAX_FILE_SIZE ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

/** IRP_MJ_READ; Information gets the bytes read. IRQL <= APC_LEVEL for paging, else PASSIVE. */
export function read(irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB): NTSTATUS {
  const file = FileObject(location) as PFILE_OBJECT;
  const offset = Parameters_Read_ByteOffset(location);
  const length = Parameters_Read_Length(location);
  const flags = Flags(irp);
  const paging = (flags & IRP_PAGING_IO) !== 0;
  const refused = checkTransfer(scb, offset, length, flags);
  if (refused !== STATUS_SUCCESS) return refused;
  if (!paging && !mayUse(irp, ccb, FILE_READ_DATA)) return STATUS_ACCESS_DENIED;
  if (length === 0) return STATUS_SUCCESS;
  if (offset < 0) return STATUS_INVALID_PARAMETER;
  if (!paging) {
    const broken = checkOplock(scb, irp);
    if (broken !== STATUS_SUCCESS) return broken;
    if (!locksAllowRead(scb, irp)) return STATUS_FILE_LOCK_CONFLICT;
  }
  const moved = paging ? readPaging(scb, offset, length, requestBuffer(irp))
    : readOrdinary(scb, offset, length, requestBuffer(irp));
  if (moved < 0) return STATUS_END_OF_FILE;
  set_IoStatus_Information(irp, moved);
  settleFile(file, flags, offset + moved);
  return STATUS_SUCCESS;
}

function readUpTo(scb: PSCB, end: number, offset: number, length: number, buffer: number): number {
  if (offset >= end) return -1;
  const moved = Math.min(length, end - offset);
  readContent(pagesOf(b.Stream(scb)), offset, moved, buffer);
  return moved;
}

/** Bytes read, -1 at or behind the end of file. */
export function readOrdinary(scb: PSCB, offset: number, length: number, buffer: number): number {
  shareMain(scb);
  const moved = readUpTo(scb, endOfFile(scb), offset, length, buffer);
  unlockMain(scb);
  return moved;
}

function readPaging(scb: PSCB, offset: number, length: number, buffer: number): number {
  sharePaging(scb);
  const moved = readUpTo(scb, endOfFileForPaging(scb), offset, length, buffer);
  unlockPaging(scb);
  return moved;
}

/** IRP_MJ_WRITE; Information gets the bytes written. IRQL as for reads. */
export function write(irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB): NTSTATUS {
  const file = FileObject(location) as PFILE_OBJECT;
  const offset = Parameters_Read_ByteOffset(location);
  const length = Parameters_Read_Length(location);
  const flags = Flags(irp);
  const refused = checkTransfer(scb, offset, length, flags);
  if (refused !== STATUS_SUCCESS) return refused;
  if (flags & IRP_PAGING_IO) return writePaging(irp, scb, offset, length);
  if (!mayUse(irp, ccb, FILE_WRITE_DATA | FILE_APPEND_DATA)) return STATUS_ACCESS_DENIED;
  if (length === 0) return STATUS_SUCCESS;
  const appends = offset === TO_END_OF_FILE || isAppendOnly(irp, ccb);
  if (offset < 0 && !appends) return STATUS_INVALID_PARAMETER;
  const start = appends ? TO_END_OF_FILE : offset;
  let end = ASK_AGAIN;
  while (end === ASK_AGAIN) {
    const grants = grantsOf(scb);
    const broken = checkOplock(scb, irp);
    if (broken !== STATUS_SUCCESS) return broken;
    if (!locksAllowWrite(scb, irp)) return STATUS_FILE_LOCK_CONFLICT;
    end = writeOrdinary(scb, ccb, start, length, requestBuffer(irp), grants);
  }
  if (end < 0) return STATUS_DISK_FULL;
  set_IoStatus_Information(irp, length);
  settleFile(file, flags, end);
  return STATUS_SUCCESS;
}

/** A handle that may only append writes to the end, whatever offset it names. */
function isAppendOnly(irp: PIRP, ccb: PCCB): boolean {
  const granted = c.GrantedAccess(ccb) & (FILE_WRITE_DATA | FILE_APPEND_DATA);
  return granted === FILE_APPEND_DATA && mayUse(irp, ccb, FILE_APPEND_DATA);
}

/** Whether the volume has clusters for so many more bytes. */
function hasRoom(scb: PSCB, length: number): boolean {
  const vcb = b.Vcb(scb);
  return load(at_UsedFrames(vcb)) + Math.ceil(length / PAGE_SIZE) <= TotalClusters(vcb);
}

/**
 * Writes at an offset, or at the end of file for -1.
 *
 * @param passed what the oplock check passed the write with; see mayGoOn.
 * @returns where the written bytes end; -1 when the volume is full, and nothing changed then but
 *   bytes that were there before; ASK_AGAIN when an oplock was granted since the check.
 */
export function writeOrdinary(
  scb: PSCB, ccb: PCCB, offset: number, length: number, buffer: number, passed: number,
): number {
  if (!hasRoom(scb, length)) return -1;
  const stream = b.Stream(scb);
  lockMain(scb);
  if (!mayGoOn(scb, passed)) {
    unlockMain(scb);
    return ASK_AGAIN;
  }
  const size = endOfFile(scb);
  const start = offset < 0 ? size : offset;
  const written = writeContent(pagesOf(stream), start, length, buffer, frameCountOf(stream));
  const full = written < length;
  if (full) {
    lockPaging(scb);
    cutContent(pagesOf(stream), size, frameCountOf(stream));
    unlockPaging(scb);
  } else {
    noteWritten(scb, start + length);
    const grows = start + length > size;
    c.set_Did(ccb, c.Did(ccb) | DID_WRITE | (grows ? DID_CHANGE_SIZE : 0));
    const fcb = b.Fcb(scb);
    touchWrite(fcb, ccb);
    noteChange(fcb, grows ? USN_REASON_DATA_EXTEND : USN_REASON_DATA_OVERWRITE);
  }
  unlockMain(scb);
  return full ? -1 : start + length;
}

/** A paging write changes no size: what lies behind the end of file is left out. */
function writePaging(irp: PIRP, scb: PSCB, offset: number, length: number): NTSTATUS {
  if (offset < 0) return STATUS_INVALID_PARAMETER;
  const stream = b.Stream(scb);
  sharePaging(scb);
  const wanted = Math.max(0, Math.min(length, endOfFileForPaging(scb) - offset));
  const written = writeContent(pagesOf(stream), offset, wanted, requestBuffer(irp),
    frameCountOf(stream));
  unlockPaging(scb);
  set_IoStatus_Information(irp, written < wanted ? written : length);
  return written < wanted ? STATUS_DISK_FULL : STATUS_SUCCESS;
}
