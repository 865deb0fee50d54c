// What must hold before a filter initiates I/O (6.1): the instance is one, the file object is open
// (IO-5), the thread can see its I/O end and is not in the middle of a file system's work (IO-6).
import { load } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { KeAreAllApcsDisabled } from '../../ntos/ke/apc.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE, FO_FILE_OPEN, FO_FILE_OPEN_CANCELLED }
  from '../../ntos/io/types.ts';
import { IoGetTopLevelIrp } from '../../ntos/io/irp/top-level-irp.ts';
import { FLT_INSTANCE, FLT_OBJECT, FLT_OBJECT_INSTANCE, INSTANCE_DETACHING, INSTANCE_FREE,
  INSTANCE_STATE_MASK } from '../attach/object.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

const { Kind } = FLT_OBJECT.bound;
const { at_State } = FLT_INSTANCE.bound;
const { Flags, FsContext } = FILE_OBJECT.bound;

/** The instance must exist; I/O may be initiated until its teardown is complete (TD-1). */
export function checkInstance(routine: string, instance: PFLT_INSTANCE): void {
  const isOne = instance !== 0 &&
    Kind(instance as number as Ptr<'FLT_OBJECT'>) === FLT_OBJECT_INSTANCE &&
    (load(at_State(instance)) & INSTANCE_STATE_MASK) !== INSTANCE_FREE;
  if (isOne) return;
  violation(RULE_UNLISTED, instance, `${routine}: InitiatingInstance is not an instance, or it ` +
    'is gone (6.1)');
}

/** Whether the instance is being torn down: creates and some others are refused then. */
export function isDetaching(instance: PFLT_INSTANCE): boolean {
  return (load(at_State(instance)) & INSTANCE_STATE_MASK) === INSTANCE_DETACHING;
}

/** Whether requests can be sent on a file object; in post-create it is open already (IO-5). */
export function isOpen(file: PFILE_OBJECT): boolean {
  const flags = Flags(file);
  if ((flags & (FO_CLEANUP_COMPLETE | FO_FILE_OPEN_CANCELLED)) !== 0) return false;
  return (flags & FO_FILE_OPEN) !== 0 || FsContext(file) !== 0;
}

/** The file object must be open: not in pre-create, not after cleanup (IO-5). */
export function checkOpen(routine: string, file: PFILE_OBJECT): void {
  if (file !== 0 && isOpen(file)) return;
  violation(RULE_UNLISTED, file, `${routine}: the file object is not open; requests need one ` +
    'that is, not in pre-create and not after cleanup (IO-5)');
}

/** PASSIVE_LEVEL, and no guarded region: the I/O below could never end (IO-6). */
export function checkMayBlock(routine: string): void {
  checkIrql(routine, PASSIVE_LEVEL);
  if (!KeAreAllApcsDisabled()) return;
  violation(RULE_UNLISTED, 0, `${routine} with special kernel APCs disabled; I/O completes ` +
    'through one, the thread would wait for ever (IO-6)');
}

/** TopLevelIrp must be NULL: the routine may come back into the file system (IO-6; verifier). */
export function checkTopLevel(routine: string): void {
  if (!boot.verifier || IoGetTopLevelIrp() === 0) return;
  violation(RULE_UNLISTED, IoGetTopLevelIrp(), `${routine} with a TopLevelIrp that is not NULL; ` +
    'it may recurse into the file system that this thread works for and deadlock (IO-6)');
}
