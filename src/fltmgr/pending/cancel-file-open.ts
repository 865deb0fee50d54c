// FltCancelFileOpen (4.5): a post-create callback undoes a successful open before anybody has a
// handle to it. The instances below and the file system see a cleanup and a close; those above see
// only a create that failed, so the filter sets a failing IoStatus as well (POST-18, POST-21).
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { FLTMGR_FILE_SYSTEM } from '../../ntos/ke/bug-check-codes.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { KTHREAD, currentThread } from '../../ntos/ke/prcb.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE, FO_FILE_OPEN_CANCELLED, FO_HANDLE_CREATED,
  IRP_MJ_CLEANUP, IRP_MJ_CLOSE, IRP_MJ_CREATE, IRP_SYNCHRONOUS_API } from '../../ntos/io/types.ts';
import { requestOutOfMemory } from '../../ntos/io/irp/misuse.ts';
import { IRP_CTRL, PHASE_POST, forEachSheet, sheetOf } from '../walk/irp-ctrl.ts';
import { checkInstance } from '../initiated/initiated-check.ts';
import { initiate } from '../initiated/initiated-request.ts';
import { checkIrql, violation } from '../violation.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../../ntos/status-codes.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_INSTANCE } from '../types.ts';

const c = IRP_CTRL.bound;
const f = FILE_OBJECT.bound;
const { CurrentData } = KTHREAD.bound;
const RULE = 26;

function isPostCreate(ctrl: PIRP_CTRL, instance: PFLT_INSTANCE, file: PFILE_OBJECT): boolean {
  return c.Phase(ctrl) === PHASE_POST && c.Iopb_MajorFunction(ctrl) === IRP_MJ_CREATE &&
    c.Iopb_TargetFileObject(ctrl) === file && c.Related_Instance(ctrl) === instance;
}

/** The create of this file is at this instance's post-op: in this thread, or pended (POST-19). */
function inPostCreate(instance: PFLT_INSTANCE, file: PFILE_OBJECT): boolean {
  const data = CurrentData(currentThread) as PFLT_CALLBACK_DATA;
  if (data !== 0 && isPostCreate(sheetOf(data), instance, file)) return true;
  let found = false;
  forEachSheet((ctrl) => (found ||= isPostCreate(ctrl, instance, file)));
  return found;
}

function sendEnd(instance: PFLT_INSTANCE, file: PFILE_OBJECT, major: number): void {
  const { status } = initiate({ instance, file, major, irpFlags: IRP_SYNCHRONOUS_API });
  if (status === STATUS_INSUFFICIENT_RESOURCES) requestOutOfMemory(file, major);
}

/**
 * Closes a file that a create has just opened. PASSIVE_LEVEL, in the post-create callback of
 * `Instance` or in the worker it posted the create to; before any handle exists.
 *
 * Nothing else is undone: a new file stays, a truncated one stays truncated. Not needed after
 * STATUS_REPARSE, which opened nothing (POST-22).
 *
 * Bug checks: 0xF5/0x6A when a handle was created (POST-20), 0xC4/0xF51A elsewhere than in
 * post-create (POST-19).
 */
export function FltCancelFileOpen(Instance: PFLT_INSTANCE, FileObject: PFILE_OBJECT): void {
  const name = 'FltCancelFileOpen';
  checkIrql(name, PASSIVE_LEVEL);
  checkInstance(name, Instance);
  const flags = f.Flags(FileObject);
  if ((flags & FO_HANDLE_CREATED) !== 0) {
    KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x6a, Instance, FileObject, flags,
      `${name}: a handle to the file object exists already; the open cannot be taken back ` +
        '(POST-20)');
  }
  if (!inPostCreate(Instance, FileObject)) {
    violation(RULE, FileObject, `${name} outside of the post-create callback of this file ` +
      '(POST-19)');
  }
  if ((flags & FO_FILE_OPEN_CANCELLED) !== 0 || f.FsContext(FileObject) === 0) {
    violation(RULE, FileObject, `${name}: nothing is open: cancelled already, or the create ` +
      'failed (POST-18)');
  }
  sendEnd(Instance, FileObject, IRP_MJ_CLEANUP);
  f.set_Flags(FileObject, f.Flags(FileObject) | FO_CLEANUP_COMPLETE | FO_FILE_OPEN_CANCELLED);
  sendEnd(Instance, FileObject, IRP_MJ_CLOSE);
  // The file system's structures are gone: whoever looks at them through the file object is told.
  f.set_FsContext(FileObject, 0);
  f.set_FsContext2(FileObject, 0);
  f.set_SectionObjectPointer(FileObject, 0 as never);
  f.set_PrivateCacheMap(FileObject, 0);
}
