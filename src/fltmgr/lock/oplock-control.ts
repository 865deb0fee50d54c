// The rest of the oplock family: making and ending the OPLOCK of a stream, requests and
// acknowledgements, questions. IRQL <= APC_LEVEL throughout (OPL-1).
//
// Duties of the filter (OPL-21): a request excludes checks and acknowledgements on the same stream;
// a check and the operation it is for happen in one shared hold.
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { FsRtlOplockIsSharedRequest, settleOplockControl }
  from '../../ntos/fsrtl/oplock/oplock-fsctrl.ts';
import { FsRtlOplockKeysEqual } from '../../ntos/fsrtl/oplock/oplock-key.ts';
import { FsRtlCurrentBatchOplock, FsRtlCurrentOplock, FsRtlCurrentOplockH,
  FsRtlOplockIsFastIoPossible } from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { FsRtlInitializeOplock, FsRtlUninitializeOplock }
  from '../../ntos/fsrtl/oplock/oplock-state.ts';
import { IRP_MJ_CREATE, IRP_MJ_FILE_SYSTEM_CONTROL } from '../../ntos/io/types.ts';
import { STATUS_PENDING } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION, FLT_PREOP_COMPLETE, FLT_PREOP_PENDING,
  OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH } from '../constants.ts';
import { IRP_CTRL, PHASE_PRE, sheetOf } from '../walk/irp-ctrl.ts';
import { copyResult, lend, takeBack } from './oplock-irp.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA } from '../types.ts';

const c = IRP_CTRL.bound;

/**
 * Makes the OPLOCK of a stream ready: nobody holds anything. It must be NULL before, and lies in
 * nonpaged memory that outlives every operation on the stream.
 * @see OPL-2
 */
export function FltInitializeOplock(Oplock: OutPtr): void {
  checkIrql('FltInitializeOplock', APC_LEVEL);
  if (load(Oplock) !== 0) {
    violation(RULE_UNLISTED, Oplock, 'FltInitializeOplock: the variable is not NULL; what it ' +
      'leads to would be lost. Zero it first, or end its oplock with FltUninitializeOplock ' +
        '(OPL-2)');
  }
  FsRtlInitializeOplock(Oplock);
}

/**
 * Ends the OPLOCK of a stream: requests that pend are completed as broken, operations that wait go
 * on. Afterwards it may be initialised again. A filter does this when the stream goes, and when its
 * instance is torn down, which waits for what the oplock pends.
 * @see OPL-2
 */
export function FltUninitializeOplock(Oplock: OutPtr): void {
  checkIrql('FltUninitializeOplock', APC_LEVEL);
  FsRtlUninitializeOplock(Oplock);
}

