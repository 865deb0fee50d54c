// IRP_MJ_CLEANUP and IRP_MJ_CLOSE. Cleanup comes when the last handle is closed: range locks,
// notifications and share access end, deletion takes place, those who watch are told. Close comes
// when nobody refers to the file object any more: its CCB goes, and with the last one the SCB.
import { FILE_OBJECT, FO_CLEANUP_COMPLETE } from '../../../ntos/io/types.ts';
import { FILE_ACTION_REMOVED_STREAM, FILE_NOTIFY_CHANGE_STREAM_NAME }
  from '../../../ntos/io/file-constants.ts';
import { IoRemoveShareAccess } from '../../../ntos/io/service/share-access.ts';
import { FsRtlNotifyCleanup } from '../../../ntos/fsrtl/notify.ts';
import { RAMFS_CCB, RAMFS_FCB, RAMFS_SCB, RAMFS_VCB, SCB_DIRECTORY, SCB_VOLUME, VCB_LOCKED }
  from '../types.ts';
import { lockMain, lockNamespace, unlockMain, unlockNamespace } from '../locks.ts';
import { publishSizes } from '../content/sizes.ts';
import { countHandle } from '../create/finish.ts';
import { checkOplock } from '../oplock.ts';
import { noteCloseLocked } from '../journal/journal.ts';
import { reportDone, tell, tellRemoved } from '../notify.ts';
import { unlockAllRanges } from '../range-locks.ts';
import { ccbOf, freeCcb, scbOf } from '../tree/ccb.ts';
import { closeScbAndUnlock } from '../tree/scb.ts';
import { releaseLink } from '../tree/link.ts';
import { settleDeletion } from './deletion.ts';
import type { PFILE_OBJECT, PIRP, PSHARE_ACCESS } from '../../../ntos/io/types.ts';
import type { Gone } from './deletion.ts';
import type { PCCB, PFCB, PSCB, PVCB } from '../types.ts';

const o = FILE_OBJECT.bound;
const b = RAMFS_SCB.bound;
const c = RAMFS_CCB.bound;
const f = RAMFS_FCB.bound;
const v = RAMFS_VCB.bound;

function publish(scb: PSCB): void {
  if (b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY)) return;
  lockMain(scb);
  publishSizes(scb);
  unlockMain(scb);
}

function unlockVolumeOf(vcb: PVCB, file: PFILE_OBJECT): void {
  if (v.LockFile(vcb) !== file) return;
  v.set_LockFile(vcb, 0);
  v.set_State(vcb, v.State(vcb) & ~VCB_LOCKED);
}

function tellGone(vcb: PVCB, gone: readonly Gone[]): void {
  for (const { name, filter } of gone) {
    if (filter === FILE_NOTIFY_CHANGE_STREAM_NAME) {
      tell(vcb, name, filter, FILE_ACTION_REMOVED_STREAM);
    } else {
      tellRemoved(vcb, name, filter);
    }
  }
}

/** The part of a cleanup that changes names and opens. */
function cleanupLocked(vcb: PVCB, file: PFILE_OBJECT, scb: PSCB, ccb: PCCB): readonly Gone[] {
  const fcb = b.Fcb(scb) as PFCB;
  IoRemoveShareAccess(file, b.at_ShareAccess(scb) as PSHARE_ACCESS);
  countHandle(vcb, scb, fcb, c.Lcb(ccb), -1);
  unlockVolumeOf(vcb, file);
  const gone = settleDeletion(vcb, scb, fcb, ccb);
  if (fcb !== 0 && f.CleanupCount(fcb) === 0) noteCloseLocked(fcb);
  return gone;
}

/** IRP_MJ_CLEANUP: the last handle of a file object is closed. PASSIVE_LEVEL. */
export function cleanup(vcb: PVCB, irp: PIRP, file: PFILE_OBJECT): void {
  const scb = scbOf(file);
  const ccb = ccbOf(file);
  if (b.State(scb) & SCB_DIRECTORY) {
    FsRtlNotifyCleanup(v.NotifySync(vcb), v.at_DirNotifyList(vcb), ccb);
  } else if (!(b.State(scb) & SCB_VOLUME)) {
    unlockAllRanges(scb, file);
  }
  publish(scb);
  lockNamespace(vcb);
  const gone = cleanupLocked(vcb, file, scb, ccb);
  unlockNamespace(vcb);
  // An open that this handle's oplock has held up must find the share access that it waited for.
  if (!(b.State(scb) & SCB_VOLUME)) checkOplock(scb, irp);
  o.set_PrivateCacheMap(file, 0);
  o.set_Flags(file, o.Flags(file) | FO_CLEANUP_COMPLETE);
  if (gone.length === 0) reportDone(vcb, b.Fcb(scb) as PFCB, ccb);
  else tellGone(vcb, gone);
}

/** IRP_MJ_CLOSE: nobody refers to the file object any more. IRQL <= APC_LEVEL. */
export function close(vcb: PVCB, file: PFILE_OBJECT): void {
  const scb = scbOf(file);
  const ccb = ccbOf(file);
  o.set_FsContext(file, 0);
  o.set_FsContext2(file, 0);
  o.set_SectionObjectPointer(file, 0 as never);
  lockNamespace(vcb);
  v.set_CloseCount(vcb, v.CloseCount(vcb) - 1);
  if (c.Lcb(ccb) !== 0) releaseLink(c.Lcb(ccb));
  freeCcb(ccb);
  closeScbAndUnlock(vcb, scb);
}
