// The walk for operations without an IRP: fast I/O and FSFilter. Everything happens in the
// caller's thread, at its IRQL, before the call returns; nothing can pend (OP-2, OP-3).
import { STATUS_FLT_DISALLOW_FAST_IO } from '../../ntos/status-codes.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { FLTFL_CALLBACK_DATA_FAST_IO_OPERATION, FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO } from '../constants.ts';
import { CTRL_SAVED, CTRL_SWAPPED_MDL, IRP_CTRL, PHASE_BELOW, allocateSheet }
  from '../walk/irp-ctrl.ts';
import { giveSheetBack, sheetForPaging } from '../walk/back-pocket.ts';
import { agree, isVolumeOpen } from '../walk/callback-data.ts';
import { callbackCount, copyNodes } from '../chain/callback-list.ts';
import { FltpPerformPostCallbacks, FltpPerformPreCallbacks, WALK_DOWN } from '../walk/callbacks.ts';
import { fillBytes } from '../../mem/memory.ts';
import { finishSwappedBuffers } from '../walk/dispatch-slow.ts';
import { freeSaved } from '../walk/walk-slow.ts';
import { majorSlot } from '../attach/object.ts';
import { FLT_IO_PARAMETER_BLOCK, FLT_RELATED_OBJECTS } from '../types.ts';
import { IRP_MJ_READ, IRP_MJ_RELEASE_FOR_CC_FLUSH, IRP_MJ_WRITE } from '../../ntos/io/types.ts';
import { KTHREAD } from '../../ntos/ke/prcb.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_VOLUME } from '../types.ts';

const c = IRP_CTRL.bound;
const { PreviousMode } = KTHREAD.bound;

/** One operation without an IRP. */
export interface FastCallRequest {
  readonly volume: PFLT_VOLUME;
  /** FLTFL_CALLBACK_DATA_FAST_IO_OPERATION or ..._FS_FILTER_OPERATION. */
  readonly kind: number;
  readonly major: number;
  readonly minor: number;
  readonly file: number;
  /** Only instances below this one take part; 0 for all. */
  readonly initiator?: number;
  /** Lays the parameters over the sheet. */
  fill(ctrl: PIRP_CTRL): void;
  /** Calls the driver below and puts its result into the sheet; false when it cannot. */
  lower(ctrl: PIRP_CTRL): boolean;
  /** Takes the result out of the sheet. */
  finish(ctrl: PIRP_CTRL): void;
  /** Calls the driver below when no filter takes part. */
  pass(): boolean;
}

/** What the parts of a fast call share. */
export interface FastCall {
  readonly ctrl: PIRP_CTRL;
}

function prepare(ctrl: PIRP_CTRL, request: FastCallRequest, count: number): void {
  c.set_Flags(ctrl, 0);
  c.set_Irp(ctrl, 0 as never);
  c.set_Volume(ctrl, request.volume);
  c.set_NodeCount(ctrl, count);
  c.set_DispatchThread(ctrl, currentThread);
  c.set_OwnedData(ctrl, 0);
  c.set_IsPended(ctrl, 0);
  fillBytes(c.at_Related(ctrl), 0, FLT_RELATED_OBJECTS.size);
  c.set_Related_Size(ctrl, FLT_RELATED_OBJECTS.size);
  c.set_Related_Volume(ctrl, request.volume);
  c.set_Data_Flags(ctrl, request.kind);
  c.set_Data_Thread(ctrl, currentThread);
  c.set_Data_RequestorMode(ctrl, PreviousMode(currentThread));
  c.set_Data_TagData(ctrl, 0 as never);
  c.set_Data_IoStatus_Status(ctrl, 0 as NTSTATUS);
  c.set_Data_IoStatus_Information(ctrl, 0);
  fillBytes(c.at_Iopb(ctrl), 0, FLT_IO_PARAMETER_BLOCK.size);
  c.set_Iopb_MajorFunction(ctrl, request.major);
  c.set_Iopb_MinorFunction(ctrl, request.minor);
  c.set_Iopb_TargetFileObject(ctrl, request.file as never);
  request.fill(ctrl);
  agree(ctrl);
}

/**
 * Takes an operation without an IRP through the filters of a volume.
 *
 * @returns false when the driver below could not do it fast; the caller sends an IRP then. A
 *   filter's refusal shows as STATUS_FLT_DISALLOW_FAST_IO in the result.
 */
export function callWithFilters(request: FastCallRequest): boolean {
  const slot = majorSlot(request.major);
  if (callbackCount(request.volume, slot) === 0) return request.pass();
  const ctrl = request.major >= IRP_MJ_RELEASE_FOR_CC_FLUSH ? sheetForPaging() : allocateSheet();
  if (ctrl === 0) return false;
  const isTransfer = request.major === IRP_MJ_READ || request.major === IRP_MJ_WRITE;
  const fast = request.kind === FLTFL_CALLBACK_DATA_FAST_IO_OPERATION;
  const skip =
    (isVolumeOpen(request.file) ? 0 : FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO) |
    (fast && isTransfer ? FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO : 0);
  const count = copyNodes(ctrl, request.volume, slot, skip, request.initiator ?? 0, 0);
  if (count === 0) {
    giveSheetBack(ctrl);
    return request.pass();
  }
  prepare(ctrl, request, count);
  let from: number;
  if (FltpPerformPreCallbacks(ctrl, 0) === WALK_DOWN) {
    // A filter may have redirected it: other filters take part then.
    from = c.NodeCount(ctrl) - 1;
    c.set_Phase(ctrl, PHASE_BELOW);
    if (!request.lower(ctrl)) {
      c.set_Data_IoStatus_Status(ctrl, STATUS_FLT_DISALLOW_FAST_IO);
      c.set_Data_IoStatus_Information(ctrl, 0);
    }
  } else {
    from = c.Position(ctrl) - 1;
  }
  FltpPerformPostCallbacks(ctrl, from);
  request.finish(ctrl);
  // A filter may have locked the buffer (FltLockUserBuffer): its MDL goes with the operation.
  if ((c.Flags(ctrl) & CTRL_SWAPPED_MDL) !== 0) finishSwappedBuffers(ctrl);
  if ((c.Flags(ctrl) & CTRL_SAVED) !== 0) freeSaved(ctrl);
  giveSheetBack(ctrl);
  return true;
}
