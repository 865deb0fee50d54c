// Byte-range locks that were held before a log began, or by somebody it does not show.
// Guarantees: an unlock that succeeded without a lock in the log had its lock before; a refused
// lock had a holder. Locks die with their open.
// Simplification: a range is unlocked by the same offset and length, as NT demands; shared and
// exclusive holders made up for a refusal are exclusive.
import type { LockParameters, TraceEvent } from '../event.ts';
import * as status from '../nt-status.ts';
import { pathKey } from '../volume-path.ts';
import { FILE_READ_ATTRIBUTES, FILE_READ_DATA, SYNCHRONIZE } from '../wdk.ts';
import { type OpenFile, unrecordedOpen } from './open-file.ts';

interface HeldRange {
  readonly open: OpenFile;
  readonly ByteOffset: number;
  readonly Length: number;
  readonly ExclusiveLock: boolean;
}

/** Adds the locks that must have existed to the opens that held them. */
export function inferLocks(
  events: readonly TraceEvent[], opens: OpenFile[], openOf: Int32Array,
): void {
  const held = new Map<string, HeldRange[]>();
  for (const event of events) {
    const open = opens[openOf[event.sequence] ?? -1];
    if (open === undefined) continue;
    const key = pathKey(event.volume, event.volumePath);
    const ranges = held.get(key) ?? [];
    if (event.operation === 'cleanup') {
      held.set(key, ranges.filter((range) => range.open !== open));
    } else {
      held.set(key, afterEvent(event, open, ranges, opens));
    }
  }
}

function afterEvent(
  event: TraceEvent, open: OpenFile, ranges: HeldRange[], opens: OpenFile[],
): HeldRange[] {
  const { parameters, operation, status: result } = event;
  if (parameters.type !== 'lock' || result === undefined) return ranges;
  if (operation === 'lock') {
    if (status.isSuccess(result)) return [...ranges, range(open, parameters)];
    if (result === status.STATUS_LOCK_NOT_GRANTED && !ranges.some((other) =>
      overlaps(other, parameters))) {
      return [...ranges, range(holderOf(event, opens), parameters)];
    }
    return ranges;
  }
  if (operation !== 'unlock-single' || !status.isSuccess(result)) {
    return operation === 'unlock-all' ? ranges.filter((other) => other.open !== open) : ranges;
  }
  const index = ranges.findIndex((other) => other.open === open && same(other, parameters));
  if (index >= 0) return ranges.toSpliced(index, 1);
  if (open.origin === 'used') {
    const { ByteOffset, Length } = parameters;
    open.locks.push({ ByteOffset, Length, ExclusiveLock: false });
  }
  return ranges;
}

const range = (open: OpenFile, lock: LockParameters): HeldRange =>
  ({ open, ByteOffset: lock.ByteOffset, Length: lock.Length,
    ExclusiveLock: lock.ExclusiveLock });

const same = (held: HeldRange, lock: LockParameters): boolean =>
  held.ByteOffset === lock.ByteOffset && held.Length === lock.Length;

function overlaps(held: HeldRange, lock: LockParameters): boolean {
  if (!held.ExclusiveLock && !lock.ExclusiveLock) return false;
  return held.ByteOffset < lock.ByteOffset + lock.Length
    && lock.ByteOffset < held.ByteOffset + held.Length;
}

/** Another process that held the range all the time. */
function holderOf(event: TraceEvent, opens: OpenFile[]): OpenFile {
  const access = FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
  const holder = unrecordedOpen(opens.length, event, 'lock-holder', access);
  const { parameters } = event;
  if (parameters.type === 'lock') {
    const { ByteOffset, Length } = parameters;
    holder.locks.push({ ByteOffset, Length, ExclusiveLock: true });
  }
  holder.uses.push(event.sequence);
  opens.push(holder);
  return holder;
}
