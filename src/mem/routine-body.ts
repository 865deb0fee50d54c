// What lies behind a routine's number, for who calls it very often: the driver's own function,
// without the frame that turns addresses into views (image/operation-frame.ts). A compiled chain
// makes that frame once for all of its callbacks, so that V8 has room to put them into the chain.
import type { Routine } from './routine.ts';

/** Something that is moved to an address: a view, an out parameter. */
export interface Movable {
  address: number;
}

export interface RoutineBody {
  readonly name: string;
  /** (data, objects, context, flags), the first two as views. */
  readonly routine: (
    data: object, objects: object, context: Movable | number, flags?: number,
  ) => number;
  /** What the context is given as; null where it is a number. */
  readonly box: Movable | null;
  /** What becomes of an exception that the routine lets escape. */
  threw(name: string, thrown: unknown): never;
}

const bodies = new WeakMap<Routine, RoutineBody>();

/** Says what lies behind a routine. */
export function noteBody(routine: Routine, body: RoutineBody): void {
  bodies.set(routine, body);
}

/** What lies behind a routine; undefined where nobody said it. */
export function bodyOf(routine: Routine | undefined): RoutineBody | undefined {
  return routine === undefined ? undefined : bodies.get(routine);
}
