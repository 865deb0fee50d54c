// What an operation takes away from those who hold an oplock on its stream. Every operation is one
// of the few losses below; what a loss does to each type is oplock-break.ts.
//
// Sources: the oplock dossier, 3.1 and 3.2 (WDK pages per major function, tests on Windows, MS-FSA
// 2.1.4.12). Where they differ: a plain link breaks nothing on its source, security changes break
// nothing, paging I/O and the lazy writer's valid length break nothing.
import { u8 as bytes } from '../../../mem/memory.ts';
import { FSCTL_SET_ZERO_DATA } from '../../io/control-codes.ts';
import { FILE_DISPOSITION_DELETE } from '../../io/information/file-information.ts';
import { FILE_EXECUTE, FILE_OVERWRITE, FILE_OVERWRITE_IF,
  FILE_READ_ATTRIBUTES, FILE_READ_DATA, FILE_READ_EA, FILE_RESERVE_OPFILTER, FILE_SHARE_READ,
  FILE_SUPERSEDE, FILE_WRITE_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE }
  from '../../io/file-constants.ts';
import { FileAllocationInformation, FileDispositionInformation, FileDispositionInformationEx,
  FileEndOfFileInformation, FileRenameInformation, FileRenameInformationEx,
  FileShortNameInformation, FileValidDataLengthInformation }
  from '../../io/information/information-classes.ts';
import { IO_SECURITY_CONTEXT, IO_STACK_LOCATION, IRP, IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL,
  IRP_MJ_FLUSH_BUFFERS, IRP_MJ_LOCK_CONTROL, IRP_MJ_READ, IRP_MJ_SET_INFORMATION, IRP_MJ_WRITE,
  IRP_MN_LOCK, IRP_PAGING_IO } from '../../io/types.ts';
import { BATCH, FILTER, H, LEVEL_1, LEVEL_2, NONE, R, W } from './oplock-types.ts';
import type { PIO_SECURITY_CONTEXT, PIO_STACK_LOCATION, PIRP } from '../../io/types.ts';

const u8 = bytes;
const s = IO_STACK_LOCATION.bound;
const { Flags: irpFlags, AssociatedIrp_SystemBuffer: SystemBuffer } = IRP.bound;
const { DesiredAccess } = IO_SECURITY_CONTEXT.bound;

/** Nothing happens to an oplock of a legacy type. */
export const UNTOUCHED = -1;

/** What an operation takes away. */
export interface Loss {
  /** Caching rights, of granular oplocks: sums of R, H and W. */
  readonly rights: number;
  /** What becomes of the legacy types: LEVEL_2, NONE or UNTOUCHED. */
  readonly level1: number;
  readonly batch: number;
  readonly filter: number;
  readonly level2: number;
  /** Level 2 oplocks with the operation's own key are spared; else nobody's is. */
  readonly sparesOwnLevel2: boolean;
}

function loss(rights: number, level1: number, batch: number, filter: number, level2: number): Loss {
  return { rights, level1, batch, filter, level2, sparesOwnLevel2: false };
}

/** Nothing is taken away. */
export const NO_LOSS = loss(0, UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED);
/** Read, flush: the holder's unwritten data must come out. */
const READ_LOSS = loss(W, LEVEL_2, LEVEL_2, UNTOUCHED, UNTOUCHED);
/** Write, sizes, zeroing: nobody's cached data stays true. */
const WRITE_LOSS = loss(R | W, NONE, NONE, NONE, NONE);
const LOCK_LOSS = loss(R | W, NONE, NONE, UNTOUCHED, NONE);
/** Rename and the like: handles kept open for later stand in the way. */
export const RENAME_LOSS = loss(H, UNTOUCHED, NONE, NONE, UNTOUCHED);
/** Deletion, a share conflict: only the granular handle right. */
export const HANDLE_LOSS = loss(H, UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED);
/** A child of a directory changed. */
export const PARENT_LOSS = loss(R | W, UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED);
/** A writable section is made: granular oplocks only. */
export const SECTION_LOSS = loss(R | W | H, UNTOUCHED, UNTOUCHED, UNTOUCHED, UNTOUCHED);
/** FsRtlOplockBreakToNone. */
export const EVERYTHING = loss(R | W | H, NONE, NONE, NONE, NONE);
const OPEN_LOSS = loss(W, LEVEL_2, LEVEL_2, UNTOUCHED, UNTOUCHED);
const OPEN_PAST_FILTER = loss(W, LEVEL_2, LEVEL_2, NONE, UNTOUCHED);
const OVERWRITE_LOSS = { ...WRITE_LOSS, sparesOwnLevel2: true };
/** What breaks no legacy oplock, and what breaks no granular one either. */
const STAT_ACCESS = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;
const GRANULAR_STAT_ACCESS = STAT_ACCESS | READ_CONTROL;
/** Access that leaves a Filter oplock alone. */
const FILTER_ACCESS = FILE_READ_DATA | FILE_READ_EA | FILE_EXECUTE | GRANULAR_STAT_ACCESS;
const LEGACY_ONLY = loss(0, LEVEL_2, LEVEL_2, UNTOUCHED, UNTOUCHED);

