// The oplock package: what file systems, and filters that own oplocks, call around the operations
// on a stream: break what is in the way, and wait. The OPLOCK variable is made and ended in
// oplock-state.ts, requests and acknowledgements come in through oplock-fsctrl.ts, and
// oplock-query.ts answers questions.
//
// Duties of the caller (OPL-21): a request excludes checks and acknowledgements on the stream;
// check and operation happen under one shared hold, which is not kept while the check sleeps.
// All IRQL <= APC_LEVEL. The state itself is guarded by a stripe lock (oplock-types.ts); IRPs are
// completed and routines called with no lock held.
import { routineTable } from '../../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { FILE_COMPLETE_IF_OPLOCKED, FILE_OPEN_REQUIRING_OPLOCK } from '../../io/file-constants.ts';
import { IO_STACK_LOCATION, IRP_MJ_CLEANUP, IRP_MJ_CREATE } from '../../io/types.ts';
import { IoGetCurrentIrpStackLocation } from '../../io/irp/irp.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_CANNOT_BREAK_OPLOCK, STATUS_INSUFFICIENT_RESOURCES, STATUS_OPLOCK_BREAK_IN_PROGRESS,
  STATUS_SUCCESS } from '../../status-codes.ts';
import { applyBreak, refusesAtomicOpen } from './oplock-break.ts';
import { backOutAtomic, endFile } from './oplock-end.ts';
import { attachKeysOfCreate, writeOwner, writeParentOwner }
  from './oplock-key.ts';
import { EVERYTHING, HANDLE_LOSS, NO_LOSS, PARENT_LOSS, RENAME_LOSS, SECTION_LOSS, createAccess,
  createOptions, lossOf } from './oplock-operation.ts';
import { stateOf, underStripe } from './oplock-state.ts';
import { FSRTL_OPLOCK, H, OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK, OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE,
  OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, OPLOCK_FLAG_IGNORE_OPLOCK_KEYS,
  OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY, OPLOCK_FLAG_PARENT_OBJECT, OPLOCK_OWNER, WAITER_ROUTINE,
  WAITER_THREAD } from './oplock-types.ts';
import { createWaiter, isAnybodyUntold, waitInThread, waitUntilTold, waitWithRoutine }
  from './oplock-waiter.ts';
import type { Breaker } from './oplock-break.ts';
import type { Loss } from './oplock-operation.ts';
import type { POPLOCK } from './oplock-types.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIO_STACK_LOCATION, PIRP } from '../../io/types.ts';

const o = FSRTL_OPLOCK.bound;
const s = IO_STACK_LOCATION.bound;
const PAGE_READWRITE = 0x04;
const PAGE_EXECUTE_READWRITE = 0x40;
const SyncTypeCreateSection = 1;

/** How an operation goes through the package. */
interface Passage {
  readonly irp: PIRP;
  readonly breaker: Breaker;
  /** FILE_OPEN_REQUIRING_OPLOCK: it fails instead of breaking. */
  readonly refuses: boolean;
  /** It starts a break and never waits. */
  readonly hurries: boolean;
  /** The file object of a create, which atomic creates hold up. */
  readonly createFile: number;
  readonly context: number;
  readonly routine: number;
  readonly post: number;
  readonly letGo: (() => void) | null;
}

const GO = 0;
const WAIT = 1;
const REFUSE = 2;

function tryPass(oplock: POPLOCK, p: Passage): number {
  return underStripe(oplock, (effects) => {
    if (p.refuses && refusesAtomicOpen(oplock, p.breaker)) return REFUSE;
    const atomic = o.AtomicFile(oplock);
    const held = p.createFile !== 0 && atomic !== 0 && atomic !== p.createFile;
    if (held) return p.refuses ? REFUSE : WAIT;
    return applyBreak(oplock, p.breaker, effects) ? WAIT : GO;
  });
}

