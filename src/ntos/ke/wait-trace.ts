// What the flight recorder hears of a wait for dispatcher objects; a mutex is also a lock that the
// thread wants and then has. Called only when something is recorded.
import { u8 } from '../../mem/memory.ts';
import { LOCK_MUTEX, LOCK_TAKEN, LOCK_WANTED, MODE_EXCLUSIVE, MODE_TRY, WAIT_ENDED, WAIT_OBJECT }
  from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import { STATUS_ABANDONED } from '../status-codes.ts';
import { WaitAll } from './dispatcher-object.ts';
import { MutantObject } from './types.ts';

/** Says what the thread is going to wait for; `isTest` when it will not sleep. */
export function traceObjects(objects: readonly number[], isTest: boolean): void {
  for (const [index, object] of objects.entries()) {
    const type = u8[object]!;
    tracer?.event(WAIT_OBJECT, object, type, index, objects.length);
    if (type === MutantObject && !isTest) {
      tracer?.event(LOCK_WANTED, object, LOCK_MUTEX, MODE_EXCLUSIVE, 0);
    }
  }
}

/** Says how the wait ended: which mutexes the thread owns now. */
export function traceEnd(
  objects: readonly number[], waitType: number, status: number, isTest: boolean,
): void {
  tracer?.event(WAIT_ENDED, objects[0] ?? 0, status, 0, 0);
  const index = status >= STATUS_ABANDONED ? status - STATUS_ABANDONED : status;
  if (index < 0 || index >= objects.length) return;
  const mode = isTest ? MODE_TRY : MODE_EXCLUSIVE;
  for (const object of waitType === WaitAll ? objects : objects.slice(index, index + 1)) {
    if (u8[object] === MutantObject) tracer?.event(LOCK_TAKEN, object, LOCK_MUTEX, mode, 0);
  }
}
