// What dispatching does rarely: operations that a minifilter initiated, registration flags that
// make a filter skip an operation, the wait for an operation that comes back in another thread.
import { i32 } from '../mem/memory.ts';
import { store } from '../atomics-sync/atomics.ts';
import { PARK, SPIN_THEN_PARK, parkWhile } from '../atomics-sync/park.ts';
import { load } from '../atomics-sync/atomics.ts';
import { boot } from '../mem/boot-options.ts';
import { KTHREAD, THREAD_RUNNING, THREAD_WAITING, currentThread } from '../ntos/ke/prcb.ts';
import { deliverApcsIfPossible } from '../ntos/ke/apc.ts';
import { waitAlone } from '../ntos/ke/inline-wait.ts';
import { IofCompleteRequest } from '../ntos/io/completion.ts';
import { IO_STACK_LOCATION, IRP, IRP_MJ_READ, IRP_MJ_WRITE, IRP_NOCACHE, IRP_PAGING_IO }
  from '../ntos/io/types.ts';
import { IoFreeMdl, MmUnlockPages } from '../ntos/io/mdl.ts';
import { MDL, MDL_PAGES_LOCKED } from '../ntos/io/types.ts';
import { STATUS_INSUFFICIENT_RESOURCES } from '../ntos/status-codes.ts';
import { FLTFL_OPERATION_REGISTRATION_SKIP_CACHED_IO as SKIP_CACHED,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_CACHED_NON_PAGING_IO as SKIP_NON_CACHED_NON_PAGING,
  FLTFL_OPERATION_REGISTRATION_SKIP_NON_DASD_IO as SKIP_NON_DASD,
  FLTFL_OPERATION_REGISTRATION_SKIP_PAGING_IO as SKIP_PAGING } from './constants.ts';
import { COMPLETION_NODE, CTRL_INITIATED, CTRL_REISSUED, IRP_CTRL, NODE_RETAINED_MDL, nodeOf }
  from './irp-ctrl.ts';
import { isVolumeOpen } from './callback-data.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PIO_STACK_LOCATION, PIRP } from '../ntos/io/types.ts';
import type { PIRP_CTRL } from './irp-ctrl.ts';
import type { PFLT_INSTANCE } from './types.ts';

const { Tail_Overlay_IrpExtension: InitiatingInstance, Flags, set_IoStatus_Status,
  set_IoStatus_Information } = IRP.bound;
const { MajorFunction, FileObject } = IO_STACK_LOCATION.bound;
const { NodeCount } = IRP_CTRL.bound;
const { SwappedMdl, set_SwappedMdl, Flags: nodeFlags } = COMPLETION_NODE.bound;
const { set_State } = KTHREAD.bound;
const { MdlFlags } = MDL.bound;

/** Whether a minifilter sent the IRP: it names its instance (initiated-io.ts). */
export function isInitiated(irp: PIRP): boolean {
  return InitiatingInstance(irp) !== 0;
}

/** The instance below which the operation starts (IO-1); the low bit says how it came. */
export function initiatorOf(irp: PIRP): PFLT_INSTANCE {
  return (InitiatingInstance(irp) & ~1) as PFLT_INSTANCE;
}

/** Whether the instance sends an operation of its own or one that it reissues (POST-27). */
export function initiatedFlag(irp: PIRP): number {
  return (InitiatingInstance(irp) & 1) === 0 ? CTRL_INITIATED : CTRL_REISSUED;
}

/** The registration flags with which a filter does not see this operation (1.2). */
export function skipFlags(irp: PIRP, location: PIO_STACK_LOCATION): number {
  const major = MajorFunction(location);
  const skip = isVolumeOpen(FileObject(location)) ? 0 : SKIP_NON_DASD;
  if (major !== IRP_MJ_READ && major !== IRP_MJ_WRITE) return skip;
  const flags = Flags(irp);
  if (flags & IRP_PAGING_IO) return skip | SKIP_PAGING;
  return skip | (flags & IRP_NOCACHE ? SKIP_NON_CACHED_NON_PAGING : SKIP_CACHED);
}

/** Every sheet is out: the operation fails for lack of memory. */
export function noSheet(irp: PIRP): NTSTATUS {
  set_IoStatus_Status(irp, STATUS_INSUFFICIENT_RESOURCES);
  set_IoStatus_Information(irp, 0);
  IofCompleteRequest(irp);
  return STATUS_INSUFFICIENT_RESOURCES;
}

/**
 * Waits until the operation is handed back to this thread. Kernel APCs run meanwhile, as in any
 * wait: the completion of other I/O of the thread may come by one.
 */
export function waitForReturn(_ctrl: PIRP_CTRL, word: number): void {
  set_State(currentThread, THREAD_WAITING);
  let spins = SPIN_THEN_PARK;
  while (load(word) === 0) {
    if (boot.inline) waitAlone(word, 0, Infinity);
    else parkWhile(word, 0, 10, spins);
    spins = PARK;
    deliverApcsIfPossible();
  }
  // The next hand-over of the same operation finds the word clear.
  store(word, 0);
  set_State(currentThread, THREAD_RUNNING);
}

/** Frees the MDLs that filters gave with their buffers, unless a filter kept its own (POST-32). */
export function finishSwappedBuffers(ctrl: PIRP_CTRL): void {
  for (let i = 0; i < NodeCount(ctrl); i++) {
    const at = nodeOf(ctrl, i);
    const mdl = SwappedMdl(at);
    if (mdl === 0 || (nodeFlags(at) & NODE_RETAINED_MDL) !== 0) continue;
    if (MdlFlags(mdl) & MDL_PAGES_LOCKED) MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    set_SwappedMdl(at, 0 as never);
  }
}

/** The raw word of a sheet, for reports. */
export function sheetWord(ctrl: PIRP_CTRL, offset: number): number {
  return i32[(ctrl + offset) >> 2]!;
}
