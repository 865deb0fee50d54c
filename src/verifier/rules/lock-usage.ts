// Locks are not acquired again by a holder who would then wait for itself, and are released by
// whoever acquired them. Judged before the lock's own routine finds out, so that the report can
// name where it was acquired; the codes are those that the kernel's rooms raise.
import { boot } from '../../mem/boot-options.ts';
import { KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, RESOURCE_NOT_OWNED, SPIN_LOCK_ALREADY_OWNED,
  SPIN_LOCK_NOT_OWNED, THREAD_NOT_MUTEX_OWNER } from '../../ntos/ke/bug-check-codes.ts';
import { currentThread, threadOf } from '../../ntos/ke/prcb.ts';
import { LOCK_DROPPED, LOCK_EX_SPIN, LOCK_FAST_MUTEX, LOCK_MUTEX, LOCK_PUSH, LOCK_QUEUED_SPIN,
  LOCK_RESOURCE, LOCK_SPIN, LOCK_UNMADE, LOCK_WANTED, MODE_SHARED, lockKindNames }
  from '../../trace/event.ts';
import { threadName } from '../thread-names.ts';
import { holdersOf, lockMode, myLockAt, mySlot, stackOfSlot } from '../lock/held-locks.ts';
import { describeNode } from '../lock/lock-classes.ts';
import { report } from '../finding/report.ts';
import { stackLines } from '../finding/stack.ts';
import type { HeldLock } from '../lock/held-locks.ts';
import type { Rule } from '../rule.ts';

const isSpin = (kind: number): boolean =>
  kind === LOCK_SPIN || kind === LOCK_QUEUED_SPIN || kind === LOCK_EX_SPIN;

function acquiredAt(slot: number): { title: string; frames: string[] } {
  return { title: 'acquired first', frames: stackLines(stackOfSlot(slot)) };
}

/** A thread wants a lock that it has. */
function judgeRecursion(address: number, kind: number, mode: number): void {
  const slot = mySlot(address);
  if (slot < 0 || kind === LOCK_MUTEX) return;
  const wantsShared = (mode & MODE_SHARED) !== 0;
  const hasShared = (lockMode(myLockAt(slot)) & MODE_SHARED) !== 0;
  if (kind === LOCK_RESOURCE && (wantsShared || !hasShared)) return;
  const stacks = [acquiredAt(slot)];
  const name = describeNode(address, kind);
  if (kind === LOCK_PUSH && wantsShared && hasShared) {
    report({ rule: 'lock-usage.shared-recursion', stacks, parameters: [0x1000, address, 0, 0],
      cause: `${name} is acquired shared by a thread that has it shared; when an exclusive ` +
        'waiter comes in between, the thread waits for itself' });
    return;
  }
  const cause = kind === LOCK_RESOURCE
    ? `${name} is asked for exclusively by a thread that has it shared, and waits for itself`
    : `${name} is acquired by the thread that holds it already, and waits for itself`;
  report({ rule: 'lock-usage.recursion', cause, stacks,
    ...(isSpin(kind) ? { code: SPIN_LOCK_ALREADY_OWNED, parameters: [address, 0, 0, 0] }
      : { parameters: [0x1000, address, currentThread, 0] }) });
}

/** Windows' code and parameters for a release by a thread that does not hold the lock. */
function wrongRelease(address: number, kind: number, holder: HeldLock | undefined): {
  readonly code?: number; readonly parameters: readonly number[];
} {
  const owner = holder === undefined ? 0 : threadOf(holder.processor);
  if (isSpin(kind)) return { code: SPIN_LOCK_NOT_OWNED, parameters: [address, owner, 0, 0] };
  if (kind === LOCK_MUTEX) {
    return { code: THREAD_NOT_MUTEX_OWNER, parameters: [currentThread, owner, address, 0] };
  }
  if (kind === LOCK_RESOURCE) {
    return { code: RESOURCE_NOT_OWNED, parameters: [address, currentThread, owner, 0] };
  }
  if (kind === LOCK_PUSH) {
    return { code: KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE,
      parameters: [currentThread, address, 0, 0] };
  }
  const subcode = kind === LOCK_FAST_MUTEX || holder !== undefined ? 0x1004 : 0x1007;
  return { parameters: [subcode, address, owner, currentThread] };
}

/** A thread releases what it does not hold. */
function judgeRelease(address: number, kind: number, _mode: number, thread: number): void {
  if (thread !== 0 || mySlot(address) >= 0) return;
  const holder = holdersOf(address).find(({ processor }) => processor !== boot.processor);
  const name = describeNode(address, kind);
  const cause = holder === undefined
    ? `${name} is released by a thread that has not acquired it; nobody holds it`
    : `${name} is released by another thread than the one that acquired it, which is ` +
      threadName(holder.processor);
  const stacks = holder === undefined ? []
    : [{ title: `acquired in ${threadName(holder.processor)}`, frames: holder.stack }];
  report({ rule: 'lock-usage.wrong-owner', cause, stacks, ...wrongRelease(address, kind, holder) });
}

/** A lock is deleted that somebody holds. */
function judgeDelete(address: number, kind: number): void {
  const [holder] = holdersOf(address);
  if (holder === undefined) return;
  report({
    rule: 'lock-usage.memory-freed', parameters: [0x100b, address, threadOf(holder.processor), 0],
    cause: `${lockKindNames[kind] ?? 'lock'} 0x${address.toString(16)} is deleted while ` +
      `${threadName(holder.processor)} holds it`,
    stacks: [{ title: 'acquired', frames: holder.stack }],
  });
}

export const lockUsage: Rule = {
  name: 'lock-usage',
  on: {
    [LOCK_WANTED]: judgeRecursion,
    [LOCK_DROPPED]: judgeRelease,
    [LOCK_UNMADE]: judgeDelete,
  },
};
