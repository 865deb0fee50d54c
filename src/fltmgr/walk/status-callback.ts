// FltRequestOperationStatusCallback (5.6): a pre-operation callback asks to be told what the driver
// below returned, which may be STATUS_PENDING: was the oplock granted? The requests of one
// operation hang on its sheet; dispatch.ts takes them off before it calls the driver, since the
// sheet may be gone afterwards, and tells them when the call has returned.
//
// An operation that ends above the file system never gets there, and its requests are dropped. So
// are those of an instance that is being torn down by then.
import { copyBytes } from '../../mem/memory.ts';
import { POINTER, ROUTINE, LONG, pointer } from '../../mem/field.ts';
import { routineTable } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { NonPagedPool } from '../../ntos/ex/types.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { IRP_MJ_CLOSE } from '../../ntos/io/types.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_IRP_OPERATION } from '../constants.ts';
import { enterInstance, leaveInstance } from '../chain/instance-gate.ts';
import { COMPLETION_NODE, IRP_CTRL, PHASE_PRE, nodeOf, sheetOf } from './irp-ctrl.ts';
import { FLT_INSTANCE } from '../attach/object.ts';
import { isOwnData } from '../initiated/own-data.ts';
import { FLT_IO_PARAMETER_BLOCK, FLT_RELATED_OBJECTS } from '../types.ts';
import { checkIrql } from '../violation.ts';
import type { RoutineId } from '../../mem/routine.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** One request, with what the callback is shown as it stood when it was made (PEND-35). */
const FLT_STATUS_REQUEST = struct('FLT_STATUS_REQUEST', {
  Next: POINTER,
  Callback: ROUTINE,
  Context: POINTER,
  Instance: pointer('FLT_INSTANCE'),
  Expected: LONG,
  FltObjects: FLT_RELATED_OBJECTS,
  Iopb: FLT_IO_PARAMETER_BLOCK,
});
type PREQUEST = Ptr<'FLT_STATUS_REQUEST'>;

const r = FLT_STATUS_REQUEST.bound;
const c = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
const { at_State } = FLT_INSTANCE.bound;
const TAG = poolTag('FMst');

/**
 * Asks to be told what the file system returned for the operation. <= APC_LEVEL, from a
 * pre-operation callback.
 *
 * @param CallbackRoutine (FltObjects, IopbSnapshot, OperationStatus, RequesterContext); runs at
 *   <= APC_LEVEL in the thread that passed the operation down, right after that call returned.
 * @returns STATUS_INVALID_PARAMETER for an operation that is not IRP-based, for IRP_MJ_CLOSE, and
 *   outside of pre-operation callbacks; STATUS_FLT_DELETING_OBJECT; STATUS_INSUFFICIENT_RESOURCES.
 * @see PEND-33 to PEND-35
 */
export function FltRequestOperationStatusCallback(
  CallbackData: PFLT_CALLBACK_DATA,
  CallbackRoutine: RoutineId,
  RequesterContext: number,
): NTSTATUS {
  checkIrql('FltRequestOperationStatusCallback', APC_LEVEL);
  const ctrl = sheetOf(CallbackData);
  if (isOwnData(CallbackData) || c.Phase(ctrl) !== PHASE_PRE ||
      (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0 ||
      c.Iopb_MajorFunction(ctrl) === IRP_MJ_CLOSE) return STATUS_INVALID_PARAMETER;
  const node = nodeOf(ctrl, c.Position(ctrl));
  const instance = n.Instance(node);
  if (load(at_State(instance)) !== n.Expected(node)) return STATUS_FLT_DELETING_OBJECT;
  const request = ExAllocatePoolWithTag(NonPagedPool, FLT_STATUS_REQUEST.size, TAG) as PREQUEST;
  if (request === 0) return STATUS_INSUFFICIENT_RESOURCES;
  r.set_Callback(request, CallbackRoutine);
  r.set_Context(request, RequesterContext);
  r.set_Instance(request, instance);
  r.set_Expected(request, n.Expected(node));
  copyBytes(r.at_FltObjects(request), c.at_Related(ctrl), FLT_RELATED_OBJECTS.size);
  copyBytes(r.at_Iopb(request), c.at_Iopb(ctrl), FLT_IO_PARAMETER_BLOCK.size);
  r.set_Next(request, c.StatusRequests(ctrl));
  c.set_StatusRequests(ctrl, request);
  return STATUS_SUCCESS;
}

/** Takes the requests off a sheet, which is about to leave this thread. */
export function takeStatusRequests(ctrl: PIRP_CTRL): number {
  const requests = c.StatusRequests(ctrl);
  c.set_StatusRequests(ctrl, 0);
  return requests;
}

/** Tells those who asked, the lowest filter first. */
export function tellStatus(requests: number, status: NTSTATUS): void {
  let request = requests as PREQUEST;
  while (request !== 0) {
    const next = r.Next(request) as PREQUEST;
    const instance = r.Instance(request);
    if (enterInstance(instance, r.Expected(request))) {
      routineTable[r.Callback(request)]!(r.at_FltObjects(request), r.at_Iopb(request), status,
        r.Context(request));
      leaveInstance(instance);
    }
    ExFreePoolWithTag(request, TAG);
    request = next;
  }
}

/** Forgets the requests of an operation that never reached the file system. */
export function dropStatusRequests(ctrl: PIRP_CTRL): void {
  let request = takeStatusRequests(ctrl) as PREQUEST;
  while (request !== 0) {
    const next = r.Next(request) as PREQUEST;
    ExFreePoolWithTag(request, TAG);
    request = next;
  }
}