function checkControl(routine: string, data: PFLT_CALLBACK_DATA): PIRP_CTRL {
  checkIrql(routine, APC_LEVEL);
  const ctrl = sheetOf(data);
  if (isOwnData(data) || c.Phase(ctrl) !== PHASE_PRE) {
    violation(RULE_UNLISTED, data, `${routine} is for operations in their pre-operation callback ` +
      '(OPL-15)');
  }
  const major = c.Iopb_MajorFunction(ctrl);
  const fits = (major === IRP_MJ_FILE_SYSTEM_CONTROL || major === IRP_MJ_CREATE) &&
    (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0;
  if (!fits) {
    violation(RULE_UNLISTED, data, `${routine} for major function 0x${major.toString(16)}; it ` +
      'takes IRP_MJ_FILE_SYSTEM_CONTROL and IRP_MJ_CREATE, IRP-based (OPL-15)');
  }
  return ctrl;
}

/**
 * Carries out an oplock control: a request, an acknowledgement, FSCTL_OPLOCK_BREAK_NOTIFY. From the
 * pre-operation callback, which returns what this returns.
 *
 * For IRP_MJ_CREATE it notes the promise of FILE_OPEN_REQUIRING_OPLOCK, or asks for a pending
 * Filter oplock (OpenCount 1, FILE_READ_ATTRIBUTES, full sharing: OPL-19). The create is not
 * completed by that: on success the filter lets it go on.
 *
 * @param OpenCount open handles, for exclusive types (this one included); for shared types not 0
 *   when byte-range locks forbid it; 0 for acknowledgements (OPL-18).
 * @param Flags OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH: all open handles have one key.
 * @returns FLT_PREOP_PENDING when the oplock is granted: the request pends until it breaks, and
 *   the Filter Manager completes it then. FLT_PREOP_COMPLETE with IoStatus otherwise:
 *   STATUS_OPLOCK_NOT_GRANTED, STATUS_INVALID_OPLOCK_PROTOCOL, STATUS_INVALID_PARAMETER ...
 * @see OPL-15 to OPL-20
 */
export function FltOplockFsctrlEx(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, OpenCount: number, Flags: number,
): number {
  return control('FltOplockFsctrlEx', Oplock, CallbackData, OpenCount, Flags);
}

/** FltOplockFsctrlEx without flags. */
export function FltOplockFsctrl(
  Oplock: OutPtr, CallbackData: PFLT_CALLBACK_DATA, OpenCount: number,
): number {
  return control('FltOplockFsctrl', Oplock, CallbackData, OpenCount, 0);
}

function control(
  routine: string, oplock: number, data: PFLT_CALLBACK_DATA, openCount: number, flags: number,
): number {
  const ctrl = checkControl(routine, data);
  if ((flags & ~OPLOCK_FSCTRL_FLAG_ALL_KEYS_MATCH) !== 0) {
    violation(RULE_UNLISTED, flags, `${routine}: flags 0x${flags.toString(16)} have a bit that ` +
      'the routine does not know (7.1)');
  }
  const isCreate = c.Iopb_MajorFunction(ctrl) === IRP_MJ_CREATE;
  const irp = lend(ctrl);
  const status = settleOplockControl(oplock, irp, openCount, flags);
  // From here on a request is the oplock's, and may have been completed already.
  if (status === STATUS_PENDING) return FLT_PREOP_PENDING;
  takeBack(ctrl, irp);
  if (isCreate) c.set_Data_IoStatus_Status(ctrl, status);
  else copyResult(ctrl, irp);
  return FLT_PREOP_COMPLETE;
}

/**
 * Whether an operation asks for a shared oplock (Level 2, R, RH), so that OpenCount tells of
 * byte-range locks; FALSE for exclusive types and for everything else (7.4).
 */
export function FltOplockIsSharedRequest(CallbackData: PFLT_CALLBACK_DATA): boolean {
  checkIrql('FltOplockIsSharedRequest', APC_LEVEL);
  const ctrl = sheetOf(CallbackData);
  if (c.Iopb_MajorFunction(ctrl) !== IRP_MJ_FILE_SYSTEM_CONTROL || c.Irp(ctrl) === 0) return false;
  const irp = lend(ctrl);
  const shared = FsRtlOplockIsSharedRequest(irp);
  takeBack(ctrl, irp);
  return shared;
}

/**
 * Whether fast I/O may go on: TRUE for NULL, without an oplock, and with an exclusive one whose
 * break is not under way; FALSE beside shared ones and while a holder has to be told (7.4).
 */
export function FltOplockIsFastIoPossible(Oplock: OutPtr): boolean {
  checkIrql('FltOplockIsFastIoPossible', APC_LEVEL);
  return FsRtlOplockIsFastIoPossible(Oplock);
}

/** Whether two file objects are one, or have keys that match; FALSE when one is NULL (7.4). */
export function FltOplockKeysEqual(Fo1: PFILE_OBJECT, Fo2: PFILE_OBJECT): boolean {
  checkIrql('FltOplockKeysEqual', APC_LEVEL);
  return FsRtlOplockKeysEqual(Fo1, Fo2);
}

/** Whether a Batch or a Filter oplock is held, one that is breaking included (7.4). */
export function FltCurrentBatchOplock(Oplock: OutPtr): boolean {
  checkIrql('FltCurrentBatchOplock', APC_LEVEL);
  return FsRtlCurrentBatchOplock(Oplock);
}

/** Whether any oplock is held, one that is breaking included (7.4). */
export function FltCurrentOplock(Oplock: OutPtr): boolean {
  checkIrql('FltCurrentOplock', APC_LEVEL);
  return FsRtlCurrentOplock(Oplock);
}

/** Whether an oplock with the handle level is held, one that is breaking included (7.4). */
export function FltCurrentOplockH(Oplock: OutPtr): boolean {
  checkIrql('FltCurrentOplockH', APC_LEVEL);
  return FsRtlCurrentOplockH(Oplock);
}
