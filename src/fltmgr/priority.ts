// I/O priority hints as minifilters see and set them: of an operation, of its file object, of a
// thread. All may be called in the paging path, at up to DISPATCH_LEVEL.
import { DISPATCH_LEVEL } from '../ntos/ke/irql.ts';
import { IoPriorityNormal } from '../ntos/io/object-constants.ts';
import { applyPriorities, fileHint, flagsWithHint, hintInFlags, isPriorityHint,
  setFileHint, setThreadHint, storePriorities, threadHint } from '../ntos/io/service/priority.ts';
import { IRP } from '../ntos/io/types.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION } from './constants.ts';
import { IRP_CTRL, sheetOf } from './walk/irp-ctrl.ts';
import { checkIrql } from './violation.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PIO_PRIORITY_INFO } from '../ntos/io/service/priority.ts';
import type { PFILE_OBJECT } from '../ntos/io/types.ts';
import type { PKTHREAD } from '../ntos/ke/prcb.ts';
import type { PIRP_CTRL } from './walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA } from './types.ts';

const c = IRP_CTRL.bound;
const { Flags, set_Flags } = IRP.bound;

function isIrpBased(ctrl: PIRP_CTRL): boolean {
  return (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) !== 0;
}

/** The hint of an operation itself; own data keeps it in IrpFlags until its IRP is made. */
function dataHint(data: PFLT_CALLBACK_DATA): number | undefined {
  const ctrl = sheetOf(data);
  if (!isIrpBased(ctrl)) return undefined;
  return hintInFlags(c.OwnedData(ctrl) === 0 ? Flags(c.Irp(ctrl)) : c.Iopb_IrpFlags(ctrl));
}

/**
 * The hint of an operation: its IRP's, else its file object's, else its thread's, else
 * IoPriorityNormal. IRQL <= DISPATCH_LEVEL.
 */
export function FltGetIoPriorityHint(Data: PFLT_CALLBACK_DATA): number {
  checkIrql('FltGetIoPriorityHint', DISPATCH_LEVEL);
  const ctrl = sheetOf(Data);
  const file = c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT;
  const thread = c.Data_Thread(ctrl) as PKTHREAD;
  return dataHint(Data) ?? (file === 0 ? undefined : fileHint(file)) ??
    (thread === 0 ? undefined : threadHint(thread)) ?? IoPriorityNormal;
}

/** The hint of the IRP of an operation; IoPriorityNormal without one. IRQL <= DISPATCH_LEVEL. */
export function FltGetIoPriorityHintFromCallbackData(Data: PFLT_CALLBACK_DATA): number {
  checkIrql('FltGetIoPriorityHintFromCallbackData', DISPATCH_LEVEL);
  return dataHint(Data) ?? IoPriorityNormal;
}

/** The hint of a file object; IoPriorityNormal where it has none. IRQL <= DISPATCH_LEVEL. */
export function FltGetIoPriorityHintFromFileObject(FileObject: PFILE_OBJECT): number {
  checkIrql('FltGetIoPriorityHintFromFileObject', DISPATCH_LEVEL);
  return fileHint(FileObject) ?? IoPriorityNormal;
}

/** The hint of a thread; IoPriorityNormal where it has none. IRQL <= DISPATCH_LEVEL. */
export function FltGetIoPriorityHintFromThread(Thread: PKTHREAD): number {
  checkIrql('FltGetIoPriorityHintFromThread', DISPATCH_LEVEL);
  return threadHint(Thread) ?? IoPriorityNormal;
}

/**
 * Sets the hint of an operation, for the filters below and the file system. No dirty flag is
 * needed. IRQL <= DISPATCH_LEVEL.
 *
 * @param PriorityHint IO_PRIORITY_HINT.
 * @returns STATUS_INVALID_PARAMETER for a value that is no hint; STATUS_SUCCESS also for an
 *   operation without an IRP, which keeps none.
 */
export function FltSetIoPriorityHintIntoCallbackData(
  Data: PFLT_CALLBACK_DATA, PriorityHint: number,
): NTSTATUS {
  checkIrql('FltSetIoPriorityHintIntoCallbackData', DISPATCH_LEVEL);
  if (!isPriorityHint(PriorityHint)) return STATUS_INVALID_PARAMETER;
  const ctrl = sheetOf(Data);
  if (!isIrpBased(ctrl)) return STATUS_SUCCESS;
  if (c.OwnedData(ctrl) !== 0) {
    c.set_Iopb_IrpFlags(ctrl, flagsWithHint(c.Iopb_IrpFlags(ctrl), PriorityHint));
  } else {
    const irp = c.Irp(ctrl);
    set_Flags(irp, flagsWithHint(Flags(irp), PriorityHint));
  }
  return STATUS_SUCCESS;
}

/**
 * Sets the hint of a file object. IRQL <= DISPATCH_LEVEL.
 * @returns STATUS_INVALID_PARAMETER for a value that is no hint, STATUS_INSUFFICIENT_RESOURCES.
 */
export function FltSetIoPriorityHintIntoFileObject(
  FileObject: PFILE_OBJECT, PriorityHint: number,
): NTSTATUS {
  checkIrql('FltSetIoPriorityHintIntoFileObject', DISPATCH_LEVEL);
  return setFileHint(FileObject, PriorityHint);
}

/** Sets the hint of a thread. IRQL <= DISPATCH_LEVEL. STATUS_INVALID_PARAMETER. */
export function FltSetIoPriorityHintIntoThread(Thread: PKTHREAD, PriorityHint: number): NTSTATUS {
  checkIrql('FltSetIoPriorityHintIntoThread', DISPATCH_LEVEL);
  return setThreadHint(Thread, PriorityHint);
}

/**
 * Retrieves priorities, usually to give them to a worker with FltApplyPriorityInfoThread. The I/O
 * priority is the operation's, else the file object's, else the thread's, else IoPriorityNormal.
 * IRQL <= DISPATCH_LEVEL.
 *
 * @param Data NULL for none. @param FileObject NULL for none.
 * @param Thread whose own and page priority are retrieved; NULL for values that change none.
 * @param PriorityInfo made by IoInitializePriorityInfo.
 */
export function FltRetrieveIoPriorityInfo(
  Data: PFLT_CALLBACK_DATA, FileObject: PFILE_OBJECT, Thread: PKTHREAD,
  PriorityInfo: PIO_PRIORITY_INFO,
): NTSTATUS {
  checkIrql('FltRetrieveIoPriorityInfo', DISPATCH_LEVEL);
  const hint = (Data === 0 ? undefined : dataHint(Data)) ??
    (FileObject === 0 ? undefined : fileHint(FileObject)) ??
    (Thread === 0 ? undefined : threadHint(Thread)) ?? IoPriorityNormal;
  storePriorities(PriorityInfo, Thread, hint);
  return STATUS_SUCCESS;
}

/**
 * Gives a thread the priorities in a structure. IRQL <= DISPATCH_LEVEL.
 *
 * @param InputPriorityInfo from FltRetrieveIoPriorityInfo, or the output of an earlier call.
 * @param OutputPriorityInfo gets what the thread had; the same structure is allowed, or NULL.
 * @returns STATUS_INVALID_PARAMETER_1 for values that are no priorities.
 */
export function FltApplyPriorityInfoThread(
  InputPriorityInfo: PIO_PRIORITY_INFO, OutputPriorityInfo: PIO_PRIORITY_INFO, Thread: PKTHREAD,
): NTSTATUS {
  checkIrql('FltApplyPriorityInfoThread', DISPATCH_LEVEL);
  return applyPriorities(InputPriorityInfo, OutputPriorityInfo, Thread);
}