/** The access a create asks for. */
export function createAccess(sp: PIO_STACK_LOCATION): number {
  const context = s.Parameters_Create_SecurityContext(sp) as PIO_SECURITY_CONTEXT;
  return context === 0 ? 0 : DesiredAccess(context);
}

/** The options of a create (FILE_COMPLETE_IF_OPLOCKED and so on). */
export function createOptions(sp: PIO_STACK_LOCATION): number {
  return s.Parameters_Create_Options(sp) & 0xff_ffff;
}

function overwrites(sp: PIO_STACK_LOCATION): boolean {
  const disposition = s.Parameters_Create_Options(sp) >>> 24;
  return disposition === FILE_SUPERSEDE || disposition === FILE_OVERWRITE ||
    disposition === FILE_OVERWRITE_IF;
}

/** What an open takes away. An attribute-only open that truncates is no attribute-only open. */
export function lossOfCreate(sp: PIO_STACK_LOCATION): Loss {
  if (overwrites(sp) || createOptions(sp) & FILE_RESERVE_OPFILTER) return OVERWRITE_LOSS;
  const access = createAccess(sp);
  if ((access & ~STAT_ACCESS) === 0) return NO_LOSS;
  if ((access & ~GRANULAR_STAT_ACCESS) === 0) return LEGACY_ONLY;
  const sharesRead = (s.Parameters_Create_ShareAccess(sp) & FILE_SHARE_READ) !== 0;
  return (access & ~FILTER_ACCESS) === 0 && sharesRead ? OPEN_LOSS : OPEN_PAST_FILTER;
}

function lossOfSetInformation(irp: PIRP, sp: PIO_STACK_LOCATION): Loss {
  const buffer = SystemBuffer(irp);
  switch (s.Parameters_SetFile_FileInformationClass(sp)) {
    case FileEndOfFileInformation:
      return s.Parameters_SetFile_AdvanceOnly(sp) !== 0 ? NO_LOSS : WRITE_LOSS;
    case FileAllocationInformation:
    case FileValidDataLengthInformation:
      return WRITE_LOSS;
    case FileRenameInformation:
    case FileRenameInformationEx:
    case FileShortNameInformation:
      return RENAME_LOSS;
    case FileDispositionInformation:
      return u8[buffer] !== 0 ? HANDLE_LOSS : NO_LOSS;
    case FileDispositionInformationEx:
      return u8[buffer]! & FILE_DISPOSITION_DELETE ? HANDLE_LOSS : NO_LOSS;
    default:
      return NO_LOSS;
  }
}

/** What the operation of an IRP takes away from other holders on its stream. */
export function lossOf(irp: PIRP, sp: PIO_STACK_LOCATION): Loss {
  switch (s.MajorFunction(sp)) {
    case IRP_MJ_CREATE:
      return lossOfCreate(sp);
    case IRP_MJ_READ:
      return irpFlags(irp) & IRP_PAGING_IO ? NO_LOSS : READ_LOSS;
    case IRP_MJ_FLUSH_BUFFERS:
      return READ_LOSS;
    case IRP_MJ_WRITE:
      return irpFlags(irp) & IRP_PAGING_IO ? NO_LOSS : WRITE_LOSS;
    case IRP_MJ_LOCK_CONTROL:
      return s.MinorFunction(sp) === IRP_MN_LOCK ? LOCK_LOSS : NO_LOSS;
    case IRP_MJ_SET_INFORMATION:
      return lossOfSetInformation(irp, sp);
    case IRP_MJ_FILE_SYSTEM_CONTROL:
      return s.Parameters_FileSystemControl_FsControlCode(sp) === FSCTL_SET_ZERO_DATA
        ? WRITE_LOSS : NO_LOSS;
    default:
      return NO_LOSS;
  }
}

/** What a loss does to a legacy exclusive type: LEVEL_2, NONE or UNTOUCHED. */
export function legacyTarget(of: Loss, type: number): number {
  if (type === LEVEL_1) return of.level1;
  if (type === BATCH) return of.batch;
  return type === FILTER ? of.filter : UNTOUCHED;
}

/** The level that is left of a granular one; without R there is none. */
export function reduceLevel(level: number, rights: number): number {
  const left = level & ~rights;
  return left & R ? left : NONE;
}
