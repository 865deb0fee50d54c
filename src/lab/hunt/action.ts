// What an event of a schedule was, in words: `add count 3`, `KeSetEvent`, `sleeps on flag`.
import { MAX_THREADS } from '../../atomics-sync/schedule/board.ts';
import { markOf } from '../../atomics-sync/schedule/strategies/near.ts';
import * as point from '../../atomics-sync/schedule/point.ts';
import type { ScheduleEvent } from './outcome.ts';

type Labels = Readonly<Record<number, string>>;

function nameOf(object: number, labels: Labels): string {
  return labels[object] ?? `0x${object.toString(16)}`;
}

function call(event: ScheduleEvent, routines: ReadonlyMap<number, string>, on: string): string {
  if (event.object >= markOf(0) && event.object < markOf(MAX_THREADS)) {
    return 'begins its next operation';
  }
  const routine = routines.get(event.operand) ?? `routine ${event.operand}`;
  return event.object === 0 ? routine : `${routine}(${on})`;
}

/** The event without its thread. */
export function actionOf(
  event: ScheduleEvent, routines: ReadonlyMap<number, string>, labels: Labels = {},
): string {
  const on = nameOf(event.object, labels);
  const { before, operand } = event;
  switch (event.kind) {
    case point.POINT_START: return 'begins';
    case point.POINT_READ: return `${on} is ${before}`;
    case point.POINT_WRITE: return `${on} = ${operand}`;
    case point.POINT_UPDATE: return `${on}: ${before}, with ${operand}`;
    case point.POINT_WAIT: return `sleeps while ${on} is ${operand}`;
    case point.POINT_WAKE: return `wakes ${operand > 1000 ? 'all' : operand} of ${on}`;
    case point.POINT_YIELD: return 'lets others run';
    case point.POINT_FAULT: return `chooses ${operand} of ${before}`;
    case point.POINT_RESUME: return `is awake (${on})`;
    case point.POINT_TIMEOUT: return `its time is over (${on})`;
    case point.POINT_CALL: return call(event, routines, on);
    case point.POINT_DATA_READ: return `reads ${on}: ${before}`;
    case point.POINT_DATA_WRITE: return `writes ${on}, was ${before}`;
    default: return `${point.pointNames[event.kind] ?? event.kind} ${on}`;
  }
}