function waitFor(oplock: POPLOCK, p: Passage, letGo: () => void): NTSTATUS {
  const waiter = createWaiter(oplock, {
    kind: p.routine === 0 ? WAITER_THREAD : WAITER_ROUTINE,
    irp: p.irp,
    owner: p.breaker.owner,
    needsHandle: (p.breaker.loss.rights & H) !== 0,
    ignoresKeys: p.breaker.ignoresKeys,
    createFile: p.createFile,
    routine: p.routine,
    context: p.context,
  });
  if (waiter === 0) return STATUS_INSUFFICIENT_RESOURCES;
  if (p.routine === 0) return waitInThread(oplock, waiter, letGo);
  if (p.post !== 0) routineTable[p.post]!(p.context, p.irp);
  return waitWithRoutine(oplock, waiter);
}

/** Breaks what is in the way, and waits as the caller wants it. */
function pass(Oplock: number, p: Passage): NTSTATUS {
  let gaveUp = false;
  const letGo = (): void => {
    gaveUp = p.letGo !== null;
    p.letGo?.();
  };
  for (;;) {
    // While this thread slept the oplock may have been ended (FsRtlUninitializeOplock).
    const oplock = stateOf(Oplock);
    if (oplock === 0) return STATUS_SUCCESS;
    const result = tryPass(oplock, p);
    if (result === GO) {
      if (p.breaker.loss !== NO_LOSS && isAnybodyUntold(oplock)) {
        letGo();
        waitUntilTold(oplock);
      }
      return STATUS_SUCCESS;
    }
    if (result === REFUSE) return STATUS_CANNOT_BREAK_OPLOCK;
    if (p.hurries) return STATUS_OPLOCK_BREAK_IN_PROGRESS;
    const status = waitFor(oplock, p, letGo);
    // A thread that slept looks again: more may have been taken away, or granted, meanwhile.
    if (p.routine !== 0 || gaveUp || !NT_SUCCESS(status)) return status;
  }
}

interface Call {
  readonly oplock: number;
  readonly irp: PIRP;
  readonly flags: number;
  readonly context: number;
  readonly routine: number;
  readonly post: number;
  readonly letGo: (() => void) | null;
}

function run(call: Call, sp: PIO_STACK_LOCATION, loss: Loss, ignoresKeys: boolean): NTSTATUS {
  if (stateOf(call.oplock) === 0) return STATUS_SUCCESS;
  const file = s.FileObject(sp) as PFILE_OBJECT;
  const isCreate = s.MajorFunction(sp) === IRP_MJ_CREATE;
  const options = isCreate ? createOptions(sp) : 0;
  const parent = (call.flags & OPLOCK_FLAG_PARENT_OBJECT) !== 0;
  const conflict = loss === HANDLE_LOSS && isCreate;
  const frame = pushFrame();
  const owner = stackAlloc(OPLOCK_OWNER.size);
  if (parent) writeParentOwner(owner, file);
  else writeOwner(owner, file);
  const status = pass(call.oplock, {
    irp: call.irp,
    breaker: {
      loss, owner, file, ignoresKeys, expectsAnswers: true,
      access: conflict ? createAccess(sp) : 0,
      share: conflict ? s.Parameters_Create_ShareAccess(sp) : 0,
    },
    refuses: !parent && (options & FILE_OPEN_REQUIRING_OPLOCK) !== 0,
    hurries: parent || ((call.flags & OPLOCK_FLAG_COMPLETE_IF_OPLOCKED) |
      (options & FILE_COMPLETE_IF_OPLOCKED)) !== 0,
    createFile: isCreate && !parent ? file : 0,
    context: call.context, routine: call.routine, post: call.post, letGo: call.letGo,
  });
  popFrame(frame);
  return parent && status === STATUS_OPLOCK_BREAK_IN_PROGRESS ? STATUS_SUCCESS : status;
}

function cleanup(call: Call, sp: PIO_STACK_LOCATION): NTSTATUS {
  const file = s.FileObject(sp) as PFILE_OBJECT;
  const oplock = stateOf(call.oplock);
  if (oplock !== 0) {
    underStripe(oplock, (effects) => endFile(oplock, file, effects));
    if (call.flags & OPLOCK_FLAG_CLOSING_DELETE_ON_CLOSE) {
      const hurried = { ...call, flags: call.flags | OPLOCK_FLAG_COMPLETE_IF_OPLOCKED };
      run(hurried, sp, HANDLE_LOSS, false);
    }
  }
  return STATUS_SUCCESS;
}

