// What each thread waits for, in shared memory beside the locks that it holds: written by the
// thread right before it sleeps, so that whoever looks for a deadlock finds everything. A record
// is good as long as its serial stays.
import { LONG, ULONG } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { views } from '../../mem/memory.ts';
import { routineName } from '../../mem/routine.ts';
import { struct } from '../../mem/struct.ts';
import { verifierArea } from '../area.ts';
import { THREAD_AREA } from '../lock/held-locks.ts';
import { storedStack } from '../finding/stack.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** The record of a thread. */
export const VF_WAIT = struct('VF_WAIT', {
  /** WAITS_*; 0 while the thread runs. */
  Kind: LONG,
  Object: ULONG,
  /** The kind of lock, the type of the dispatcher object. */
  Detail: LONG,
  IsTimed: LONG,
  /** Counts the waits of the thread. */
  Serial: LONG,
  Stack: LONG,
  Routine: ULONG,
  Image: LONG,
  /** How often the thread woke in a wait to look around: it had the processor, and sleeps on. */
  Looks: ULONG,
});
const w = VF_WAIT.bind(views);
const table = verifierArea('threads').start + 2048;
/** Where the record of a processor's thread lies. */
export const waitRecordOf = (processor: number): Ptr<'VF_WAIT'> =>
  (table + processor * THREAD_AREA) as Ptr<'VF_WAIT'>;
const at = waitRecordOf;
const mine = at(boot.processor);

/** For a lock, for a dispatcher object; then MEANS_* of trace/event.ts + 2. */
export const WAITS_LOCK = 1;
export const WAITS_OBJECT = 2;

/** A wait as plain data. */
export interface Wait {
  readonly processor: number;
  readonly kind: number;
  readonly object: number;
  readonly detail: number;
  readonly isTimed: boolean;
  readonly serial: number;
  readonly stack: readonly string[];
  /** The driver routine inside of which the thread waits; empty for none. */
  readonly routine: string;
  readonly image: number;
}

/** Says what this thread is about to sleep for. */
export function publishWait(
  kind: number, object: number, detail: number, isTimed: boolean, stack: number, routine: number,
  image: number,
): void {
  w.set_Object(mine, object);
  w.set_Detail(mine, detail);
  w.set_IsTimed(mine, isTimed ? 1 : 0);
  w.set_Stack(mine, stack);
  w.set_Routine(mine, routine);
  w.set_Image(mine, image);
  w.set_Serial(mine, w.Serial(mine) + 1);
  w.set_Kind(mine, kind);
}

/** This thread runs again. */
export function clearWait(): void {
  if (w.Kind(mine) === 0) return;
  w.set_Serial(mine, w.Serial(mine) + 1);
  w.set_Kind(mine, 0);
}

/** Which wait of a thread this is: another number means that the thread went on. */
export function waitSerial(processor: number): number {
  return w.Serial(at(processor));
}

/** This thread looks around in the middle of a wait. */
export function noteLook(): void {
  w.set_Looks(mine, w.Looks(mine) + 1);
}

/** How often a thread has looked around; it wraps. */
export function looksOf(processor: number): number {
  return w.Looks(at(processor));
}

/** Whether a thread has said that it sleeps, and for ever if need be. */
export function sleepsForEver(processor: number): boolean {
  return w.Kind(at(processor)) !== 0 && w.IsTimed(at(processor)) === 0;
}

/** What a thread waits for; undefined while it runs. */
export function waitOf(processor: number): Wait | undefined {
  const p = at(processor);
  const kind = w.Kind(p);
  if (kind === 0) return undefined;
  const routine = w.Routine(p);
  return {
    processor, kind, object: w.Object(p), detail: w.Detail(p), isTimed: w.IsTimed(p) !== 0,
    serial: w.Serial(p), stack: storedStack(w.Stack(p)),
    routine: routine === 0 ? '' : routineName(routine), image: w.Image(p),
  };
}
