// IRP_MJ_SET_INFORMATION: one routine per information class. Rights are those that
// NtSetInformationFile asks for; a request from kernel mode is not checked.
import { IO_STACK_LOCATION, IRP } from '../../../ntos/io/types.ts';
import { STATUS_ACCESS_DENIED, STATUS_INFO_LENGTH_MISMATCH, STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PARAMETER, STATUS_RETRY, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { DELETE, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA } from '../../../ntos/io/file-constants.ts';
import { RAMFS_SCB, SCB_VOLUME } from '../types.ts';
import { mayUse } from '../tree/ccb.ts';
import { checkOplock, checkOplockInTheWayOf, grantsOf } from '../oplock.ts';
import { releaseScb } from '../tree/scb.ts';
import { Obstacles } from './change.ts';
import { setDisposition, setDispositionEx } from './disposition.ts';
import { linkFile } from './hard-link.ts';
import { renameFile } from './rename.ts';
import { setBasic, setPosition } from './set-basic.ts';
import { setAllocationSize, setEndOfFileSize, setValidDataLength } from './set-sizes.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PSCB, PVCB } from '../types.ts';
import type { Change } from './change.ts';

const s = IO_STACK_LOCATION.bound;
const { AssociatedIrp_SystemBuffer } = IRP.bound;
const { State } = RAMFS_SCB.bound;

interface Setter {
  readonly least: number;
  readonly rights: number;
  readonly set: (change: Change) => NTSTATUS;
  /** Others who cache the file must be told before. */
  readonly breaks: boolean;
}

function setter(least: number, rights: number, set: Setter['set'], breaks = false): Setter {
  return { least, rights, set, breaks };
}

/** Bytes of a rename or link request before the name. */
const NAME_AT = 12;
const rename = setter(NAME_AT, DELETE, renameFile, true);
const link = setter(NAME_AT, 0, linkFile, true);

const setters: Readonly<Record<number, Setter>> = {
  [cls.FileBasicInformation]: setter(40, FILE_WRITE_ATTRIBUTES, setBasic),
  [cls.FilePositionInformation]: setter(8, 0, setPosition),
  [cls.FileEndOfFileInformation]: setter(8, FILE_WRITE_DATA, setEndOfFileSize, true),
  [cls.FileAllocationInformation]: setter(8, FILE_WRITE_DATA, setAllocationSize, true),
  [cls.FileValidDataLengthInformation]: setter(8, FILE_WRITE_DATA, setValidDataLength, true),
  [cls.FileDispositionInformation]: setter(1, DELETE, setDisposition, true),
  [cls.FileDispositionInformationEx]: setter(4, DELETE, setDispositionEx, true),
  [cls.FileRenameInformation]: rename,
  [cls.FileRenameInformationEx]: rename,
  [cls.FileRenameInformationBypassAccessCheck]: { ...rename, rights: 0 },
  [cls.FileRenameInformationExBypassAccessCheck]: { ...rename, rights: 0 },
  [cls.FileLinkInformation]: link,
  [cls.FileLinkInformationEx]: link,
  [cls.FileLinkInformationBypassAccessCheck]: link,
  [cls.FileLinkInformationExBypassAccessCheck]: link,
};

/** Asks the holders who stand in the way of the change, if it has met any. */
function askObstacle(obstacles: Obstacles, irp: PIRP): NTSTATUS {
  const scb = obstacles.next;
  if (scb === 0) return STATUS_SUCCESS;
  obstacles.next = 0 as PSCB;
  const status = checkOplockInTheWayOf(scb, irp);
  releaseScb(scb);
  return status;
}

/** IRP_MJ_SET_INFORMATION. PASSIVE_LEVEL. */
export function setInformation(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  const informationClass = s.Parameters_SetFile_FileInformationClass(location);
  const length = s.Parameters_SetFile_Length(location);
  const entry = setters[informationClass];
  if (entry === undefined) return STATUS_INVALID_INFO_CLASS;
  if (length < entry.least) return STATUS_INFO_LENGTH_MISMATCH;
  if (State(scb) & SCB_VOLUME) return STATUS_INVALID_PARAMETER;
  if (!mayUse(irp, ccb, entry.rights)) return STATUS_ACCESS_DENIED;
  const file = s.FileObject(location) as PFILE_OBJECT;
  const buffer = AssociatedIrp_SystemBuffer(irp);
  const change = { vcb, irp, location, file, scb, ccb, buffer, length, informationClass,
    obstacles: new Obstacles() };
  let status: NTSTATUS = STATUS_RETRY;
  while (status === STATUS_RETRY) {
    const asked = askObstacle(change.obstacles, irp);
    if (asked !== STATUS_SUCCESS) return asked;
    const grants = grantsOf(scb);
    const broken = entry.breaks ? checkOplock(scb, irp) : STATUS_SUCCESS;
    if (broken !== STATUS_SUCCESS) return broken;
    status = entry.set({ ...change, grants });
  }
  return status;
}
