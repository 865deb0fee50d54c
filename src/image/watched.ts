// Where the flight recorder sees a driver's routine begin and end. Nothing is wrapped when nothing
// is recorded. The routine's number is the one that imageRoutine gives next.
import { nextImageRoutine } from '../mem/routine.ts';
import { tracer } from '../trace/tracer.ts';
import { DRIVER_ENTERED, DRIVER_LEFT, ROLE_POST, THREW } from '../trace/event.ts';
import { driven } from './conduct.ts';
import type { Routine } from '../mem/routine.ts';

/** The routine, seen by the recorder; `what` is a ROLE_*. Call it right before imageRoutine. */
export function watched(what: number, routine: Routine): Routine {
  const trace = tracer;
  const id = nextImageRoutine();
  const second = what === ROLE_POST ? 3 : 1;
  if (trace === null) return driven(what, id, routine);
  return driven(what, id, (...numbers) => {
    trace.event(DRIVER_ENTERED, id, what, numbers[0] ?? 0, numbers[second] ?? 0);
    let result: number;
    try {
      result = routine(...numbers);
    } catch (thrown) {
      trace.event(DRIVER_LEFT, id, what, 0, THREW);
      throw thrown;
    }
    trace.event(DRIVER_LEFT, id, what, result, 0);
    return result;
  });
}
