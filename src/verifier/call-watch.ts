// Where the flight recorder sees a driver call a routine of the kernel and get its answer. Nothing
// is wrapped when nothing is recorded. The judge thereby knows which routine a driver is in when
// something happens further down.
import { ROUTINE_CALLED, ROUTINE_RETURNED } from '../trace/event.ts';
import { tracer } from '../trace/tracer.ts';
import { internText } from './finding/text-pool.ts';

type Loose = (...args: unknown[]) => unknown;

const word = (x: unknown): number => (typeof x === 'number' ? x : x === true ? 1 : 0);

/** Routines that only compute: recording them would push everything else out of the rings. */
const quiet = /^(FLT_|NT_|FlagOn|Interlocked|IsListEmpty|Init|KeGetCurrent|KeMemory|Rtl.*Bit)/;

/** The routine as the recorder sees it. */
export function watchCall<F>(name: string, routine: F): F {
  const trace = tracer;
  if (trace === null || name === '' || quiet.test(name)) return routine;
  const f = routine as unknown as Loose;
  const call: Loose = (...args) => {
    const id = internText(name);
    trace.event(ROUTINE_CALLED, id, word(args[0]), word(args[1]), word(args[7]));
    try {
      const result = f(...args);
      trace.event(ROUTINE_RETURNED, id, word(result), 0, 0);
      return result;
    } catch (thrown) {
      trace.event(ROUTINE_RETURNED, id, 0, 0, 0);
      throw thrown;
    }
  };
  return call as unknown as F;
}
