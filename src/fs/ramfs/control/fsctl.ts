// IRP_MJ_FILE_SYSTEM_CONTROL: which code is answered by whom, and on which kind of open. A code
// that is not in the table is STATUS_INVALID_DEVICE_REQUEST, which is also what NTFS answers to
// FSCTL_GET_EXTERNAL_BACKING when nothing serves it. Oplock controls go to the oplock package.
import { IRP, IO_STACK_LOCATION, IRP_MN_KERNEL_CALL, IRP_MN_USER_FS_REQUEST }
  from '../../../ntos/io/types.ts';
import * as io from '../../../ntos/io/control-codes.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_PARAMETER, STATUS_PENDING }
  from '../../../ntos/status-codes.ts';
import { RAMFS_SCB, SCB_DIRECTORY, SCB_VOLUME } from '../types.ts';
import { controlOplock, isOplockControl } from '../oplock.ts';
import { refreshFastIo } from '../range-locks.ts';
import { ControlRequest } from './request.ts';
import * as objectId from './object-id.ts';
import * as reparse from './reparse.ts';
import * as sparse from './sparse.ts';
import * as usn from './usn.ts';
import * as volume from './volume.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PSCB, PVCB } from '../types.ts';

const { MinorFunction } = IO_STACK_LOCATION.bound;
const { set_IoStatus_Information } = IRP.bound;
const { State } = RAMFS_SCB.bound;

/** What a control needs to be open: the volume, a file or directory, a data stream, or anything. */
type Needs = 'volume' | 'file' | 'stream' | 'any';
type Control = readonly [Needs, (request: ControlRequest) => NTSTATUS];

const controls: Readonly<Record<number, Control>> = {
  [io.FSCTL_LOCK_VOLUME]: ['volume', volume.lockVolume],
  [io.FSCTL_UNLOCK_VOLUME]: ['volume', volume.unlockVolume],
  [io.FSCTL_DISMOUNT_VOLUME]: ['volume', volume.dismountVolume],
  [io.FSCTL_ALLOW_EXTENDED_DASD_IO]: ['volume', volume.succeed],
  [io.FSCTL_IS_VOLUME_MOUNTED]: ['any', volume.succeed],
  [io.FSCTL_IS_PATHNAME_VALID]: ['any', volume.succeed],
  [io.FSCTL_IS_VOLUME_DIRTY]: ['volume', volume.isDirty],
  [io.FSCTL_GET_NTFS_VOLUME_DATA]: ['any', volume.ntfsVolumeData],
  [io.FSCTL_GET_COMPRESSION]: ['file', sparse.getCompression],
  [io.FSCTL_SET_COMPRESSION]: ['file', sparse.setCompression],
  [io.FSCTL_SET_SPARSE]: ['stream', sparse.setSparse],
  [io.FSCTL_SET_ZERO_DATA]: ['stream', sparse.setZeroData],
  [io.FSCTL_QUERY_ALLOCATED_RANGES]: ['stream', sparse.queryAllocatedRanges],
  [io.FSCTL_GET_RETRIEVAL_POINTERS]: ['stream', sparse.getRetrievalPointers],
  [io.FSCTL_SET_OBJECT_ID]: ['file', objectId.setObjectId],
  [io.FSCTL_GET_OBJECT_ID]: ['file', objectId.getObjectId],
  [io.FSCTL_DELETE_OBJECT_ID]: ['file', objectId.deleteObjectId],
  [io.FSCTL_CREATE_OR_GET_OBJECT_ID]: ['file', objectId.createOrGetObjectId],
  [io.FSCTL_SET_REPARSE_POINT]: ['file', reparse.setReparsePoint],
  [io.FSCTL_SET_REPARSE_POINT_EX]: ['file', reparse.setReparsePointEx],
  [io.FSCTL_GET_REPARSE_POINT]: ['file', reparse.getReparsePoint],
  [io.FSCTL_DELETE_REPARSE_POINT]: ['file', reparse.deleteReparsePoint],
  [io.FSCTL_QUERY_USN_JOURNAL]: ['any', usn.queryJournal],
  [io.FSCTL_READ_USN_JOURNAL]: ['any', usn.readJournal],
  [io.FSCTL_ENUM_USN_DATA]: ['any', usn.enumerateUsnData],
  [io.FSCTL_READ_FILE_USN_DATA]: ['file', usn.readFileUsnData],
  [io.FSCTL_WRITE_USN_CLOSE_RECORD]: ['file', usn.writeCloseRecord],
};

function fits(needs: Needs, scb: PSCB): boolean {
  const state = State(scb);
  if (needs === 'any') return true;
  if (needs === 'volume') return (state & SCB_VOLUME) !== 0;
  if (state & SCB_VOLUME) return false;
  return needs === 'file' || (state & SCB_DIRECTORY) === 0;
}

/** IRP_MJ_FILE_SYSTEM_CONTROL. PASSIVE_LEVEL. STATUS_PENDING: an oplock was granted and waits. */
export function fileSystemControl(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  const minor = MinorFunction(location);
  if (minor !== IRP_MN_USER_FS_REQUEST && minor !== IRP_MN_KERNEL_CALL) {
    return STATUS_INVALID_DEVICE_REQUEST;
  }
  const request = new ControlRequest(vcb, irp, location, scb, ccb);
  if (isOplockControl(request.code)) {
    if (State(scb) & SCB_VOLUME) return STATUS_INVALID_PARAMETER;
    const status = controlOplock(scb, irp, request.code);
    refreshFastIo(scb);
    return status;
  }
  const control = controls[request.code];
  if (control === undefined) return STATUS_INVALID_DEVICE_REQUEST;
  const [needs, run] = control;
  if (!fits(needs, scb)) return STATUS_INVALID_PARAMETER;
  const status = run(request);
  if (status !== STATUS_PENDING) set_IoStatus_Information(irp, request.used);
  return status;
}
