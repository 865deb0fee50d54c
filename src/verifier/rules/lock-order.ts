// Locks of all kinds are acquired in one order everywhere. Each time a thread is about to wait for
// a lock, every lock that it holds comes before it; an order that closes a cycle is reported before
// anybody hangs, with the stacks of each step. A lock that is asked for without waiting comes after
// nothing. Orders are learnt for classes of locks (lock-classes.ts), and two orders under a common
// outer lock do not collide (lock-graph.ts).
import { boot } from '../../mem/boot-options.ts';
import { LOCK_RESOURCE, LOCK_WANTED, MODE_SHARED } from '../../trace/event.ts';
import { currentImage } from '../driver-frames.ts';
import { lockAddress, lockKind, lockMode, myLockAt, myLocks, mySlot, stackOfSlot }
  from '../lock/held-locks.ts';
import { classOf, describeNode } from '../lock/lock-classes.ts';
import { addOrder, isKnownOrder } from '../lock/lock-graph.ts';
import { report } from '../finding/report.ts';
import { captureStack, internStack, storedStack } from '../finding/stack.ts';
import { threadName } from '../thread-names.ts';
import { imageName } from '../images.ts';
import type { TitledStack } from '../finding/finding.ts';
import type { LockOrder } from '../lock/lock-graph.ts';
import type { Rule } from '../rule.ts';

/** Locks that this thread holds exclusively around the one of a slot. */
function gatesAround(slot: number): number[] {
  const gates: number[] = [];
  for (let n = 0; n < slot && gates.length < 3; n++) {
    const at = myLockAt(n);
    if ((lockMode(at) & MODE_SHARED) === 0) gates.push(lockAddress(at));
  }
  return gates;
}

function judgePair(slot: number, wanted: number, kind: number): void {
  const held = myLockAt(slot);
  const address = lockAddress(held);
  const heldClass = classOf(address);
  const wantedClass = classOf(wanted);
  const isOneClass = heldClass !== 0 && heldClass === wantedClass;
  const from = isOneClass || heldClass === 0 ? address : heldClass;
  const to = isOneClass || wantedClass === 0 ? wanted : wantedClass;
  const gates = gatesAround(slot);
  if (isKnownOrder(from, to, gates)) return;
  const cycle = addOrder({
    from, to, gates, fromKind: lockKind(held), toKind: kind,
    fromStack: internStack(stackOfSlot(slot)), toStack: internStack(captureStack()),
    processor: boot.processor, image: currentImage(), fromAddress: address, toAddress: wanted,
  });
  if (cycle.length > 0) reportCycle(cycle, wanted);
}

function step(order: LockOrder): string {
  const who = order.image < 0 ? '' : `${imageName(order.image)}, `;
  return `${describeNode(order.to, order.toKind)} after ` +
    `${describeNode(order.from, order.fromKind)} (${who}${threadName(order.processor)})`;
}

function stacksOf(order: LockOrder, index: number): TitledStack[] {
  const first = `step ${index + 1}: `;
  return [
    { title: `${first}${describeNode(order.from, order.fromKind)} was acquired`,
      frames: storedStack(order.fromStack) },
    { title: `${first}${describeNode(order.to, order.toKind)} was wanted`,
      frames: storedStack(order.toStack) },
  ];
}

function reportCycle(cycle: readonly LockOrder[], wanted: number): void {
  const hasResource = cycle.some(({ fromKind }) => fromKind === LOCK_RESOURCE);
  report({
    rule: hasResource ? 'lock-order.resource' : 'lock-order',
    cause: `${cycle.length} locks are acquired in orders that form a cycle: ` +
      cycle.map(step).join('; '),
    parameters: [0x1001, wanted, cycle[0]!.fromAddress, 0],
    stacks: cycle.flatMap(stacksOf),
    mark: cycle.map(({ from, fromKind }) => describeNode(from, fromKind)).toSorted().join('+'),
  });
}

export const lockOrder: Rule = {
  name: 'lock-order',
  on: {
    [LOCK_WANTED]: (wanted, kind) => {
      const count = myLocks();
      if (count === 0 || mySlot(wanted) >= 0) return;
      for (let slot = count - 1; slot >= 0; slot--) judgePair(slot, wanted, kind);
    },
  },
};