/**
 * Asks whether the operation of an IRP may go on, and breaks the oplocks in its way. Called for
 * CREATE, READ, WRITE, FLUSH_BUFFERS, LOCK_CONTROL, SET_INFORMATION, FILE_SYSTEM_CONTROL and
 * CLEANUP. IRQL <= APC_LEVEL; it may sleep when CompletionRoutine is 0.
 *
 * @param Oplock address of the OPLOCK variable.
 * @param Flags OPLOCK_FLAG_*.
 * @param CompletionRoutine 0, or called as (Context, Irp) when the operation may go on, or failed
 *   as Irp.IoStatus.Status says; once, in whatever thread ends the wait, perhaps before this
 *   returns. It must not call the package for this stream; the operation starts anew afterwards.
 * @param PostIrpRoutine 0, or called as (Context, Irp) before the IRP is parked.
 * @returns STATUS_SUCCESS; STATUS_PENDING when the IRP is parked; STATUS_OPLOCK_BREAK_IN_PROGRESS
 *   when a wait was skipped; STATUS_CANNOT_BREAK_OPLOCK, STATUS_CANCELLED,
 *   STATUS_INSUFFICIENT_RESOURCES.
 * @see OPL-4 to OPL-14; FsRtlCheckOplockEx of the WDK.
 */
export function FsRtlCheckOplockEx(
  Oplock: number,
  Irp: PIRP,
  Flags: number,
  Context: number,
  CompletionRoutine: number,
  PostIrpRoutine: number,
): NTSTATUS {
  const sp = IoGetCurrentIrpStackLocation(Irp);
  const major = s.MajorFunction(sp);
  const file = s.FileObject(sp) as PFILE_OBJECT;
  const call = {
    oplock: Oplock, irp: Irp, flags: Flags, context: Context, routine: CompletionRoutine,
    post: PostIrpRoutine, letGo: null,
  };
  const parent = (Flags & OPLOCK_FLAG_PARENT_OBJECT) !== 0;
  if (parent) return run(call, sp, PARENT_LOSS, false);
  if (major === IRP_MJ_CREATE) attachKeysOfCreate(Irp, file);
  if (Flags & OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY) return STATUS_SUCCESS;
  if (major === IRP_MJ_CLEANUP) return cleanup(call, sp);
  if (Flags & OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK) {
    backOutAtomicOplock(Oplock, file);
    return STATUS_SUCCESS;
  }
  return run(call, sp, lossOf(Irp, sp), (Flags & OPLOCK_FLAG_IGNORE_OPLOCK_KEYS) !== 0);
}

/** Takes back what a create promised that failed later: others may open the stream. */
export function backOutAtomicOplock(Oplock: number, file: PFILE_OBJECT): void {
  const oplock = stateOf(Oplock);
  if (oplock !== 0) underStripe(oplock, (effects) => backOutAtomic(oplock, file, effects));
}

/**
 * As FsRtlCheckOplockEx for the create of a file system that sleeps, and holds locks which it must
 * not keep meanwhile.
 *
 * @param handleOnly as FsRtlOplockBreakH: the create is in a share conflict.
 * @param letGo gives the locks up; called at most once, before the thread sleeps. Then nothing has
 *   been decided, and the create starts anew: STATUS_SUCCESS, or STATUS_CANCELLED.
 */
export function checkCreate(
  Oplock: number,
  Irp: PIRP,
  handleOnly: boolean,
  letGo: () => void,
): NTSTATUS {
  const sp = IoGetCurrentIrpStackLocation(Irp);
  const call = { oplock: Oplock, irp: Irp, flags: 0, context: 0, routine: 0, post: 0, letGo };
  return run(call, sp, handleOnly ? HANDLE_LOSS : lossOf(Irp, sp), false);
}

/** FsRtlCheckOplockEx without flags. */
export function FsRtlCheckOplock(
  Oplock: number,
  Irp: PIRP,
  Context: number,
  CompletionRoutine: number,
  PostIrpRoutine: number,
): NTSTATUS {
  return FsRtlCheckOplockEx(Oplock, Irp, 0, Context, CompletionRoutine, PostIrpRoutine);
}

