// FsRtlOplockFsctrl: requests and acknowledgements of oplocks come in here, as IRPs of
// IRP_MJ_FILE_SYSTEM_CONTROL, and the promise of an atomic create as an IRP_MJ_CREATE.
// The control IRP belongs to the package: it pends as the oplock, or is completed here.
// IRQL <= APC_LEVEL. Reference: dossier 2.1 and 4, OPL-15 to OPL-20.
import { FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '../../io/control-codes.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_INPUT_FLAG_ACK,
  REQUEST_OPLOCK_INPUT_FLAG_COMPLETE_ACK_ON_CLOSE, REQUEST_OPLOCK_INPUT_FLAG_REQUEST,
  REQUEST_OPLOCK_OUTPUT_BUFFER } from '../../io/control-types.ts';
import { FILE_OPEN_REQUIRING_OPLOCK, FILE_READ_ATTRIBUTES, FILE_RESERVE_OPFILTER,
  FILE_SHARE_DELETE, FILE_SHARE_READ,
  FILE_SHARE_WRITE } from '../../io/file-constants.ts';
import { FILE_OBJECT, FO_SYNCHRONOUS_IO, IO_STACK_LOCATION, IRP, IRP_MJ_CREATE,
  IRP_MJ_FILE_SYSTEM_CONTROL, IRP_MN_USER_FS_REQUEST } from '../../io/types.ts';
import { IoGetCurrentIrpStackLocation } from '../../io/irp/irp.ts';
import { IofCompleteRequest } from '../../io/irp/completion.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { STATUS_BUFFER_TOO_SMALL, STATUS_CANCELLED, STATUS_CANNOT_GRANT_REQUESTED_OPLOCK,
  STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_OPLOCK_PROTOCOL,
  STATUS_INVALID_PARAMETER, STATUS_OPLOCK_NOT_GRANTED, STATUS_PENDING, STATUS_SUCCESS }
  from '../../status-codes.ts';
import { ACKNOWLEDGE, ACK_CLOSE_PENDING, ACK_NO_2, decideGranularAck, decideLegacyAck }
  from './oplock-ack.ts';
import { createHolder, freeHolder, isLegacy, setResult } from './oplock-holder.ts';
import { writeOwner } from './oplock-key.ts';
import { createAccess, createOptions } from './oplock-operation.ts';
import { decideRequest, isShared } from './oplock-request.ts';
import { needState, stateOf, underStripe } from './oplock-state.ts';
import { BATCH, FILTER, FSRTL_OPLOCK, LEVEL_1, LEVEL_2, NONE, OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH,
  OPLOCK_OWNER, R, RH, RWH, RW, REQUEST_OPLOCK_OUTPUT_FLAG_WRITABLE_SECTION_PRESENT,
  WAITER_NOTIFY } from './oplock-types.ts';
import { createWaiter, freeWaiter, isBreaking, waitWithRoutine } from './oplock-waiter.ts';
import { plain } from './oplock-verdict.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../io/types.ts';
import type { Verdict } from './oplock-verdict.ts';

const o = FSRTL_OPLOCK.bound;
const s = IO_STACK_LOCATION.bound;
const { Flags: fileFlags } = FILE_OBJECT.bound;
const { set_IoStatus_Status, set_IoStatus_Information, AssociatedIrp_SystemBuffer: SystemBuffer } =
  IRP.bound;
const input = REQUEST_OPLOCK_INPUT_BUFFER.bound;
type PINPUT = Parameters<typeof input.Flags>[0];
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const levels: readonly number[] = [NONE, R, RH, RW, RWH];

/** The legacy type a control code asks for; 0 for every other code. */
function legacyTypeOf(code: number): number {
  switch (code) {
    case FSCTL_REQUEST_OPLOCK_LEVEL_1:
      return LEVEL_1;
    case FSCTL_REQUEST_OPLOCK_LEVEL_2:
      return LEVEL_2;
    case FSCTL_REQUEST_BATCH_OPLOCK:
      return BATCH;
    case FSCTL_REQUEST_FILTER_OPLOCK:
      return FILTER;
    default:
      return NONE;
  }
}

