// Rundown under way: the waiter's block on its stack, which counts down what is still protected,
// and the last release, which lets the waiter go. Releasers touch the block only to count down.
import { atomic } from '../../../mem/field.ts';
import { i32 as words } from '../../../mem/memory.ts';
import { struct } from '../../../mem/struct.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { EVERYBODY, add, compareExchange, load, notify, store }
  from '../../../atomics-sync/atomics.ts';
import { parkWhile } from '../../../atomics-sync/park.ts';
import { REFERENCE_BY_POINTER } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { WrRundown, grantNode, newWaitNode, waitOnNode } from './wait-node.ts';
import { MEANS_RUNDOWN, WAIT_MEANS } from '../../../trace/event.ts';
import { tracer } from '../../../trace/tracer.ts';
import type { WaitNode } from './wait-node.ts';

const i32 = words;
/** Rundown is over. */
const OVER = 1;

export const RUNDOWN_WAIT_BLOCK = struct('EX_RUNDOWN_WAIT_BLOCK', {
  /** Protections still held. */
  Count: atomic(),
  Node: atomic(),
});

/** Makes a block on this thread's stack; the caller frames it. Throws when nobody else is there. */
export function newWaitBlock(): number {
  const node = newWaitNode(0);
  const block = stackAlloc(RUNDOWN_WAIT_BLOCK.size);
  i32[(block + 4) >> 2] = node;
  return block;
}

/** A release without an acquisition: the object may be gone while somebody uses it. */
export function releasedTooOften(runRef: number): never {
  return KeBugCheckEx(REFERENCE_BY_POINTER, 0, runRef, load(runRef), 0,
    `rundown protection at 0x${runRef.toString(16)} was released more often than acquired ` +
      '(KRN-37)');
}

/** Counts down the block of a rundown under way, and lets its waiter go at zero. */
export function releaseToWaiter(runRef: number, count: number): void {
  const block = load(runRef) & ~1;
  if (block === 0) releasedTooOften(runRef);
  const node = i32[(block + 4) >> 2]!;
  // Only who counts to zero touches the waiter again; for everybody else the block may be gone.
  if (add(block, -count) === count) grantNode(node as WaitNode);
}

/** Sleeps until the block's count is zero; IRQL <= APC_LEVEL. */
export function waitOnBlock(block: number): void {
  waitOnNode(i32[(block + 4) >> 2]! as WaitNode, WrRundown);
}

/** ExWaitForRundownProtectionRelease. */
export function waitForRelease(runRef: number): void {
  const frame = pushFrame();
  let seen = compareExchange(runRef, 0, OVER);
  let block = 0;
  while ((seen & 1) === 0 && seen !== 0) {
    if (block === 0) block = newWaitBlock();
    store(block, seen >> 1);
    // Pairs with the compare-exchanges of acquire and release.
    const before = compareExchange(runRef, seen, block | 1);
    if (before === seen) {
      if (tracer !== null) tracer.event(WAIT_MEANS, MEANS_RUNDOWN, runRef, 0, 0);
      waitOnBlock(block);
      store(runRef, OVER);
      notify(runRef, EVERYBODY);
      popFrame(frame);
      return;
    }
    seen = before === 0 ? compareExchange(runRef, 0, OVER) : before;
  }
  popFrame(frame);
  // Somebody else waits already: one waiter does the work, the others wait for it.
  if (seen !== 0 && seen !== OVER) parkWhile(runRef, seen, Infinity);
}