/** Breaks H only, for a create in a share conflict; otherwise as FsRtlCheckOplockEx. */
export function FsRtlOplockBreakH(
  Oplock: number,
  Irp: PIRP,
  Flags: number,
  Context: number,
  CompletionRoutine: number,
  PostIrpRoutine: number,
): NTSTATUS {
  const call = {
    oplock: Oplock, irp: Irp, flags: Flags, context: Context, routine: CompletionRoutine,
    post: PostIrpRoutine, letGo: null,
  };
  const ignores = (Flags & OPLOCK_FLAG_IGNORE_OPLOCK_KEYS) !== 0;
  return run(call, IoGetCurrentIrpStackLocation(Irp), HANDLE_LOSS, ignores);
}

/**
 * As FsRtlCheckOplockEx without flags, for a stream that the IRP's operation is not on: a rename or
 * a link wants its name, or wants to move a directory above it. Those who keep handles are asked.
 */
export function checkOplockInTheWay(
  Oplock: number,
  Irp: PIRP,
  Context: number,
  CompletionRoutine: number,
  PostIrpRoutine: number,
): NTSTATUS {
  const call = {
    oplock: Oplock, irp: Irp, flags: 0, context: Context, routine: CompletionRoutine,
    post: PostIrpRoutine, letGo: null,
  };
  return run(call, IoGetCurrentIrpStackLocation(Irp), RENAME_LOSS, false);
}

/**
 * An entry of a directory changes: its oplock breaks unless it belongs to the client that the
 * parent key of the operation's file object names. Nobody waits. As FsRtlCheckOplockEx with
 * OPLOCK_FLAG_PARENT_OBJECT, for a change that has no IRP at hand.
 */
export function breakOplockOfDirectory(Oplock: number, file: PFILE_OBJECT): void {
  const oplock = stateOf(Oplock);
  if (oplock === 0) return;
  const frame = pushFrame();
  const owner = stackAlloc(OPLOCK_OWNER.size);
  writeParentOwner(owner, file);
  const breaker: Breaker = {
    loss: PARENT_LOSS, owner, file, ignoresKeys: false, expectsAnswers: true, access: 0, share: 0,
  };
  underStripe(oplock, (effects) => applyBreak(oplock, breaker, effects));
  popFrame(frame);
}

/** Breaks everything, whatever the keys; otherwise as FsRtlCheckOplockEx. */
export function FsRtlOplockBreakToNoneEx(
  Oplock: number,
  Irp: PIRP,
  Flags: number,
  Context: number,
  CompletionRoutine: number,
  PostIrpRoutine: number,
): NTSTATUS {
  const call = {
    oplock: Oplock, irp: Irp, flags: Flags, context: Context, routine: CompletionRoutine,
    post: PostIrpRoutine, letGo: null,
  };
  return run(call, IoGetCurrentIrpStackLocation(Irp), EVERYTHING, true);
}

/** FsRtlOplockBreakToNoneEx without flags; the stack location is found in the IRP. */
export function FsRtlOplockBreakToNone(
  Oplock: number,
  _IrpSp: PIO_STACK_LOCATION,
  Irp: PIRP,
  Context: number,
  CompletionRoutine: number,
  PostIrpRoutine: number,
): NTSTATUS {
  return FsRtlOplockBreakToNoneEx(Oplock, Irp, 0, Context, CompletionRoutine, PostIrpRoutine);
}

/**
 * Section synchronisation: a writable section is about to be made. Granular oplocks end at once;
 * nobody is waited for, since the operation has no IRP (OPL-4).
 */
export function breakForSection(Oplock: number, syncType: number, protection: number): void {
  const writable = protection === PAGE_READWRITE || protection === PAGE_EXECUTE_READWRITE;
  const oplock = stateOf(Oplock);
  if (oplock === 0 || syncType !== SyncTypeCreateSection || !writable) return;
  const breaker: Breaker = {
    loss: SECTION_LOSS, owner: 0, file: 0, ignoresKeys: true, expectsAnswers: false,
    access: 0, share: 0,
  };
  underStripe(oplock, (effects) => applyBreak(oplock, breaker, effects));
}