/** Whether a file has writable user-mapped sections; the room of sections says so. */
export type WritableSectionCheck = (file: PFILE_OBJECT) => boolean;
let hasWritableSection: WritableSectionCheck = () => false;

/** Sets how writable sections are found (MmDoesFileHaveUserWritableReferences); at load. */
export function onWritableSectionCheck(check: WritableSectionCheck): void {
  hasWritableSection = check;
}

/** Writes what was decided into a control IRP that does not pend. */
function settle(irp: PIRP, verdict: Verdict, flags = 0): NTSTATUS {
  if (verdict.status === STATUS_PENDING) return STATUS_PENDING;
  if (verdict.tells) {
    setResult(irp, { ...verdict, access: 0, share: 0, flags });
  } else {
    set_IoStatus_Status(irp, verdict.status);
    set_IoStatus_Information(irp, 0);
  }
  if (verdict.status !== STATUS_CANCELLED) return verdict.status;
  // It was cancelled on its way to being granted: it is marked pending already, and ends here.
  IofCompleteRequest(irp, 0);
  return STATUS_PENDING;
}

function request(
  Oplock: number,
  irp: PIRP,
  file: PFILE_OBJECT,
  type: number,
  openCount: number,
  flags: number,
): NTSTATUS {
  const refused = settle.bind(null, irp, plain(STATUS_OPLOCK_NOT_GRANTED));
  if (fileFlags(file) & FO_SYNCHRONOUS_IO) return refused();
  if (isShared(type)) {
    if (openCount !== 0) return refused();
  } else if (openCount > 1) {
    const keyed = !isLegacy(type) && (flags & OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH) !== 0;
    if (!keyed) return refused();
  }
  if (!isLegacy(type) && hasWritableSection(file)) {
    return settle(irp, {
      status: STATUS_CANNOT_GRANT_REQUESTED_OPLOCK, tells: true, from: NONE, to: NONE,
      ackRequired: false,
    }, REQUEST_OPLOCK_OUTPUT_FLAG_WRITABLE_SECTION_PRESENT);
  }
  const oplock = needState(Oplock);
  if (oplock === 0) return settle(irp, plain(STATUS_INSUFFICIENT_RESOURCES));
  const holder = createHolder(oplock, file, type);
  if (holder === 0) return settle(irp, plain(STATUS_INSUFFICIENT_RESOURCES));
  const verdict = underStripe(oplock, (effects) => decideRequest(oplock, holder, irp, effects));
  if (verdict.status !== STATUS_PENDING) freeHolder(holder);
  return settle(irp, verdict);
}

function acknowledge(Oplock: number, irp: PIRP, file: PFILE_OBJECT, how: number): NTSTATUS {
  const oplock = stateOf(Oplock);
  if (oplock === 0) return settle(irp, plain(STATUS_INVALID_OPLOCK_PROTOCOL));
  return settle(irp, underStripe(oplock, (effects) =>
    decideLegacyAck(oplock, file, how, irp, effects)));
}

