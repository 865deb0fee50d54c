// IRP_MN_NOTIFY_CHANGE_DIRECTORY: the request goes to the FsRtl package, under the directory's
// full name. It stays there until something happens, and is completed there.
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { UNICODE_STRING } from '../../../ntos/rtl/types.ts';
import { FsRtlNotifyFullChangeDirectory } from '../../../ntos/fsrtl/notify.ts';
import { IO_STACK_LOCATION, SL_WATCH_TREE } from '../../../ntos/io/types.ts';
import { FILE_LIST_DIRECTORY } from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_DELETE_PENDING, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_PENDING } from '../../../ntos/status-codes.ts';
import { RAMFS_CCB, RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY } from '../types.ts';
import { TAG_PATH, givePool, takePaged } from '../pool.ts';
import { shareNamespace, unlockNamespace } from '../locks.ts';
import { firstLink } from '../tree/link.ts';
import { fullNameLength, writeFullName } from '../tree/full-name.ts';
import { isGoing } from '../tree/path.ts';
import { mayUse } from '../tree/ccb.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PFCB, PLCB, PSCB, PSTREAM, PVCB } from '../types.ts';

const s = IO_STACK_LOCATION.bound;
const { State, Fcb } = RAMFS_SCB.bound;
const { Lcb } = RAMFS_CCB.bound;
const { NotifySync, at_DirNotifyList } = RAMFS_VCB.bound;
const u = UNICODE_STRING.bound;
type PUS = Parameters<typeof u.Length>[0];
const NO_STREAM = 0 as PSTREAM;

function hand(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, ccb: PCCB, name: number, bytes: number,
): void {
  const frame = pushFrame();
  const full = stackAlloc(UNICODE_STRING.size) as PUS;
  u.set_Length(full, bytes);
  u.set_MaximumLength(full, bytes);
  u.set_Buffer(full, name as never);
  FsRtlNotifyFullChangeDirectory(NotifySync(vcb), at_DirNotifyList(vcb), ccb, full,
    (s.Flags(location) & SL_WATCH_TREE) !== 0, false,
    s.Parameters_NotifyDirectory_CompletionFilter(location), irp, 0, 0);
  popFrame(frame);
}

/** IRP_MN_NOTIFY_CHANGE_DIRECTORY. PASSIVE_LEVEL. STATUS_PENDING: the IRP is the package's. */
export function notifyChange(
  vcb: PVCB, irp: PIRP, location: PIO_STACK_LOCATION, scb: PSCB, ccb: PCCB,
): NTSTATUS {
  if (!(State(scb) & SCB_DIRECTORY)) return STATUS_INVALID_PARAMETER;
  if (!mayUse(irp, ccb, FILE_LIST_DIRECTORY)) return STATUS_ACCESS_DENIED;
  shareNamespace(vcb);
  const lcb: PLCB = Lcb(ccb) !== 0 ? Lcb(ccb) : firstLink(Fcb(scb) as PFCB);
  const going = isGoing(Fcb(scb) as PFCB);
  const bytes = fullNameLength(lcb, NO_STREAM);
  const name = going ? 0 : takePaged(bytes, TAG_PATH);
  if (name !== 0) writeFullName(name, lcb, NO_STREAM);
  unlockNamespace(vcb);
  if (going) return STATUS_DELETE_PENDING;
  if (name === 0) return STATUS_INSUFFICIENT_RESOURCES;
  hand(vcb, irp, location, ccb, name, bytes);
  givePool(name, TAG_PATH);
  return STATUS_PENDING;
}
