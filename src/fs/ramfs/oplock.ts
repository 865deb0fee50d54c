// Oplocks of a stream: the RAM file system's calls of the oplock package, whose variable lies in
// the head of the SCB. Creates go their own way (oplock-create.ts).
//
// An operation that must wait for a break is parked with its IRP and starts again from its dispatch
// routine, in a worker thread, when it may go on. Directories have R and RH oplocks, which changes
// of their entries break (notify.ts).
import { load, store } from '../../atomics-sync/atomics.ts';
import { i32 } from '../../mem/memory.ts';
import { kernelRoutine, routineTable } from '../../mem/routine.ts';
import { CriticalWorkQueue } from '../../ntos/ex/types.ts';
import { ExInitializeWorkItem, ExQueueWorkItem } from '../../ntos/ex/work-queue.ts';
import { FsRtlCheckLockForOplockRequest } from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { FastIoIsNotPossible } from '../../ntos/fsrtl/filter-context.ts';
import { FsRtlCheckOplockEx, breakForSection, checkOplockInTheWay }
  from '../../ntos/fsrtl/oplock/oplock.ts';
import { FsRtlCurrentBatchOplock, FsRtlCurrentOplockH }
  from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { FsRtlOplockIsSharedRequest, settleOplockControl }
  from '../../ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { FsRtlOplockKeysEqual } from '../../ntos/fsrtl/oplock/oplock-key.ts';
import { FsRtlInitializeOplock, FsRtlUninitializeOplock }
  from '../../ntos/fsrtl/oplock/oplock-state.ts';
import { OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK, OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE,
  OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH } from '../../ntos/fsrtl/oplock/oplock-types.ts';
import { FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '../../ntos/io/control-codes.ts';
import { OPLOCK_LEVEL_CACHE_HANDLE, REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_INPUT_FLAG_REQUEST }
  from '../../ntos/io/control-types.ts';
import { FILE_READ_ATTRIBUTES, FILE_WRITE_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE }
  from '../../ntos/io/file-constants.ts';
import { IoGetCurrentIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { DEVICE_OBJECT, DRIVER_OBJECT, FILE_OBJECT, FO_CLEANUP_COMPLETE,
  FSRTL_ADVANCED_FCB_HEADER, IO_STACK_LOCATION, IRP, IRP_MJ_CLEANUP } from '../../ntos/io/types.ts';
import { STATUS_DELETE_PENDING, STATUS_INVALID_PARAMETER, STATUS_PENDING, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FsCompleteRequest } from '../storage.ts';
import { CCB_DELETE_ON_CLOSE, LCB_DELETE_PENDING, LCB_UNLINKED, RAMFS_CCB, RAMFS_LCB, RAMFS_SCB,
  RAMFS_VCB, SCB_DELETE_PENDING, SCB_DIRECTORY, SCB_STREAM_DELETED } from './types.ts';
import { lockMain, lockNamespace, unlockMain, unlockNamespace } from './locks.ts';
import { grantsOf, headOf, mayGoOn, oplockOf, showOplock } from './oplock-head.ts';
import { ccbOf, ccbsOf } from './tree/ccb.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIO_STACK_LOCATION, PIRP }
  from '../../ntos/io/types.ts';
import type { PCCB, PSCB } from './types.ts';

export { checkOplockOfCreate } from './oplock-create.ts';
export { PASSED_AS_FAST_IO, grantsOf, mayGoOn, oplockAllowsFastIo } from './oplock-head.ts';

const b = RAMFS_SCB.bound;
const c = RAMFS_CCB.bound;
const { at_DirectoryOplocks } = RAMFS_VCB.bound;
const { Flags: fileFlags } = FILE_OBJECT.bound;
const { Flags: linkFlags } = RAMFS_LCB.bound;
const h = FSRTL_ADVANCED_FCB_HEADER.bound;
const s = IO_STACK_LOCATION.bound;
const { DriverObject } = DEVICE_OBJECT.bound;
const { AssociatedIrp_SystemBuffer, IoStatus_Status, at_Tail_Overlay_DriverContext } = IRP.bound;
const input = REQUEST_OPLOCK_INPUT_BUFFER.bound;
type PINPUT = Parameters<typeof input.Flags>[0];
const majorsAt = DRIVER_OBJECT.offsets['MajorFunction'] ?? 0;
/** Access that counts neither for nor against a granular oplock. */
const STAT_ACCESS = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE;

const requests: readonly number[] = [FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK];
const acknowledgements: readonly number[] = [FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_NOTIFY];

/** Makes the oplock of a fresh SCB ready. */
export function initializeOplock(scb: PSCB): void {
  FsRtlInitializeOplock(oplockOf(scb));
}

/** Ends the oplock of an SCB that goes. */
export function uninitializeOplock(scb: PSCB): void {
  FsRtlUninitializeOplock(oplockOf(scb));
}

/** Whether a control code belongs to the oplock package. */
export function isOplockControl(code: number): boolean {
  return requests.includes(code) || acknowledgements.includes(code);
}

/** Starts a parked request again, as if it came from above. */
const restart = kernelRoutine('RamfsRestartParkedIrp', (irp) => {
  const location = IoGetCurrentIrpStackLocation(irp as PIRP);
  const device = s.DeviceObject(location) as PDEVICE_OBJECT;
  const slot = DriverObject(device) + majorsAt + s.MajorFunction(location) * 4;
  return routineTable[i32[slot >> 2]!]!(device, irp!);
});

/** The wait of a parked request is over. It is started in a worker: here the breaker is busy. */
const waitIsOver = kernelRoutine('RamfsOplockWaitIsOver', (_scb, irp) => {
  const Irp = irp as PIRP;
  const status = IoStatus_Status(Irp) as NTSTATUS;
  if (status < 0) return FsCompleteRequest(Irp, status, 0);
  const item = at_Tail_Overlay_DriverContext(Irp);
  ExInitializeWorkItem(item, restart, Irp);
  ExQueueWorkItem(item, CriticalWorkQueue);
  return STATUS_SUCCESS;
});

/** A request is about to be parked: after that the stream may go at any time. */
const beforeParking = kernelRoutine('RamfsBeforeOplockWait', (scb) => {
  h.set_IsFastIoPossible(headOf(scb as PSCB), FastIoIsNotPossible);
  return 0;
});

/**
 * Asks whether an operation on an open stream may go on; breaks the oplock otherwise. With
 * STATUS_PENDING the package has the IRP, and will start it again. The caller holds no lock.
 */
export function checkOplock(scb: PSCB, irp: PIRP): NTSTATUS {
  const location = IoGetCurrentIrpStackLocation(irp);
  const isCleanup = s.MajorFunction(location) === IRP_MJ_CLEANUP;
  if (!isCleanup && load(oplockOf(scb)) === 0) return STATUS_SUCCESS;
  const ccb = ccbOf(s.FileObject(location) as PFILE_OBJECT);
  const deletes = isCleanup && (c.Flags(ccb) & CCB_DELETE_ON_CLOSE) !== 0;
  const flags = deletes ? OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE : 0;
  const status = FsRtlCheckOplockEx(oplockOf(scb), irp, flags, scb, waitIsOver, beforeParking);
  if (status !== STATUS_PENDING) showOplock(scb);
  return status;
}

/** As checkOplock, for a create that has gone too far to be parked: it sleeps here if it must. */
export function waitForOplock(scb: PSCB, irp: PIRP): void {
  FsRtlCheckOplockEx(oplockOf(scb), irp, 0, 0, 0, 0);
  showOplock(scb);
}

/** A create that promised to ask for an oplock failed after all: others may open the stream. */
export function backOutOplock(scb: PSCB, irp: PIRP): void {
  FsRtlCheckOplockEx(oplockOf(scb), irp, OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK, 0, 0, 0);
}

/**
 * Asks those who keep handles of a stream to close them, since a rename or link wants its name, or
 * moves a directory above it. Otherwise as checkOplock. The caller keeps the SCB meanwhile.
 */
export function checkOplockInTheWayOf(scb: PSCB, irp: PIRP): NTSTATUS {
  const status = checkOplockInTheWay(oplockOf(scb), irp, scb, waitIsOver, beforeParking);
  if (status !== STATUS_PENDING) showOplock(scb);
  return status;
}

/** Whether somebody holds a stream open for later: a Batch or Filter oplock, or one with H. */
export function isKeptOpen(scb: PSCB): boolean {
  const Oplock = oplockOf(scb);
  return load(Oplock) !== 0 && (FsRtlCurrentBatchOplock(Oplock) || FsRtlCurrentOplockH(Oplock));
}

/**
 * checkOplock, and Main with it: when this returns STATUS_SUCCESS, Main is held exclusively, and
 * nobody was granted an oplock since the check. Otherwise nothing is held.
 */
export function lockMainToWrite(scb: PSCB, irp: PIRP): NTSTATUS {
  for (;;) {
    const grants = grantsOf(scb);
    const status = checkOplock(scb, irp);
    if (status !== STATUS_SUCCESS) return status;
    lockMain(scb);
    if (mayGoOn(scb, grants)) return STATUS_SUCCESS;
    unlockMain(scb);
  }
}

/** Takes Main for section synchronisation: who caches what a writable section changes is told. */
export function lockMainForSection(scb: PSCB, syncType: number, protection: number): void {
  for (;;) {
    const grants = grantsOf(scb);
    breakForSection(oplockOf(scb), syncType, protection);
    lockMain(scb);
    if (mayGoOn(scb, grants)) return;
    unlockMain(scb);
  }
}

/** The level that FSCTL_REQUEST_OPLOCK asks for; 0 when it answers a break, or is malformed. */
function requestedLevel(irp: PIRP, location: PIO_STACK_LOCATION): number {
  const length = s.Parameters_FileSystemControl_InputBufferLength(location);
  if (length < REQUEST_OPLOCK_INPUT_BUFFER.size) return 0;
  const buffer = AssociatedIrp_SystemBuffer(irp) as PINPUT;
  const asks = (input.Flags(buffer) & REQUEST_OPLOCK_INPUT_FLAG_REQUEST) !== 0;
  return asks ? input.RequestedOplockLevel(buffer) : 0;
}

/** Whether what a handle was opened on is to be deleted. */
function isGoing(scb: PSCB, ccb: PCCB): boolean {
  if (b.State(scb) & (SCB_DELETE_PENDING | SCB_STREAM_DELETED)) return true;
  const lcb = c.Lcb(ccb);
  return lcb !== 0 && (linkFlags(lcb) & (LCB_DELETE_PENDING | LCB_UNLINKED)) !== 0;
}

/** Whether an open counts for granular requests: it has a handle, and not for attributes alone. */
function counts(ccb: PCCB): boolean {
  const file = c.File(ccb);
  if (file === 0 || fileFlags(file) & FO_CLEANUP_COMPLETE) return false;
  return (c.GrantedAccess(ccb) & ~STAT_ACCESS) !== 0;
}

/** Asks for an exclusive oplock: other handles stand in the way, unless all have one key. */
function requestExclusive(scb: PSCB, irp: PIRP, own: PCCB, granular: boolean): NTSTATUS {
  const Oplock = oplockOf(scb);
  if (!granular) return settleOplockControl(Oplock, irp, b.CleanupCount(scb), 0);
  const others = ccbsOf(scb).filter((ccb) => ccb !== own && counts(ccb));
  const match = others.every((ccb) => FsRtlOplockKeysEqual(c.File(ccb), c.File(own)));
  return settleOplockControl(Oplock, irp, others.length + 1,
    match ? OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH : 0);
}

/** Asks for an oplock; nobody opens, closes or changes the stream meanwhile (OPL-21). */
function requestLocked(scb: PSCB, irp: PIRP, ccb: PCCB, level: number): NTSTATUS {
  if (level & OPLOCK_LEVEL_CACHE_HANDLE && isGoing(scb, ccb)) return STATUS_DELETE_PENDING;
  if (!FsRtlOplockIsSharedRequest(irp)) return requestExclusive(scb, irp, ccb, level !== 0);
  if (b.State(scb) & SCB_DIRECTORY) {
    store(at_DirectoryOplocks(b.Vcb(scb)), 1);
    return settleOplockControl(oplockOf(scb), irp, 0, 0);
  }
  const free = load(b.at_LocksComing(scb)) === 0 &&
    FsRtlCheckLockForOplockRequest(b.at_FileLock(scb) as PFILE_LOCK,
      h.at_AllocationSize(headOf(scb)));
  return settleOplockControl(oplockOf(scb), irp, free ? 0 : 1, 0);
}

/**
 * Handles an oplock control. When this returns STATUS_PENDING the IRP is the package's.
 * The caller holds no lock.
 */
export function controlOplock(scb: PSCB, irp: PIRP, code: number): NTSTATUS {
  const location = IoGetCurrentIrpStackLocation(irp);
  const granular = code === FSCTL_REQUEST_OPLOCK;
  const level = granular ? requestedLevel(irp, location) : 0;
  if (!requests.includes(code) || (granular && level === 0)) {
    return settleOplockControl(oplockOf(scb), irp, 0, 0);
  }
  // Of a directory only what granular readers hold.
  const fits = !(b.State(scb) & SCB_DIRECTORY) || (granular && FsRtlOplockIsSharedRequest(irp));
  if (!fits) return STATUS_INVALID_PARAMETER;
  const vcb = b.Vcb(scb);
  lockMain(scb);
  lockNamespace(vcb);
  const ccb = ccbOf(s.FileObject(location) as PFILE_OBJECT);
  const status = requestLocked(scb, irp, ccb, level);
  unlockNamespace(vcb);
  unlockMain(scb);
  return status;
}
