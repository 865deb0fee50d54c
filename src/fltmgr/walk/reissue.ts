// FltReissueSynchronousIo (4.6): an operation that has come back up is sent down once more, to the
// instances below the initiator and the file system only, and its result takes the place of the
// first one. Those below get fresh callbacks with FLTFL_CALLBACK_DATA_REISSUED_IO.
//
// The operation travels in an IRP of its own, a copy of the parameters as they stand: the first one
// is at the Filter Manager and stays there. Simplification: cancelling the first IRP meanwhile does
// not cancel the second.
import { copyBytes, i32 } from '../../mem/memory.ts';
import { ExFreePool } from '../../ntos/ex/pool/pool.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { currentThread } from '../../ntos/ke/prcb.ts';
import { FILE_OBJECT, FO_FILE_OPEN_CANCELLED, IRP, IRP_DEALLOCATE_BUFFER, IRP_MJ_CREATE,
  IRP_PAGING_IO } from '../../ntos/io/types.ts';
import { STATUS_CANCELLED, STATUS_INSUFFICIENT_RESOURCES } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_DIRTY, FLTFL_CALLBACK_DATA_IRP_OPERATION,
  FLTFL_CALLBACK_DATA_REISSUE_MASK } from '../constants.ts';
import { revert } from './callback-data.ts';
import { COMPLETION_NODE, IRP_CTRL, PHASE_POST, nodeOf, sheetOf } from './irp-ctrl.ts';
import { checkInstance } from '../initiated/initiated-check.ts';
import { sendOwnData } from '../initiated/initiated-send.ts';
import { FLT_OWN_DATA, OWN_DONE, OWN_INTERNAL, OWN_REISSUED, createOwnData, isOwnData, ownPart,
  ownState, releaseOwnData } from '../initiated/own-data.ts';
import { mdlWord } from '../initiated/own-mdl.ts';
import { FLT_IO_PARAMETER_BLOCK } from '../types.ts';
import { RULE_OWN_DATA, RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP, PMDL } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';

const c = IRP_CTRL.bound;
const n = COMPLETION_NODE.bound;
const o = FLT_OWN_DATA.bound;
const { Flags: fileFlags } = FILE_OBJECT.bound;
const { set_MdlAddress } = IRP.bound;
const NAME = 'FltReissueSynchronousIo';

function setResult(ctrl: PIRP_CTRL, status: NTSTATUS): void {
  c.set_Data_IoStatus_Status(ctrl, status);
  c.set_Data_IoStatus_Information(ctrl, 0);
}

/** An operation may be reissued where it is synchronised with the thread (POST-25, POST-26). */
function checkOperation(ctrl: PIRP_CTRL, instance: PFLT_INSTANCE): void {
  const data = c.at_Data(ctrl);
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_IRP_OPERATION) === 0) {
    violation(RULE_UNLISTED, data, `${NAME} for an operation that is not IRP-based (POST-25)`);
  }
  if (c.Phase(ctrl) !== PHASE_POST) {
    violation(RULE_UNLISTED, data, `${NAME} outside of a post-operation callback (POST-25)`);
  }
  const node = nodeOf(ctrl, c.Position(ctrl));
  if (n.Instance(node) !== instance) {
    violation(RULE_UNLISTED, data, `${NAME}: InitiatingInstance is not the instance whose post-` +
      'operation callback has the operation (POST-26)');
  }
  if (c.Iopb_MajorFunction(ctrl) !== IRP_MJ_CREATE && n.Thread(node) === 0) {
    violation(RULE_UNLISTED, data, `${NAME}: the operation is not synchronised; its ` +
      'pre-operation callback must return FLT_PREOP_SYNCHRONIZE (POST-25)');
  }
}

/** A reparse's data is of no use once the create goes down again (POST-29). */
function dropTagData(ctrl: PIRP_CTRL): void {
  const tag = c.Data_TagData(ctrl);
  if (tag === 0) return;
  c.set_Data_TagData(ctrl, 0 as never);
  ExFreePool(tag);
}

