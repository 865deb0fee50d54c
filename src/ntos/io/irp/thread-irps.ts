// The IRPs that a thread issued and did not wait for. The list belongs to the thread alone: an IRP
// comes onto it when it is sent and leaves it when it is finished, which happens in this thread too
// (a special kernel APC), so whoever walks it at APC_LEVEL needs no lock and meets no freed IRP.
import { KTHREAD, currentThread } from '../../ke/prcb.ts';
import { APC_LEVEL, KeLowerIrql, KfRaiseIrql } from '../../ke/irql.ts';
import { InsertTailList, RemoveEntryList, flink } from '../../rtl/list-entry.ts';
import { IRP } from '../types.ts';
import type { PIRP } from '../types.ts';

const { at_IrpList } = KTHREAD.bound;
const { at_ThreadListEntry } = IRP.bound;
const entryOffset = IRP.offsets['ThreadListEntry'] ?? 0;
const head = at_IrpList(currentThread);

/** Puts an IRP on this thread's list (IopQueueThreadIrp). IRQL <= APC_LEVEL. */
export function queueThreadIrp(irp: PIRP): void {
  const old = KfRaiseIrql(APC_LEVEL);
  InsertTailList(head, at_ThreadListEntry(irp));
  KeLowerIrql(old);
}

/** Takes an IRP off; one that never came onto a list is its own list. APC_LEVEL, its thread. */
export function dequeueThreadIrp(irp: PIRP): void {
  RemoveEntryList(at_ThreadListEntry(irp));
}

/** Visits this thread's IRPs, oldest first. The IRQL stays at APC_LEVEL while `visit` runs. */
export function forEachThreadIrp(visit: (irp: PIRP) => void): void {
  const old = KfRaiseIrql(APC_LEVEL);
  let at = flink(head);
  while (at !== head) {
    const next = flink(at);
    visit((at - entryOffset) as PIRP);
    at = next;
  }
  KeLowerIrql(old);
}
