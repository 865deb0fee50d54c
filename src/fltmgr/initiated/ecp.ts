// Extra create parameters as minifilters use them (9.5): lists and parameters are those of the I/O
// manager (ntos/io/ecp.ts); here they are found on an operation and set into it. The filter that a
// routine takes says who asks, and nothing depends on it.
//
// Parameters from a lookaside list are not there: the routines for them are not published.
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import * as ecp from '../../ntos/io/ecp.ts';
import { IRP_MJ_CREATE } from '../../ntos/io/types.ts';
import { STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_2, STATUS_INVALID_PARAMETER_3,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { i32 } from '../../mem/memory.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { isOwnData } from './own-data.ts';
import { checkIrql } from '../violation.ts';
import type { OutPtr } from '../../mem/pointer.ts';
import type { PECP_LIST } from '../../ntos/io/ecp.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { PGUID } from '../../ntos/rtl/types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_CALLBACK_DATA, PFLT_FILTER } from '../types.ts';

const c = IRP_CTRL.bound;

/** The IRP of a create that is under way; NULL for every other operation. */
function createOf(Data: PFLT_CALLBACK_DATA): PIRP {
  const ctrl = sheetOf(Data);
  const isCreate = !isOwnData(Data) && c.Iopb_MajorFunction(ctrl) === IRP_MJ_CREATE;
  return (isCreate ? c.Irp(ctrl) : 0) as PIRP;
}

/**
 * Gives the list of a create, NULL when it has none. IRQL <= APC_LEVEL.
 * STATUS_INVALID_PARAMETER for another operation than a create.
 */
export function FltGetEcpListFromCallbackData(
  _Filter: PFLT_FILTER, CallbackData: PFLT_CALLBACK_DATA, EcpList: OutPtr,
): NTSTATUS {
  checkIrql('FltGetEcpListFromCallbackData', APC_LEVEL);
  i32[EcpList >> 2] = 0;
  const irp = createOf(CallbackData);
  if (irp === 0) return STATUS_INVALID_PARAMETER;
  i32[EcpList >> 2] = ecp.ecpListOf(irp);
  return STATUS_SUCCESS;
}

/**
 * Sets a list into a create that has none; it belongs to the operation from then on, which frees
 * it. IRQL <= APC_LEVEL, pre-create.
 *
 * @returns STATUS_INVALID_PARAMETER_2 for another operation than a create,
 *   STATUS_INVALID_PARAMETER_3 when the create has a list already, or `EcpList` is NULL.
 */
export function FltSetEcpListIntoCallbackData(
  _Filter: PFLT_FILTER, CallbackData: PFLT_CALLBACK_DATA, EcpList: PECP_LIST,
): NTSTATUS {
  checkIrql('FltSetEcpListIntoCallbackData', APC_LEVEL);
  const irp = createOf(CallbackData);
  if (irp === 0) return STATUS_INVALID_PARAMETER_2;
  if (EcpList === 0 || ecp.ecpListOf(irp) !== 0) return STATUS_INVALID_PARAMETER_3;
  ecp.setEcpList(irp, EcpList, true);
  // The IRP gets back what it came with: that includes the list from now on.
  c.set_OriginalUserBuffer(sheetOf(CallbackData), EcpList);
  return STATUS_SUCCESS;
}

/** Makes an empty list. STATUS_INSUFFICIENT_RESOURCES. IRQL <= APC_LEVEL. */
export function FltAllocateExtraCreateParameterList(
  _Filter: PFLT_FILTER, Flags: number, EcpList: OutPtr,
): NTSTATUS {
  checkIrql('FltAllocateExtraCreateParameterList', APC_LEVEL);
  return ecp.FsRtlAllocateExtraCreateParameterList(Flags, EcpList);
}

/**
 * Makes a parameter, zeroed, in no list. IRQL <= APC_LEVEL. STATUS_INSUFFICIENT_RESOURCES.
 *
 * @param CleanupCallback 0, or called as (context, type) before the parameter is freed.
 */
export function FltAllocateExtraCreateParameter(
  _Filter: PFLT_FILTER, EcpType: PGUID, SizeOfContext: number, Flags: number,
  CleanupCallback: number, PoolTag: number, EcpContext: OutPtr,
): NTSTATUS {
  checkIrql('FltAllocateExtraCreateParameter', APC_LEVEL);
  return ecp.FsRtlAllocateExtraCreateParameter(EcpType, SizeOfContext, Flags, CleanupCallback,
    PoolTag, EcpContext);
}

