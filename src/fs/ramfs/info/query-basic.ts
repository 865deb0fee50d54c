// The information classes of fixed size: times, sizes, attributes, identity and what the I/O
// manager knows of a file object. Main is held shared; times are read under InfoLock.
import { u8, u32 } from '../../../mem/memory.ts';
import { DEVICE_OBJECT, FILE_OBJECT, FO_ALERTABLE_IO, FO_DELETE_ON_CLOSE,
  FO_NO_INTERMEDIATE_BUFFERING, FO_SEQUENTIAL_ONLY, FO_SYNCHRONOUS_IO, FO_WRITE_THROUGH }
  from '../../../ntos/io/types.ts';
import { FILE_DELETE_ON_CLOSE, FILE_NO_INTERMEDIATE_BUFFERING, FILE_SEQUENTIAL_ONLY,
  FILE_SYNCHRONOUS_IO_ALERT, FILE_SYNCHRONOUS_IO_NONALERT, FILE_WRITE_THROUGH }
  from '../../../ntos/io/file-constants.ts';
import { FILE_ATTRIBUTE_TAG_INFORMATION, FILE_BASIC_INFORMATION, FILE_COMPRESSION_INFORMATION,
  FILE_ID_INFORMATION, FILE_INTERNAL_INFORMATION, FILE_NETWORK_OPEN_INFORMATION,
  FILE_POSITION_INFORMATION, FILE_STANDARD_INFORMATION, FILE_STANDARD_INFORMATION_EX,
  FILE_STAT_INFORMATION } from '../../../ntos/io/information/file-information.ts';
import { STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { LCB_DELETE_PENDING, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB, RAMFS_SCB, RAMFS_VCB,
  SCB_DELETE_PENDING, SCB_DIRECTORY, SCB_STREAM_DELETED } from '../types.ts';
import { lockInfo, unlockInfo } from '../locks.ts';
import { endOfFile, shownAllocation } from '../content/sizes.ts';
import { isLinked } from '../tree/link.ts';
import { isNamedStream } from '../close/deletion.ts';
import { shownAttributes } from './times.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Answer } from './answer.ts';
import type { PCCB, PSCB } from '../types.ts';

const f = RAMFS_FCB.bound;
const b = RAMFS_SCB.bound;
const { Lcb, GrantedAccess } = RAMFS_CCB.bound;
const { Flags: linkFlags } = RAMFS_LCB.bound;
const v = RAMFS_VCB.bound;
const o = FILE_OBJECT.bound;
const { AlignmentRequirement } = DEVICE_OBJECT.bound;
const EX_SIZE = FILE_STANDARD_INFORMATION_EX.offsets['MetadataAttribute']! + 1;
const BASIC_SIZE = 40;
const STANDARD_SIZE = 24;

function done(answer: Answer, bytes: number): NTSTATUS {
  answer.used = bytes;
  return STATUS_SUCCESS;
}

/** Writes FILE_BASIC_INFORMATION. */
export function writeBasic(at: number, answer: Answer): void {
  const { fcb } = answer;
  const view = FILE_BASIC_INFORMATION.at(at);
  lockInfo(fcb);
  view.CreationTime = f.CreationTime(fcb);
  view.LastAccessTime = f.LastAccessTime(fcb);
  view.LastWriteTime = f.LastWriteTime(fcb);
  view.ChangeTime = f.ChangeTime(fcb);
  view.FileAttributes = shownAttributes(fcb);
  unlockInfo(fcb);
}

export function basicInformation(answer: Answer): NTSTATUS {
  writeBasic(answer.buffer, answer);
  return done(answer, BASIC_SIZE);
}

/** Whether what was opened is to be deleted. */
export function isDeletePending(scb: PSCB, ccb: PCCB): boolean {
  if (b.State(scb) & (SCB_DELETE_PENDING | SCB_STREAM_DELETED)) return true;
  const lcb = Lcb(ccb);
  return lcb !== 0 && (!isLinked(lcb) || (linkFlags(lcb) & LCB_DELETE_PENDING) !== 0);
}

/** The end of file that queries show; directories have none. */
function shownEnd(scb: PSCB): number {
  return b.State(scb) & SCB_DIRECTORY ? 0 : endOfFile(scb);
}

function shownSize(scb: PSCB): number {
  return b.State(scb) & SCB_DIRECTORY ? 0 : shownAllocation(scb);
}

/** Names that lead to the file and are not about to go. */
export function accessibleLinks(answer: Answer): number {
  const lcb = Lcb(answer.ccb);
  const going = lcb !== 0 && isLinked(lcb) && (linkFlags(lcb) & LCB_DELETE_PENDING) !== 0;
  return f.LinkCount(answer.fcb) - (going ? 1 : 0);
}

/** Writes FILE_STANDARD_INFORMATION. */
export function writeStandard(at: number, answer: Answer): void {
  const view = FILE_STANDARD_INFORMATION.at(at);
  view.AllocationSize = shownSize(answer.scb);
  view.EndOfFile = shownEnd(answer.scb);
  view.NumberOfLinks = accessibleLinks(answer);
  view.DeletePending = isDeletePending(answer.scb, answer.ccb) ? 1 : 0;
  view.Directory = b.State(answer.scb) & SCB_DIRECTORY ? 1 : 0;
}

export function standardInformation(answer: Answer): NTSTATUS {
  writeStandard(answer.buffer, answer);
  if (answer.length < EX_SIZE) return done(answer, STANDARD_SIZE);
  const view = FILE_STANDARD_INFORMATION_EX.at(answer.buffer);
  view.AlternateStream = isNamedStream(answer.scb) ? 1 : 0;
  view.MetadataAttribute = 0;
  return done(answer, STANDARD_SIZE);
}

export function internalInformation(answer: Answer): NTSTATUS {
  FILE_INTERNAL_INFORMATION.at(answer.buffer).IndexNumber = f.FileId(answer.fcb);
  return done(answer, 8);
}

export function eaInformation(answer: Answer): NTSTATUS {
  u32[answer.buffer >> 2] = f.EaSize(answer.fcb);
  return done(answer, 4);
}

export function accessInformation(answer: Answer): NTSTATUS {
  u32[answer.buffer >> 2] = GrantedAccess(answer.ccb);
  return done(answer, 4);
}

export function positionInformation(answer: Answer): NTSTATUS {
  const view = FILE_POSITION_INFORMATION.at(answer.buffer);
  view.CurrentByteOffset = o.CurrentByteOffset(answer.file);
  return done(answer, 8);
}

const modes: readonly (readonly [number, number])[] = [
  [FO_WRITE_THROUGH, FILE_WRITE_THROUGH],
  [FO_SEQUENTIAL_ONLY, FILE_SEQUENTIAL_ONLY],
  [FO_NO_INTERMEDIATE_BUFFERING, FILE_NO_INTERMEDIATE_BUFFERING],
  [FO_DELETE_ON_CLOSE, FILE_DELETE_ON_CLOSE],
];

export function modeInformation(answer: Answer): NTSTATUS {
  const flags = o.Flags(answer.file);
  let mode = 0;
  for (const [flag, option] of modes) if (flags & flag) mode |= option;
  if (flags & FO_SYNCHRONOUS_IO) {
    mode |= flags & FO_ALERTABLE_IO ? FILE_SYNCHRONOUS_IO_ALERT : FILE_SYNCHRONOUS_IO_NONALERT;
  }
  u32[answer.buffer >> 2] = mode;
  return done(answer, 4);
}

export function alignmentInformation(answer: Answer): NTSTATUS {
  u32[answer.buffer >> 2] = AlignmentRequirement(v.DeviceObject(answer.vcb));
  return done(answer, 4);
}

export function compressionInformation(answer: Answer): NTSTATUS {
  const view = FILE_COMPRESSION_INFORMATION.at(answer.buffer);
  view.CompressedFileSize = shownSize(answer.scb);
  return done(answer, 16);
}

export function networkOpenInformation(answer: Answer): NTSTATUS {
  const view = FILE_NETWORK_OPEN_INFORMATION.at(answer.buffer);
  writeBasic(answer.buffer, answer);
  const attributes = FILE_BASIC_INFORMATION.at(answer.buffer).FileAttributes;
  view.AllocationSize = shownSize(answer.scb);
  view.EndOfFile = shownEnd(answer.scb);
  view.FileAttributes = attributes;
  return done(answer, 56);
}

export function attributeTagInformation(answer: Answer): NTSTATUS {
  const view = FILE_ATTRIBUTE_TAG_INFORMATION.at(answer.buffer);
  lockInfo(answer.fcb);
  view.FileAttributes = shownAttributes(answer.fcb);
  unlockInfo(answer.fcb);
  view.ReparseTag = f.ReparseTag(answer.fcb);
  return done(answer, 8);
}

/** Writes a file id as FILE_ID_128: the 64-bit one, and zeroes. */
export function writeId128(at: number, id: number): void {
  u32[at >> 2] = id % 2 ** 32;
  u32[(at + 4) >> 2] = Math.floor(id / 2 ** 32);
  u32[(at + 8) >> 2] = 0;
  u32[(at + 12) >> 2] = 0;
}

export function idInformation(answer: Answer): NTSTATUS {
  u32[answer.buffer >> 2] = v.SerialNumber(answer.vcb);
  u32[(answer.buffer + 4) >> 2] = v.SerialHigh(answer.vcb);
  writeId128(answer.buffer + FILE_ID_INFORMATION.offsets['FileId']!, f.FileId(answer.fcb));
  return done(answer, 24);
}

export function statInformation(answer: Answer): NTSTATUS {
  const view = FILE_STAT_INFORMATION.at(answer.buffer);
  const { fcb } = answer;
  view.FileId = f.FileId(fcb);
  lockInfo(fcb);
  view.CreationTime = f.CreationTime(fcb);
  view.LastAccessTime = f.LastAccessTime(fcb);
  view.LastWriteTime = f.LastWriteTime(fcb);
  view.ChangeTime = f.ChangeTime(fcb);
  view.FileAttributes = shownAttributes(fcb);
  unlockInfo(fcb);
  view.AllocationSize = shownSize(answer.scb);
  view.EndOfFile = shownEnd(answer.scb);
  view.ReparseTag = f.ReparseTag(fcb);
  view.NumberOfLinks = accessibleLinks(answer);
  view.EffectiveAccess = GrantedAccess(answer.ccb);
  return done(answer, 72);
}

/** Directories of this file system are never case sensitive. */
export function caseSensitiveInformation(answer: Answer): NTSTATUS {
  u32[answer.buffer >> 2] = 0;
  return done(answer, 4);
}

export function isRemoteDeviceInformation(answer: Answer): NTSTATUS {
  u8[answer.buffer] = 0;
  return done(answer, 1);
}
