// One event of the flight recorder as a line of a dump: its stamp, its level, what happened in
// words, with names where the recorder kept numbers.
import * as ev from '../../trace/event.ts';
import { statusName } from '../../ntos/status.ts';
import { irpName } from '../../fltmgr/data.ts';
import { textOf } from '../../verifier/finding/text-pool.ts';
import type { TraceEvent } from '../../trace/read-ring.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const faults = ['', 'an allocation', 'a request at the disk', 'a post to a worker'];

/** The four characters of a pool tag. */
function tagName(tag: number): string {
  return String.fromCharCode(tag & 0xff, (tag >> 8) & 0xff, (tag >> 16) & 0xff, tag >>> 24);
}

type Told = (event: TraceEvent, names: ReadonlyMap<number, string>) => string;

const routine: Told = ({ a }, names) => names.get(a) ?? `routine ${a}`;
const lock: Told = ({ a, b }) => `${ev.lockKindNames[b] ?? 'lock'} ${hex(a)}`;
const pool: Told = ({ a, b, c }) => `${b} bytes at ${hex(a)}, tag ${tagName(c)}`;
const operation: Told = ({ a }) => `operation ${hex(a)}`;

const details: Readonly<Record<number, Told>> = {
  [ev.DRIVER_ENTERED]: routine,
  [ev.DRIVER_LEFT]: (event, names) => `${routine(event, names)} with ${event.c}`,
  [ev.LOCK_MADE]: lock, [ev.LOCK_UNMADE]: lock, [ev.LOCK_WANTED]: lock, [ev.LOCK_TAKEN]: lock,
  [ev.LOCK_DROPPED]: lock, [ev.LOCK_SHARED]: lock, [ev.LOCK_GIVEN]: lock,
  [ev.POOL_TAKEN]: pool, [ev.POOL_GIVEN]: pool,
  [ev.ROUTINE_CALLED]: ({ a, b, c }) => `${textOf(a)}(${hex(b)}, ${hex(c)}, …)`,
  [ev.ROUTINE_RETURNED]: ({ a, b }) => `${textOf(a)}: ${hex(b)}`,
  [ev.OP_BEGAN]: ({ a, c }) => `${irpName(c)}, operation ${hex(a)}`,
  [ev.OP_SENT]: operation, [ev.OP_PENDED]: operation, [ev.OP_RESUMED]: operation,
  [ev.OP_GIVEN]: operation,
  [ev.OP_RETURNED]: ({ a, b }) => `operation ${hex(a)}, ${statusName(b)}`,
  [ev.OP_ENDED]: ({ a, b }) => `operation ${hex(a)}, ${statusName(b)}`,
  [ev.FAULT_INJECTED]: ({ a, b, c }) => `${faults[a] ?? 'something'}` +
    (a === ev.FAULT_ALLOCATION ? `, tag ${tagName(c)}: ${textOf(b).split('\n').join(' < ')}` : ''),
};

/** The line of an event. */
export function eventLine(event: TraceEvent, names: ReadonlyMap<number, string>): string {
  const { stamp, irql, kind, a } = event;
  const what = ev.eventNames[kind] ?? `event ${kind}`;
  const detail = details[kind]?.(event, names) ?? (a === 0 ? '' : hex(a));
  return `${String(stamp).padStart(9)}  IRQL ${irql}  ${what}${detail === '' ? '' : ` ${detail}`}`;
}
