// Fast I/O: requests without an IRP, in the caller's thread, when nothing stands in the way. TRUE
// means done, with the result in the status block; FALSE means that it must come as an IRP. A
// write is done so only inside the file: one that makes it grow comes as an IRP.
import { u32, i32 } from '../../mem/memory.ts';
import { kernelRoutine } from '../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../ntos/ke/apc.ts';
import { FsRtlFastCheckLockForRead, FsRtlFastCheckLockForWrite }
  from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { FastIoIsNotPossible, FastIoIsPossible } from '../../ntos/fsrtl/filter-context.ts';
import { fastIoIsPossible } from '../../ntos/io/fast-io.ts';
import { FILE_OBJECT, FO_SYNCHRONOUS_IO, FO_WRITE_THROUGH, FSRTL_ADVANCED_FCB_HEADER,
  IO_STATUS_BLOCK } from '../../ntos/io/types.ts';
import { FSRTL_FAST_IO_TOP_LEVEL_IRP, IoGetTopLevelIrp, IoSetTopLevelIrp }
  from '../../ntos/io/irp/top-level-irp.ts';
import { PsGetCurrentProcess } from '../../ntos/ob/process.ts';
import { STATUS_END_OF_FILE, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY, SCB_VOLUME, VCB_DISMOUNTED } from './types.ts';
import { shareMain, unlockMain } from './locks.ts';
import { endOfFile, headOf } from './content/sizes.ts';
import { readOrdinary, writeOrdinary } from './content/read-write.ts';
import { PASSED_AS_FAST_IO } from './oplock.ts';
import { fileLockOf } from './range-locks.ts';
import { Answer } from './info/answer.ts';
import { fileOfFastQuery, queryFile } from './info/query.ts';
import { FileBasicInformation, FileNetworkOpenInformation, FileStandardInformation }
  from '../../ntos/io/information/information-classes.ts';
import { ccbOf } from './tree/ccb.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

const b = RAMFS_SCB.bound;
const o = FILE_OBJECT.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
const { IsFastIoPossible, ValidDataLength } = FSRTL_ADVANCED_FCB_HEADER.bound;
const { State: volumeState } = RAMFS_VCB.bound;
const FALSE = 0;
const TRUE = 1;

function largeAt(at: number): number {
  return u32[at >> 2]! + i32[(at >> 2) + 1]! * 2 ** 32;
}

/** The stream that fast transfers of a file object go to; NULL when there may be none. */
function streamOf(file: PFILE_OBJECT): PSCB {
  const scb = o.FsContext(file) as PSCB;
  if (scb === 0 || b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY)) return 0 as PSCB;
  if (volumeState(b.Vcb(scb)) & VCB_DISMOUNTED) return 0 as PSCB;
  return IsFastIoPossible(headOf(scb)) === FastIoIsNotPossible ? (0 as PSCB) : scb;
}

/** Whether range locks let a transfer pass. */
function locksAllow(
  scb: PSCB, file: PFILE_OBJECT, offset: number, length: number, key: number, reads: boolean,
): boolean {
  const frame = pushFrame();
  const bytes = stackAlloc(8);
  u32[bytes >> 2] = length;
  const check = reads ? FsRtlFastCheckLockForRead : FsRtlFastCheckLockForWrite;
  const allowed = check(fileLockOf(scb), offset, bytes, key, file, PsGetCurrentProcess());
  popFrame(frame);
  return allowed;
}

/** Runs a transfer as the file system's fast entry points do. */
function inRegion(transfer: () => number): number {
  const outer = IoGetTopLevelIrp();
  KeEnterCriticalRegion();
  if (outer === 0) IoSetTopLevelIrp(FSRTL_FAST_IO_TOP_LEVEL_IRP);
  const result = transfer();
  if (outer === 0) IoSetTopLevelIrp(0);
  KeLeaveCriticalRegion();
  return result;
}

function finish(file: PFILE_OBJECT, iosb: number, moved: number, end: number): number {
  set_Status(iosb as PIOSB, STATUS_SUCCESS);
  set_Information(iosb as PIOSB, moved);
  if (o.Flags(file) & FO_SYNCHRONOUS_IO) o.set_CurrentByteOffset(file, end);
  return TRUE;
}