/** FSCTL_REQUEST_OPLOCK: its buffer says whether it asks or answers, and which level. */
function granular(
  Oplock: number,
  irp: PIRP,
  sp: PIO_STACK_LOCATION,
  openCount: number,
  flags: number,
): NTSTATUS {
  const file = s.FileObject(sp) as PFILE_OBJECT;
  const inLength = s.Parameters_FileSystemControl_InputBufferLength(sp);
  const outLength = s.Parameters_FileSystemControl_OutputBufferLength(sp);
  const tooShort = inLength < REQUEST_OPLOCK_INPUT_BUFFER.size ||
    outLength < REQUEST_OPLOCK_OUTPUT_BUFFER.size;
  if (tooShort) {
    return settle(irp, plain(STATUS_BUFFER_TOO_SMALL));
  }
  const buffer = SystemBuffer(irp) as PINPUT;
  const level = input.RequestedOplockLevel(buffer);
  const asked = input.Flags(buffer);
  const isRequest = (asked & REQUEST_OPLOCK_INPUT_FLAG_REQUEST) !== 0;
  const isAnswer = (asked & REQUEST_OPLOCK_INPUT_FLAG_ACK) !== 0;
  if (isRequest === isAnswer || !levels.includes(level)) {
    return settle(irp, plain(STATUS_INVALID_PARAMETER));
  }
  if (isRequest) {
    if (level === NONE) return settle(irp, plain(STATUS_SUCCESS));
    return request(Oplock, irp, file, level, openCount, flags);
  }
  const oplock = stateOf(Oplock);
  if (oplock === 0) return settle(irp, plain(STATUS_INVALID_OPLOCK_PROTOCOL));
  const onClose = (asked & REQUEST_OPLOCK_INPUT_FLAG_COMPLETE_ACK_ON_CLOSE) !== 0;
  return settle(irp, underStripe(oplock, (effects) =>
    decideGranularAck(oplock, file, level, onClose, irp, effects)));
}

/** FSCTL_OPLOCK_BREAK_NOTIFY: pends until no break is under way. */
function notify(Oplock: number, irp: PIRP, file: PFILE_OBJECT): NTSTATUS {
  const oplock = stateOf(Oplock);
  if (oplock === 0) return settle(irp, plain(STATUS_SUCCESS));
  const frame = pushFrame();
  const owner = stackAlloc(OPLOCK_OWNER.size);
  writeOwner(owner, file);
  const waiter = createWaiter(oplock, {
    kind: WAITER_NOTIFY, irp, owner, needsHandle: false, ignoresKeys: false, createFile: 0,
    routine: 0, context: 0,
  });
  popFrame(frame);
  if (waiter === 0) return settle(irp, plain(STATUS_INSUFFICIENT_RESOURCES));
  if (!underStripe(oplock, () => isBreaking(oplock))) {
    freeWaiter(waiter);
    return settle(irp, plain(STATUS_SUCCESS));
  }
  return waitWithRoutine(oplock, waiter);
}

/**
 * A create promises to ask for its oplock next (FILE_OPEN_REQUIRING_OPLOCK), or else reserves a
 * Filter oplock (FILE_RESERVE_OPFILTER; a filter need not have the option, OPL-19): later opens are
 * held up until it asks, closes or is backed out.
 */
function promise(
  Oplock: number,
  sp: PIO_STACK_LOCATION,
  openCount: number,
): NTSTATUS {
  const file = s.FileObject(sp);
  const options = createOptions(sp) & (FILE_RESERVE_OPFILTER | FILE_OPEN_REQUIRING_OPLOCK);
  if (options !== FILE_OPEN_REQUIRING_OPLOCK) {
    const shares = (s.Parameters_Create_ShareAccess(sp) & SHARE_ALL) === SHARE_ALL;
    const alone = openCount === 1 && createAccess(sp) === FILE_READ_ATTRIBUTES;
    if (!alone || !shares) return STATUS_OPLOCK_NOT_GRANTED;
  }
  const oplock = needState(Oplock);
  if (oplock === 0) return STATUS_INSUFFICIENT_RESOURCES;
  return underStripe(oplock, () => {
    const atomic = o.AtomicFile(oplock);
    if (atomic !== 0 && atomic !== file) return STATUS_OPLOCK_NOT_GRANTED;
    o.set_AtomicFile(oplock, file);
    return STATUS_SUCCESS;
  });
}

/**
 * As FsRtlOplockFsctrlEx, but an IRP that does not pend is not completed: what it ends with is
 * written into it, and the file system ends it as it ends all others. With STATUS_PENDING the IRP
 * belongs to the package.
 */
