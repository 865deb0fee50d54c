// IRP_MJ_QUERY_INFORMATION: what is known about an open file, one writer per information class.
// A buffer shorter than the class's structure is STATUS_INFO_LENGTH_MISMATCH; a name that does not
// fit is cut, with STATUS_BUFFER_OVERFLOW, as MS-FSA 2.1.5.11 says of each class.
import { fillBytes } from '../../../mem/memory.ts';
import { FILE_OBJECT, IO_STACK_LOCATION, IRP } from '../../../ntos/io/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER } from '../../../ntos/status-codes.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { FILE_READ_ATTRIBUTES } from '../../../ntos/io/file-constants.ts';
import { RAMFS_SCB, SCB_VOLUME } from '../types.ts';
import { shareMain, unlockMain } from '../locks.ts';
import { mayUse } from '../tree/ccb.ts';
import { Answer } from './answer.ts';
import * as basic from './query-basic.ts';
import * as links from './query-links.ts';
import * as name from './query-name.ts';
import { streamInformation } from './query-streams.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PSCB, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { AssociatedIrp_SystemBuffer, set_IoStatus_Information } = IRP.bound;
const { State, Fcb } = RAMFS_SCB.bound;
const { FsContext } = FILE_OBJECT.bound;

/** How one class is answered. */
interface Query {
  /** Bytes of the structure, without a name that follows. */
  readonly least: number;
  /** The rights one of which the handle needs. */
  readonly rights: number;
  readonly write: (answer: Answer) => NTSTATUS;
}

function query(least: number, write: Query['write'], rights = 0): Query {
  return { least, rights, write };
}

const queries: Readonly<Record<number, Query>> = {
  [cls.FileBasicInformation]: query(40, basic.basicInformation, FILE_READ_ATTRIBUTES),
  [cls.FileStandardInformation]: query(24, basic.standardInformation),
  [cls.FileInternalInformation]: query(8, basic.internalInformation),
  [cls.FileEaInformation]: query(4, basic.eaInformation),
  [cls.FileAccessInformation]: query(4, basic.accessInformation),
  [cls.FilePositionInformation]: query(8, basic.positionInformation),
  [cls.FileModeInformation]: query(4, basic.modeInformation),
  [cls.FileAlignmentInformation]: query(4, basic.alignmentInformation),
  [cls.FileNameInformation]: query(8, name.nameInformation),
  [cls.FileAllInformation]: query(104, name.allInformation, FILE_READ_ATTRIBUTES),
  [cls.FileAlternateNameInformation]: query(8, name.alternateNameInformation),
  [cls.FileNormalizedNameInformation]: query(8, name.nameInformation),
  [cls.FileStreamInformation]: query(0, streamInformation),
  [cls.FileCompressionInformation]: query(16, basic.compressionInformation),
  [cls.FileNetworkOpenInformation]: query(56, basic.networkOpenInformation, FILE_READ_ATTRIBUTES),
  [cls.FileAttributeTagInformation]: query(8, basic.attributeTagInformation, FILE_READ_ATTRIBUTES),
  [cls.FileHardLinkInformation]: query(8, links.hardLinkInformation),
  [cls.FileStandardLinkInformation]: query(12, links.standardLinkInformation),
  [cls.FileIdInformation]: query(24, basic.idInformation),
  [cls.FileStatInformation]: query(72, basic.statInformation, FILE_READ_ATTRIBUTES),
  [cls.FileCaseSensitiveInformation]: query(4, basic.caseSensitiveInformation),
  [cls.FileIsRemoteDeviceInformation]: query(1, basic.isRemoteDeviceInformation),
};

/** Classes that NTFS has and a local volume cannot answer, or that are for setting only. */
const refusals: Readonly<Record<number, NTSTATUS>> = {
  [cls.FileRemoteProtocolInformation]: STATUS_INVALID_PARAMETER,
  [cls.FileNetworkPhysicalNameInformation]: STATUS_INVALID_PARAMETER,
  [cls.FileFullEaInformation]: STATUS_INVALID_PARAMETER,
};

/** Answers a class for an open file into a buffer; Information through the answer. */
export function queryFile(answer: Answer, informationClass: number): NTSTATUS {
  const entry = queries[informationClass];
  if (entry === undefined) return refusals[informationClass] ?? STATUS_INVALID_INFO_CLASS;
  if (answer.length < entry.least) return STATUS_INFO_LENGTH_MISMATCH;
  fillBytes(answer.buffer, 0, entry.least);
  return entry.write(answer);
}

/** IRP_MJ_QUERY_INFORMATION. PASSIVE_LEVEL. */
export function queryInformation(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  const file = s.FileObject(location) as PFILE_OBJECT;
  const informationClass = s.Parameters_QueryFile_FileInformationClass(location);
  const rights = queries[informationClass]?.rights ?? 0;
  if (State(scb) & SCB_VOLUME) return STATUS_INVALID_DEVICE_REQUEST;
  if (!mayUse(irp, ccb, rights)) return STATUS_ACCESS_DENIED;
  const answer = new Answer(vcb, file, scb, ccb, Fcb(scb), AssociatedIrp_SystemBuffer(irp),
    s.Parameters_QueryFile_Length(location));
  shareMain(scb);
  const status = queryFile(answer, informationClass);
  unlockMain(scb);
  if (status >= 0 || answer.used !== 0) set_IoStatus_Information(irp, answer.used);
  return status;
}

/** The file a fast query is for; NULL when it must come as an IRP. */
export function fileOfFastQuery(file: PFILE_OBJECT): PSCB {
  const scb = FsContext(file) as PSCB;
  return scb === 0 || State(scb) & SCB_VOLUME ? (0 as PSCB) : scb;
}

