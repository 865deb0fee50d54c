// POSIX advisory locks as NT byte-range locks. The two differ: a POSIX lock belongs to a process
// (or, for flock and F_OFD_*, to an open file description), a new one replaces what it overlaps, an
// unlock may cut a hole, and readers that do not ask are not disturbed. An NT lock belongs to a
// handle, is removed with exactly its own range, and is mandatory.
// Guarantees: the NT requests made here hold, after each call, the ranges that POSIX holds. They
// lie `ADVISORY_BASE` bytes above the recorded ones, where no data is, so they stay advisory.
// Simplification: where a lock is converted it is given back first, so another could come between.
import { STATUS_LOCK_NOT_GRANTED, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import type { LockParameters } from '../event.ts';
import type { Call, StraceEvents } from './events.ts';
import type { Description, Process } from './processes.ts';
import type { FileFacts, TreeNode } from './name-tree.ts';

/** Distance between a recorded lock and the NT lock that stands for it. */
export const ADVISORY_BASE = 2 ** 52;
/** The end of "up to the end of the file, however large": the last NT lock ends at 2^53 - 1. */
export const LOCK_END = ADVISORY_BASE - 1;

/** A lock as POSIX sees it; bytes `start` up to, not including, `end`. */
export interface LockRange {
  readonly start: number;
  readonly end: number;
  readonly exclusive: boolean;
}

interface HeldLock extends LockRange {
  readonly owner: Process | Description;
  readonly node: TreeNode;
  readonly description: Description;
}

export interface LockRequest {
  readonly owner: Process | Description;
  readonly node: TreeNode;
  readonly description: Description;
  readonly range: LockRange;
  /** The call waits until it gets the lock. */
  readonly waits: boolean;
}

export class LockTable {
  private readonly held = new Map<FileFacts, HeldLock[]>();
  private readonly events: StraceEvents;
  /** Ends the unlocks and closes that the process has begun, or with undefined any process. */
  private readonly endFrees: (owner: Process | undefined) => void;

  constructor(events: StraceEvents, endFrees: (owner: Process | undefined) => void) {
    this.events = events;
    this.endFrees = endFrees;
  }

  /** A lock that another holder prevented. */
  refused(call: Call, request: LockRequest): void {
    this.emit(call, 'lock', request, request.range, false, STATUS_LOCK_NOT_GRANTED);
  }

  /** A lock that was granted. Returns why there is nothing to do on NT, when there is not. */
  granted(call: Call, request: LockRequest): string | undefined {
    const { owner, node, description, range } = request;
    const same = this.of(node, owner).some((lock) => lock.description === description
      && lock.start === range.start && lock.end === range.end
      && lock.exclusive === range.exclusive);
    if (same) return 'a lock that is held already';
    this.freeConflicts(request);
    const rest = this.cut(call, request);
    this.hold(call, { owner, node, description, ...range }, request.waits);
    for (const lock of rest) this.hold(call, lock, false);
    return undefined;
  }

  /** An unlock; it may cut a lock in two. Returns why there is nothing to do on NT. */
  released(call: Call, request: LockRequest): string | undefined {
    const before = this.events.count;
    for (const lock of this.cut(call, request)) this.hold(call, lock, false);
    return this.events.count === before ? 'an unlock of nothing' : undefined;
  }

  /**
   * A descriptor goes away. POSIX then drops all locks of the process on that file; NT does it
   * by itself when the handle is cleaned up, so only locks of other handles are unlocked.
   * @param last whether the description goes away with it
   */
  descriptorClosed(call: Call, description: Description, last: boolean): void {
    if (!description.node) return;
    const { file } = description.node;
    const kept: HeldLock[] = [];
    for (const lock of this.held.get(file) ?? []) {
      const dropped = lock.owner === call.thread.process || (last && lock.owner === description);
      if (!dropped) kept.push(lock);
      else if (!(last && lock.description === description)) {
        this.emit(call, 'unlock-single', lock, lock, false, STATUS_SUCCESS);
      }
    }
    if (kept.length > 0) this.held.set(file, kept);
    else this.held.delete(file);
  }

  /** Linux granted the lock, so whoever held the range has begun to give it up. */
  private freeConflicts({ owner, node, range }: LockRequest): void {
    const others = (this.held.get(node.file) ?? []).filter((lock) => lock.owner !== owner
      && lock.start < range.end && range.start < lock.end && (lock.exclusive || range.exclusive));
    for (const other of others) this.endFrees('id' in other.owner ? other.owner : undefined);
  }

  private of(node: TreeNode, owner: Process | Description): HeldLock[] {
    return (this.held.get(node.file) ?? []).filter((lock) => lock.owner === owner);
  }

  /** Unlocks what overlaps; returns the parts that stay outside the range, not locked yet. */
  private cut(call: Call, request: LockRequest): HeldLock[] {
    const { owner, node, range } = request;
    const rest: HeldLock[] = [];
    for (const lock of this.of(node, owner)) {
      if (lock.end <= range.start || lock.start >= range.end) continue;
      this.emit(call, 'unlock-single', lock, lock, false, STATUS_SUCCESS);
      const locks = this.held.get(node.file) ?? [];
      locks.splice(locks.indexOf(lock), 1);
      if (lock.start < range.start) rest.push({ ...lock, end: range.start });
      if (lock.end > range.end) rest.push({ ...lock, start: range.end });
    }
    return rest;
  }

  private hold(call: Call, lock: HeldLock, waits: boolean): void {
    const locks = this.held.get(lock.node.file) ?? [];
    locks.push(lock);
    this.held.set(lock.node.file, locks);
    this.emit(call, 'lock', lock, lock, waits, STATUS_SUCCESS);
  }

  private emit(
    call: Call, operation: 'lock' | 'unlock-single',
    on: { node: TreeNode; description: Description }, range: LockRange, waits: boolean,
    status: number,
  ): void {
    const parameters: LockParameters = {
      type: 'lock', ByteOffset: ADVISORY_BASE + range.start, Length: range.end - range.start,
      ExclusiveLock: operation === 'lock' && range.exclusive, FailImmediately: !waits, Key: 0,
    };
    const target = { node: on.node, handle: on.description.handle };
    this.events.add(call, operation, target, status, parameters);
  }
}