function copyOf(ctrl: PIRP_CTRL, instance: PFLT_INSTANCE): PIRP_CTRL {
  const copy = createOwnData(instance, c.Iopb_TargetFileObject(ctrl) as never,
    OWN_INTERNAL | OWN_REISSUED);
  if (copy === 0) return copy;
  copyBytes(c.at_Iopb(copy), c.at_Iopb(ctrl), FLT_IO_PARAMETER_BLOCK.size);
  c.set_Iopb_TargetInstance(copy, instance);
  c.set_Iopb_IrpFlags(copy, c.Iopb_IrpFlags(ctrl) & ~IRP_DEALLOCATE_BUFFER);
  c.set_Data_Flags(copy, c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_REISSUE_MASK);
  c.set_Data_Thread(copy, c.Data_Thread(ctrl));
  c.set_Data_RequestorMode(copy, c.Data_RequestorMode(ctrl));
  o.set_Flags(ownPart(copy), OWN_INTERNAL | OWN_REISSUED);
  return copy;
}

function reissueOperation(ctrl: PIRP_CTRL, instance: PFLT_INSTANCE): void {
  checkOperation(ctrl, instance);
  const file = c.Iopb_TargetFileObject(ctrl);
  if (file !== 0 && (fileFlags(file) & FO_FILE_OPEN_CANCELLED) !== 0) {
    setResult(ctrl, STATUS_CANCELLED);
    return;
  }
  // Changes count only when the filter said that it made some (POST-28).
  if ((c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_DIRTY) === 0) revert(ctrl);
  dropTagData(ctrl);
  const copy = copyOf(ctrl, instance);
  if (copy === 0) {
    setResult(ctrl, STATUS_INSUFFICIENT_RESOURCES);
    return;
  }
  sendOwnData(copy);
  c.set_Data_IoStatus_Status(ctrl, c.Data_IoStatus_Status(copy));
  c.set_Data_IoStatus_Information(ctrl, c.Data_IoStatus_Information(copy));
  c.set_Data_TagData(ctrl, c.Data_TagData(copy));
  c.set_Data_TagData(copy, 0 as never);
  const at = mdlWord(copy);
  const mdl = at === 0 ? 0 : i32[at >> 2]!;
  releaseOwnData(copy);
  // Those above see the parameters as they were before this filter changed them.
  revert(ctrl);
  c.set_Data_Flags(ctrl, c.Data_Flags(ctrl) & ~FLTFL_CALLBACK_DATA_DIRTY);
  if (at !== 0) takeMdl(ctrl, mdl as PMDL);
}

/** An MDL that was made below belongs to the IRP from here on, whose issuer frees it. */
function takeMdl(ctrl: PIRP_CTRL, mdl: PMDL): void {
  const word = mdlWord(ctrl) >> 2;
  if (i32[word] === mdl || mdl === 0) return;
  i32[word] = mdl;
  c.set_OriginalMdl(ctrl, mdl);
  set_MdlAddress(c.Irp(ctrl) as PIRP, mdl);
}

/** The filter's own data, after FltPerformSynchronousIo: sent again as it stands (IO-10). */
function reissueOwn(ctrl: PIRP_CTRL, instance: PFLT_INSTANCE): void {
  const own = ownPart(ctrl);
  if (ownState(ctrl) !== OWN_DONE || o.Instance(own) !== instance) {
    violation(RULE_OWN_DATA, c.at_Data(ctrl), `${NAME}: the callback data was not sent by ` +
      'FltPerformSynchronousIo of this instance before (POST-25, POST-26)');
  }
  o.set_Flags(own, o.Flags(own) | OWN_REISSUED);
  c.set_Data_Thread(ctrl, currentThread);
  sendOwnData(ctrl);
}

/**
 * Sends an operation again, below `InitiatingInstance` only, and waits; the result is in IoStatus.
 * PASSIVE_LEVEL, <= APC_LEVEL for paging I/O.
 *
 * For an operation in this filter's post-operation callback that is a create, or whose
 * pre-operation callback returned FLT_PREOP_SYNCHRONIZE; or for callback data of the filter's own
 * after FltPerformSynchronousIo. Changed parameters need FltSetCallbackDataDirty first. A create
 * whose open was cancelled gives STATUS_CANCELLED (POST-23).
 * @see 4.6, POST-24 to POST-29
 */
export function FltReissueSynchronousIo(
  InitiatingInstance: PFLT_INSTANCE,
  CallbackData: PFLT_CALLBACK_DATA,
): void {
  const ctrl = sheetOf(CallbackData);
  const paging = (c.Iopb_IrpFlags(ctrl) & IRP_PAGING_IO) !== 0;
  checkIrql(NAME, paging ? APC_LEVEL : PASSIVE_LEVEL);
  checkInstance(NAME, InitiatingInstance);
  if (isOwnData(CallbackData)) reissueOwn(ctrl, InitiatingInstance);
  else reissueOperation(ctrl, InitiatingInstance);
}
