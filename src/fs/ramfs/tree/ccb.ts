// One open of a stream: what the handle may do, by which name it was opened, how far its directory
// scan has come. Made under the namespace resource; the I/O manager's checks of a handle's access
// come first, and a request from kernel mode is not checked at all, as on NT.
import { FILE_OBJECT, IRP } from '../../../ntos/io/types.ts';
import { InsertTailList, RemoveEntryList, flink } from '../../../ntos/rtl/list-entry.ts';
import { RAMFS_CCB, RAMFS_SCB } from '../types.ts';
import { TAG_CCB, TAG_SCAN, givePool, takePaged } from '../pool.ts';
import type { PFILE_OBJECT, PIRP } from '../../../ntos/io/types.ts';
import type { PCCB, PLCB, PSCB } from '../types.ts';

const c = RAMFS_CCB.bound;
const b = RAMFS_SCB.bound;
const { FsContext, FsContext2 } = FILE_OBJECT.bound;
const { RequestorMode } = IRP.bound;
const KernelMode = 0;

/** Makes a CCB; NULL when there is no memory. */
export function createCcb(scb: PSCB, lcb: PLCB, flags: number, granted: number): PCCB {
  const ccb = takePaged(RAMFS_CCB.size, TAG_CCB) as PCCB;
  if (ccb === 0) return ccb;
  c.set_Scb(ccb, scb);
  c.set_Lcb(ccb, lcb);
  c.set_Flags(ccb, flags);
  c.set_GrantedAccess(ccb, granted);
  InsertTailList(b.at_Ccbs(scb), c.at_ListEntry(ccb));
  return ccb;
}

/** Gives a CCB back. */
export function freeCcb(ccb: PCCB): void {
  RemoveEntryList(c.at_ListEntry(ccb));
  givePool(c.ScanBuffer(ccb), TAG_SCAN);
  givePool(ccb, TAG_CCB);
}

/** The opens of a stream. The namespace resource is held. */
export function ccbsOf(scb: PSCB): PCCB[] {
  const head = b.at_Ccbs(scb);
  const all: PCCB[] = [];
  for (let at = flink(head); at !== head; at = flink(at)) all.push(at as PCCB);
  return all;
}

/** The stream a file object is open on; NULL when it is not one of ours. */
export function scbOf(file: PFILE_OBJECT): PSCB {
  return FsContext(file) as PSCB;
}

/** The open that a file object stands for. */
export function ccbOf(file: PFILE_OBJECT): PCCB {
  return FsContext2(file) as PCCB;
}

/** Whether the request may use one of these rights of the handle. */
export function mayUse(irp: PIRP, ccb: PCCB, rights: number): boolean {
  if (RequestorMode(irp) === KernelMode || rights === 0) return true;
  return (c.GrantedAccess(ccb) & rights) !== 0;
}