function checkIfPossible(
  file: number, offset: number, length: number, _wait: number, key: number, reads: number,
): number {
  const scb = streamOf(file as PFILE_OBJECT);
  if (scb === 0) return FALSE;
  return locksAllow(scb, file as PFILE_OBJECT, offset, length, key, reads !== 0) ? TRUE : FALSE;
}

/** Whether a transfer may be done fast: with locks on the file, the whole stack is asked. */
function mayTransfer(
  scb: PSCB, file: PFILE_OBJECT, offset: number, length: number, key: number, reads: boolean,
): boolean {
  if (IsFastIoPossible(headOf(scb)) === FastIoIsPossible) return true;
  return fastIoIsPossible(file, offset, length, key, reads);
}

function read(
  file: number, offset: number, length: number, _wait: number, key: number, buffer: number,
  iosb: number,
): number {
  const at = largeAt(offset);
  const scb = streamOf(file as PFILE_OBJECT);
  if (scb === 0 || at < 0 || length === 0 || o.PrivateCacheMap(file as PFILE_OBJECT) === 0) {
    return FALSE;
  }
  if (!mayTransfer(scb, file as PFILE_OBJECT, offset, length, key, true)) return FALSE;
  const moved = inRegion(() => readOrdinary(scb, at, length, buffer));
  if (moved >= 0) return finish(file as PFILE_OBJECT, iosb, moved, at + moved);
  set_Status(iosb as PIOSB, STATUS_END_OF_FILE);
  set_Information(iosb as PIOSB, 0);
  return TRUE;
}

/** Whether a write stays inside what is valid of the file. */
function staysInside(scb: PSCB, end: number): boolean {
  shareMain(scb);
  const inside = end <= endOfFile(scb) && end <= ValidDataLength(headOf(scb));
  unlockMain(scb);
  return inside;
}

function write(
  file: number, offset: number, length: number, _wait: number, key: number, buffer: number,
  iosb: number,
): number {
  const at = largeAt(offset);
  const fileObject = file as PFILE_OBJECT;
  const scb = streamOf(fileObject);
  if (scb === 0 || at < 0 || length === 0 || o.PrivateCacheMap(fileObject) === 0) return FALSE;
  if (o.Flags(fileObject) & FO_WRITE_THROUGH) return FALSE;
  if (!mayTransfer(scb, fileObject, offset, length, key, false)) return FALSE;
  const end = inRegion(() => staysInside(scb, at + length)
    ? writeOrdinary(scb, ccbOf(fileObject), at, length, buffer, PASSED_AS_FAST_IO) : -1);
  return end < 0 ? FALSE : finish(fileObject, iosb, length, end);
}

function query(file: number, buffer: number, iosb: number, least: number, cls: number): number {
  const fileObject = file as PFILE_OBJECT;
  const scb = fileOfFastQuery(fileObject);
  if (scb === 0 || volumeState(b.Vcb(scb)) & VCB_DISMOUNTED) return FALSE;
  return inRegion(() => {
    const answer = new Answer(b.Vcb(scb), fileObject, scb, ccbOf(fileObject), b.Fcb(scb), buffer,
      least);
    shareMain(scb);
    const status = queryFile(answer, cls);
    unlockMain(scb);
    set_Status(iosb as PIOSB, status);
    set_Information(iosb as PIOSB, answer.used);
    return TRUE;
  });
}

/** The fast routines by the member of FAST_IO_DISPATCH they go into. */
export const fastIoRoutines: Readonly<Record<string, RoutineId>> = {
  FastIoCheckIfPossible: kernelRoutine('RamfsFastIoCheckIfPossible', checkIfPossible),
  FastIoRead: kernelRoutine('RamfsFastIoRead', read),
  FastIoWrite: kernelRoutine('RamfsFastIoWrite', write),
  FastIoQueryBasicInfo: kernelRoutine('RamfsFastIoQueryBasicInfo',
    (file, _wait, buffer, iosb) => query(file!, buffer!, iosb!, 40, FileBasicInformation)),
  FastIoQueryStandardInfo: kernelRoutine('RamfsFastIoQueryStandardInfo',
    (file, _wait, buffer, iosb) => query(file!, buffer!, iosb!, 24, FileStandardInformation)),
  FastIoQueryNetworkOpenInfo: kernelRoutine('RamfsFastIoQueryNetworkOpenInfo',
    (file, _wait, buffer, iosb) => query(file!, buffer!, iosb!, 56, FileNetworkOpenInformation)),
};
