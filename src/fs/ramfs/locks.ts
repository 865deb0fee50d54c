// Taking and giving the locks of the RAM file system; their order is drawn in types.ts. The
// resources are taken in a critical region, which the dispatch layer enters (fsd.ts), and always
// with waiting: PASSIVE_LEVEL, or APC_LEVEL for paging I/O.
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExReleaseResourceLite }
  from '../../ntos/ex/lock/resource.ts';
import { acquireKernelLock, releaseKernelLock } from '../../ntos/ke/kernel-lock.ts';
import { RAMFS_FCB, RAMFS_SCB, RAMFS_VCB } from './types.ts';
import type { PERESOURCE } from '../../ntos/ex/types.ts';
import type { PFCB, PSCB, PVCB } from './types.ts';

const { at_Namespace } = RAMFS_VCB.bound;
const { at_MainResource, at_PagingIoResource } = RAMFS_SCB.bound;
const { at_InfoLock } = RAMFS_FCB.bound;

/** Names are about to change, or opens. */
export function lockNamespace(vcb: PVCB): void {
  ExAcquireResourceExclusiveLite(at_Namespace(vcb) as PERESOURCE, true);
}

/** Names are read. */
export function shareNamespace(vcb: PVCB): void {
  ExAcquireResourceSharedLite(at_Namespace(vcb) as PERESOURCE, true);
}

/** Gives it back, however it was taken. */
export function unlockNamespace(vcb: PVCB): void {
  ExReleaseResourceLite(at_Namespace(vcb) as PERESOURCE);
}

/** Sizes or contents are about to change. */
export function lockMain(scb: PSCB): void {
  ExAcquireResourceExclusiveLite(at_MainResource(scb) as PERESOURCE, true);
}

/** Sizes or contents are read. */
export function shareMain(scb: PSCB): void {
  ExAcquireResourceSharedLite(at_MainResource(scb) as PERESOURCE, true);
}

/** Gives it back, however it was taken. */
export function unlockMain(scb: PSCB): void {
  ExReleaseResourceLite(at_MainResource(scb) as PERESOURCE);
}

/** Pages are about to be taken away; Main is held exclusively. */
export function lockPaging(scb: PSCB): void {
  ExAcquireResourceExclusiveLite(at_PagingIoResource(scb) as PERESOURCE, true);
}

/** Paging I/O reads or writes pages. */
export function sharePaging(scb: PSCB): void {
  ExAcquireResourceSharedLite(at_PagingIoResource(scb) as PERESOURCE, true);
}

/** Gives it back, however it was taken. */
export function unlockPaging(scb: PSCB): void {
  ExReleaseResourceLite(at_PagingIoResource(scb) as PERESOURCE);
}

/** Times, attributes or shown sizes are read or written: a few instructions. */
export function lockInfo(fcb: PFCB): void {
  acquireKernelLock(at_InfoLock(fcb));
}

/** Gives it back. */
export function unlockInfo(fcb: PFCB): void {
  releaseKernelLock(at_InfoLock(fcb));
}
