// Operations that a filter builds itself: allocating callback data, filling it in, and sending it
// to the instances below the filter's own and the file system (6.1, 6.2). Meant for operations that
// have no routine of their own (IO-4).
import { i32 } from '../../mem/memory.ts';
import { store } from '../../atomics-sync/atomics.ts';
import { APC_LEVEL, DISPATCH_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { IoFreeIrp } from '../../ntos/io/irp/irp.ts';
import { freeMdls } from './own-mdl.ts';
import { IRP_MJ_CREATE, IRP_MJ_MAXIMUM_FUNCTION, IRP_MJ_QUERY_INFORMATION, IRP_MJ_READ,
  IRP_MJ_SET_INFORMATION, IRP_MJ_WRITE, IRP_PAGING_IO } from '../../ntos/io/types.ts';
import { STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY } from '../constants.ts';
import { IRP_CTRL, dataOf, sheetOf } from '../walk/irp-ctrl.ts';
import { prepareIrp, refuseOwnData, sendOwnData, sendOwnDataAsync, statusOfSent }
  from './initiated-send.ts';
import { checkInstance } from './initiated-check.ts';
import { FLT_OWN_DATA, OWN_FREED, OWN_IDLE, OWN_INTERNAL, OWN_KEEP_IRP, OWN_SENT, createOwnData,
  isOwnData, ownPart, ownState, releaseOwnData, resetOwnData } from './own-data.ts';
import { RULE_OWN_DATA, checkIrql, violation } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const o = FLT_OWN_DATA.bound;
/** Majors that may be paging I/O, and only those may be sent at APC_LEVEL. */
const pagingMajors: readonly number[] = [IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_QUERY_INFORMATION,
  IRP_MJ_SET_INFORMATION];

/** The filter's own, idle callback data; anything else ends the machine. */
function idleData(routine: string, Data: PFLT_CALLBACK_DATA): PIRP_CTRL {
  if (!isOwnData(Data)) {
    violation(RULE_OWN_DATA, Data, `${routine}: the callback data is an operation's, not one ` +
      'that the filter allocated with FltAllocateCallbackData (OP-18)');
  }
  const ctrl = sheetOf(Data);
  if ((o.Flags(ownPart(ctrl)) & OWN_INTERNAL) !== 0) {
    violation(RULE_OWN_DATA, Data, `${routine}: the Filter Manager allocated the callback data ` +
      'for an asynchronous FltReadFile or FltWriteFile and frees it itself (OP-18)');
  }
  const state = ownState(ctrl);
  if (state === OWN_SENT) {
    violation(RULE_OWN_DATA, Data, `${routine}: the operation is still under way; wait for its ` +
      'callback (6.2)');
  }
  if (state === OWN_FREED) violation(RULE_OWN_DATA, Data, `${routine}: freed already (6.2)`);
  return ctrl;
}

/**
 * FltAllocateCallbackData with flags: FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY (1) takes
 * all memory that the Filter Manager needs for the request now. <= APC_LEVEL.
 *
 * @param FileObject may be NULL. @param RetNewCallbackData where the callback data goes.
 * @returns STATUS_INSUFFICIENT_RESOURCES; STATUS_INVALID_PARAMETER for an unknown flag.
 * @see 6.2
 */
export function FltAllocateCallbackDataEx(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  Flags: number,
  RetNewCallbackData: OutPtr,
): NTSTATUS {
  checkIrql('FltAllocateCallbackData', APC_LEVEL);
  checkInstance('FltAllocateCallbackData', Instance);
  i32[RetNewCallbackData >> 2] = 0;
  if ((Flags & ~FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY) !== 0) {
    return STATUS_INVALID_PARAMETER;
  }
  const ctrl = createOwnData(Instance, FileObject, Flags === 0 ? 0 : OWN_KEEP_IRP);
  if (ctrl === 0) return STATUS_INSUFFICIENT_RESOURCES;
  if (Flags !== 0 && prepareIrp(ctrl) === 0) {
    releaseOwnData(ctrl);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  i32[RetNewCallbackData >> 2] = dataOf(ctrl);
  return STATUS_SUCCESS;
}

/**
 * Allocates callback data for an operation that the filter initiates; its Iopb is zero but for the
 * targets (IO-7). Nonpaged; <= APC_LEVEL. STATUS_INSUFFICIENT_RESOURCES. @see S4, 6.2
 */
export function FltAllocateCallbackData(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  RetNewCallbackData: OutPtr,
): NTSTATUS {
  return FltAllocateCallbackDataEx(Instance, FileObject, 0, RetNewCallbackData);
}

/**
 * Frees callback data that the filter allocated, and the MDL chain in its parameters.
 * IRQL <= DISPATCH_LEVEL; also inside of the callback of FltPerformAsynchronousIo, not before it.
 */
export function FltFreeCallbackData(CallbackData: PFLT_CALLBACK_DATA): void {
  checkIrql('FltFreeCallbackData', DISPATCH_LEVEL);
  const ctrl = idleData('FltFreeCallbackData', CallbackData);
  freeMdls(ctrl);
  releaseOwnData(ctrl);
}

/**
 * Makes used callback data ready for another operation: targets stay, the rest is zero, the MDL
 * chain is freed. <= APC_LEVEL. Only data that went through an FltPerform* routine.
 */
export function FltReuseCallbackData(CallbackData: PFLT_CALLBACK_DATA): void {
  checkIrql('FltReuseCallbackData', APC_LEVEL);
  const ctrl = idleData('FltReuseCallbackData', CallbackData);
  const own = ownPart(ctrl);
  if (ownState(ctrl) === OWN_IDLE) {
    violation(RULE_OWN_DATA, CallbackData, 'FltReuseCallbackData: the callback data was not ' +
      'used yet (6.2)');
  }
  freeMdls(ctrl);
  const irp = c.Irp(ctrl);
  if (irp !== 0 && (o.Flags(own) & OWN_KEEP_IRP) === 0) {
    IoFreeIrp(irp);
    c.set_Irp(ctrl, 0 as never);
  }
  resetOwnData(ctrl);
  store(o.at_State(own), OWN_IDLE);
}

/** Only IRP-based operations can be initiated, and those at the level of their kind (IO-2). */
function checkSendLevel(routine: string, ctrl: PIRP_CTRL): void {
  const major = c.Iopb_MajorFunction(ctrl);
  if (major > IRP_MJ_MAXIMUM_FUNCTION) {
    violation(RULE_OWN_DATA, dataOf(ctrl), `${routine}: major 0x${major.toString(16)} is not ` +
      'IRP-based; a filter can initiate IRPs only (IO-2, OP-2)');
  }
  const paging = (c.Iopb_IrpFlags(ctrl) & IRP_PAGING_IO) !== 0 &&
    pagingMajors.includes(c.Iopb_MajorFunction(ctrl));
  checkIrql(routine, paging ? APC_LEVEL : PASSIVE_LEVEL);
}

/**
 * Sends an operation to the instances below and the file system, and waits for its end, on an
 * asynchronous file object too. PASSIVE_LEVEL, <= APC_LEVEL for paging I/O. The result is in
 * IoStatus; without memory it is STATUS_INSUFFICIENT_RESOURCES. @see S4, 6.2, IO-1 to IO-3
 */
export function FltPerformSynchronousIo(CallbackData: PFLT_CALLBACK_DATA): void {
  const ctrl = idleData('FltPerformSynchronousIo', CallbackData);
  checkSendLevel('FltPerformSynchronousIo', ctrl);
  c.set_Data_Thread(ctrl, currentThread);
  if (c.Iopb_MajorFunction(ctrl) === IRP_MJ_CREATE && c.Iopb_TargetFileObject(ctrl) === 0) {
    c.set_Data_IoStatus_Status(ctrl, STATUS_INVALID_PARAMETER);
    return;
  }
  sendOwnData(ctrl);
}

/**
 * Sends an operation and does not wait. The callback is called whatever happens, up to
 * DISPATCH_LEVEL in any thread, after the post-operation callbacks below; it may free the data
 * (IO-8, IO-9). PASSIVE_LEVEL, <= APC_LEVEL for paging I/O.
 *
 * @param CallbackRoutine (Data, CallbackContext).
 * @returns not the result of the I/O: STATUS_PENDING (the callback comes), STATUS_SUCCESS (it ran;
 *   the file system had completed), STATUS_FLT_IO_COMPLETE (it ran; a lower filter had completed),
 *   STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST for a create, STATUS_INSUFFICIENT_RESOURCES.
 */
export function FltPerformAsynchronousIo(
  CallbackData: PFLT_CALLBACK_DATA,
  CallbackRoutine: RoutineId,
  CallbackContext: number,
): NTSTATUS {
  const name = 'FltPerformAsynchronousIo';
  const ctrl = idleData(name, CallbackData);
  checkSendLevel(name, ctrl);
  if (CallbackRoutine === 0) violation(RULE_OWN_DATA, CallbackData, `${name} without a callback ` +
    '(6.2)');
  c.set_Data_Thread(ctrl, currentThread);
  if (c.Iopb_MajorFunction(ctrl) === IRP_MJ_CREATE) {
    refuseOwnData(ctrl, STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST, CallbackRoutine, CallbackContext);
    return STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST;
  }
  return statusOfSent(sendOwnDataAsync(ctrl, CallbackRoutine, CallbackContext));
}
