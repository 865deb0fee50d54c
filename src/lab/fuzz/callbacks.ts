// Counts what the drivers of this thread are called for, by major and minor function.
import { views } from '../../mem/memory.ts';
import { FLT_CALLBACK_DATA, FLT_IO_PARAMETER_BLOCK } from '../../fltmgr/types.ts';
import { DRIVER_ENTERED, ROLE_POST, ROLE_PRE } from '../../trace/event.ts';
import { hearAlso } from '../../verifier/judge.ts';

const data = FLT_CALLBACK_DATA.bind(views);
const block = FLT_IO_PARAMETER_BLOCK.bind(views);
type PDATA = Parameters<typeof data.Flags>[0];
const CODES = 256;

/** Counts callbacks, pre and post, from now on; what is returned: by major << 8 | minor. */
export function countCallbacks(): () => Map<number, number> {
  const counts = new Uint32Array(CODES * CODES);
  hearAlso(DRIVER_ENTERED, (_routine, role, first) => {
    if ((role !== ROLE_PRE && role !== ROLE_POST) || first === 0) return;
    const iopb = data.Iopb(first as PDATA) as Parameters<typeof block.MajorFunction>[0];
    counts[(block.MajorFunction(iopb) << 8) | block.MinorFunction(iopb)]! += 1;
  });
  return () => new Map(Array.from(counts.entries()).filter(([, count]) => count > 0));
}
