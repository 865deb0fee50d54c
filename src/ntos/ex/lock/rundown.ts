// @hot  EX_RUNDOWN_REF: an object that may go away is used only under protection, and who takes it
// away waits until the last user has left (KRN-37).
//
//   even        protections taken, times two
//   1           rundown is over: no protection is given any more
//   odd, not 1  rundown is under way: the address of the waiter's block, plus one
//
// One compare-exchange takes protection, one gives it up. The waiter's block and the cache-aware
// form are in rundown-wait.ts and rundown-cache-aware.ts.
import { i32 as words } from '../../../mem/memory.ts';
import { compareExchange, load, store } from '../../../atomics-sync/atomics.ts';
import { releaseToWaiter, releasedTooOften, waitForRelease } from './rundown-wait.ts';

const i32 = words;
const cas = compareExchange;
const look = load;
const put = store;
const toWaiter = releaseToWaiter;
const tooOften = releasedTooOften;

/** Makes a reference that protects. Any IRQL. */
export function ExInitializeRundownProtection(RunRef: number): void {
  put(RunRef, 0);
}

/** Makes a run-down reference protect again. IRQL <= APC_LEVEL. */
export function ExReInitializeRundownProtection(RunRef: number): void {
  put(RunRef, 0);
}

/** Marks a reference as run down after the wait: later waits return at once. IRQL <= APC_LEVEL. */
export function ExRundownCompleted(RunRef: number): void {
  put(RunRef, 1);
}

/**
 * Takes `Count` protections at once; FALSE when rundown has begun.
 * IRQL <= DISPATCH_LEVEL when the reference is nonpaged, else <= APC_LEVEL. Any thread.
 */
export function ExAcquireRundownProtectionEx(RunRef: number, Count: number): boolean {
  let seen = look(RunRef);
  while ((seen & 1) === 0) {
    // Pairs with the waiter's exchange: either it counts us, or we see its block.
    const before = cas(RunRef, seen, seen + 2 * Count);
    if (before === seen) return true;
    seen = before;
  }
  return false;
}

/** Takes one protection; FALSE when rundown has begun. IRQL as for the Ex form. */
export function ExAcquireRundownProtection(RunRef: number): boolean {
  // An even guess that is wrong costs one more round; an odd one is not believed.
  let seen = i32[RunRef >> 2]! & ~1;
  while ((seen & 1) === 0) {
    // Pairs with the waiter's exchange: either it counts us, or we see its block.
    const before = cas(RunRef, seen, seen + 2);
    if (before === seen) return true;
    seen = before;
  }
  return false;
}

/** Gives up `Count` protections; the last one wakes who waits. IRQL <= DISPATCH_LEVEL. */
export function ExReleaseRundownProtectionEx(RunRef: number, Count: number): void {
  let seen = look(RunRef);
  while ((seen & 1) === 0) {
    const before = cas(RunRef, seen, seen - 2 * Count);
    if (before === seen) {
      if (seen < 2 * Count) tooOften(RunRef);
      return;
    }
    seen = before;
  }
  toWaiter(RunRef, Count);
}

/** Gives up one protection; the last one wakes who waits. IRQL <= DISPATCH_LEVEL. */
export function ExReleaseRundownProtection(RunRef: number): void {
  let seen = i32[RunRef >> 2]! & ~1;
  while ((seen & 1) === 0) {
    const before = cas(RunRef, seen, seen - 2);
    if (before === seen) {
      if (seen < 2) tooOften(RunRef);
      return;
    }
    seen = before;
  }
  toWaiter(RunRef, 1);
}

/**
 * Refuses protection from now on and waits until all that was given is given up. Calling it again
 * is harmless. IRQL <= APC_LEVEL.
 */
export function ExWaitForRundownProtectionRelease(RunRef: number): void {
  waitForRelease(RunRef);
}

/** Whether protection is refused by now. Any IRQL; old when it arrives, unless TRUE. */
export function isRundownBegun(RunRef: number): boolean {
  return (look(RunRef) & 1) !== 0;
}