export function settleOplockControl(
  Oplock: number,
  Irp: PIRP,
  OpenCount: number,
  Flags: number,
): NTSTATUS {
  const sp = IoGetCurrentIrpStackLocation(Irp);
  if (s.MajorFunction(sp) === IRP_MJ_CREATE) return promise(Oplock, sp, OpenCount);
  const file = s.FileObject(sp) as PFILE_OBJECT;
  const code = s.Parameters_FileSystemControl_FsControlCode(sp);
  switch (code) {
    case FSCTL_REQUEST_OPLOCK:
      return granular(Oplock, Irp, sp, OpenCount, Flags);
    case FSCTL_OPLOCK_BREAK_ACKNOWLEDGE:
      return acknowledge(Oplock, Irp, file, ACKNOWLEDGE);
    case FSCTL_OPLOCK_BREAK_ACK_NO_2:
      return acknowledge(Oplock, Irp, file, ACK_NO_2);
    case FSCTL_OPBATCH_ACK_CLOSE_PENDING:
      return acknowledge(Oplock, Irp, file, ACK_CLOSE_PENDING);
    case FSCTL_OPLOCK_BREAK_NOTIFY:
      return notify(Oplock, Irp, file);
    default: {
      const type = legacyTypeOf(code);
      if (type === NONE) return settle(Irp, plain(STATUS_INVALID_DEVICE_REQUEST));
      return request(Oplock, Irp, file, type, OpenCount, Flags);
    }
  }
}

/**
 * Carries out an oplock control, or the promise of a create. IRQL <= APC_LEVEL; the caller excludes
 * creates and operations on the stream while an oplock is asked for (OPL-21).
 *
 * @param OpenCount open handles, for exclusive types (this one included); for shared types not 0
 *   when byte-range locks forbid it; 0 for acknowledgements.
 * @param Flags OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH: all open handles have one key.
 * @returns STATUS_PENDING when the request or the kept level pends; else what the IRP was completed
 *   with. The IRP of a create is not completed. STATUS_INVALID_DEVICE_REQUEST for another IRP.
 * @see OPL-15 to OPL-20; FsRtlOplockFsctrlEx of the WDK.
 */
export function FsRtlOplockFsctrlEx(
  Oplock: number,
  Irp: PIRP,
  OpenCount: number,
  Flags: number,
): NTSTATUS {
  const isCreate = s.MajorFunction(IoGetCurrentIrpStackLocation(Irp)) === IRP_MJ_CREATE;
  const status = settleOplockControl(Oplock, Irp, OpenCount, Flags);
  if (status !== STATUS_PENDING && !isCreate) IofCompleteRequest(Irp, 0);
  return status;
}

/** FsRtlOplockFsctrlEx without flags. */
export function FsRtlOplockFsctrl(Oplock: number, Irp: PIRP, OpenCount: number): NTSTATUS {
  return FsRtlOplockFsctrlEx(Oplock, Irp, OpenCount, 0);
}

/**
 * Whether an IRP asks for a shared oplock (Level 2, R, RH), so that OpenCount tells of byte-range
 * locks. FALSE for exclusive types and for everything that asks for no oplock.
 */
export function FsRtlOplockIsSharedRequest(Irp: PIRP): boolean {
  const sp = IoGetCurrentIrpStackLocation(Irp);
  if (s.MajorFunction(sp) !== IRP_MJ_FILE_SYSTEM_CONTROL ||
    s.MinorFunction(sp) !== IRP_MN_USER_FS_REQUEST) return false;
  const code = s.Parameters_FileSystemControl_FsControlCode(sp);
  if (code === FSCTL_REQUEST_OPLOCK_LEVEL_2) return true;
  if (code !== FSCTL_REQUEST_OPLOCK) return false;
  const inLength = s.Parameters_FileSystemControl_InputBufferLength(sp);
  if (inLength < REQUEST_OPLOCK_INPUT_BUFFER.size) return false;
  const buffer = SystemBuffer(Irp) as PINPUT;
  const level = input.RequestedOplockLevel(buffer);
  return (input.Flags(buffer) & REQUEST_OPLOCK_INPUT_FLAG_REQUEST) !== 0 &&
    (level === R || level === RH);
}
