// The process for which an IRP was issued: that of the thread which issued it, as it stands now.
// A requestor thread that plays many processes changes it between operations, so it is exact while
// the operation is synchronous, which byte-range locks of applications are.
import { IRP } from '../io/types.ts';
import { IoThreadToProcess, PsGetCurrentProcess } from '../ob/process.ts';
import type { PEPROCESS } from '../ob/process.ts';
import type { PIRP } from '../io/types.ts';

const { Tail_Overlay_Thread: Thread } = IRP.bound;

/** The process of the issuer; of the current thread when the IRP has none. IRQL <= DISPATCH. */
export function requestorOf(irp: PIRP): PEPROCESS {
  const thread = Thread(irp);
  return thread === 0 ? PsGetCurrentProcess() : IoThreadToProcess(thread);
}