/** Frees a parameter that is in no list. IRQL <= APC_LEVEL. */
export function FltFreeExtraCreateParameter(_Filter: PFLT_FILTER, EcpContext: number): void {
  checkIrql('FltFreeExtraCreateParameter', APC_LEVEL);
  ecp.FsRtlFreeExtraCreateParameter(EcpContext);
}

/** Frees a list and what is in it; not one that was set into an operation. IRQL <= APC_LEVEL. */
export function FltFreeExtraCreateParameterList(_Filter: PFLT_FILTER, EcpList: PECP_LIST): void {
  checkIrql('FltFreeExtraCreateParameterList', APC_LEVEL);
  ecp.FsRtlFreeExtraCreateParameterList(EcpList);
}

/** Puts a parameter into a list. STATUS_INVALID_PARAMETER: one of its type is there already. */
export function FltInsertExtraCreateParameter(
  _Filter: PFLT_FILTER, EcpList: PECP_LIST, EcpContext: number,
): NTSTATUS {
  checkIrql('FltInsertExtraCreateParameter', APC_LEVEL);
  return ecp.FsRtlInsertExtraCreateParameter(EcpList, EcpContext);
}

/** Finds a parameter by its type; both results may be NULL. STATUS_NOT_FOUND. */
export function FltFindExtraCreateParameter(
  _Filter: PFLT_FILTER, EcpList: PECP_LIST, EcpType: PGUID, EcpContext: OutPtr,
  EcpContextSize: OutPtr,
): NTSTATUS {
  checkIrql('FltFindExtraCreateParameter', APC_LEVEL);
  return ecp.FsRtlFindExtraCreateParameter(EcpList, EcpType, EcpContext, EcpContextSize);
}

/** Takes a parameter out of a list; the caller frees it. STATUS_NOT_FOUND. */
export function FltRemoveExtraCreateParameter(
  _Filter: PFLT_FILTER, EcpList: PECP_LIST, EcpType: PGUID, EcpContext: OutPtr,
  EcpContextSize: OutPtr,
): NTSTATUS {
  checkIrql('FltRemoveExtraCreateParameter', APC_LEVEL);
  return ecp.FsRtlRemoveExtraCreateParameter(EcpList, EcpType, EcpContext, EcpContextSize);
}

/** The parameter after the given one, the first for NULL. STATUS_NOT_FOUND behind the last. */
export function FltGetNextExtraCreateParameter(
  _Filter: PFLT_FILTER, EcpList: PECP_LIST, CurrentEcpContext: number, NextEcpType: PGUID,
  NextEcpContext: OutPtr, NextEcpContextSize: OutPtr,
): NTSTATUS {
  checkIrql('FltGetNextExtraCreateParameter', APC_LEVEL);
  return ecp.FsRtlGetNextExtraCreateParameter(EcpList, CurrentEcpContext, NextEcpType,
    NextEcpContext, NextEcpContextSize);
}

/** Says that a parameter was used. IRQL <= APC_LEVEL. */
export function FltAcknowledgeEcp(_Filter: PFLT_FILTER, EcpContext: number): void {
  checkIrql('FltAcknowledgeEcp', APC_LEVEL);
  ecp.FsRtlAcknowledgeEcp(EcpContext);
}

/** Makes a parameter ready for the next create. IRQL <= APC_LEVEL. */
export function FltPrepareToReuseEcp(_Filter: PFLT_FILTER, EcpContext: number): void {
  checkIrql('FltPrepareToReuseEcp', APC_LEVEL);
  ecp.FsRtlPrepareToReuseEcp(EcpContext);
}

/** Whether somebody has used the parameter. IRQL <= APC_LEVEL. */
export function FltIsEcpAcknowledged(_Filter: PFLT_FILTER, EcpContext: number): boolean {
  checkIrql('FltIsEcpAcknowledged', APC_LEVEL);
  return ecp.FsRtlIsEcpAcknowledged(EcpContext);
}

/** Whether an application made the parameter; in this machine only drivers do. */
export function FltIsEcpFromUserMode(_Filter: PFLT_FILTER, EcpContext: number): boolean {
  checkIrql('FltIsEcpFromUserMode', APC_LEVEL);
  return ecp.FsRtlIsEcpFromUserMode(EcpContext);
}
