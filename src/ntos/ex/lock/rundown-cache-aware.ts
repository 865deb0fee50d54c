// EX_RUNDOWN_REF_CACHE_AWARE: rundown protection that scales. Each processor counts in a line of
// its own; who releases on another processor than it acquired on leaves one count too low and the
// other too high, and only the sum matters. The waiter collects the counts line by line.
import { CACHE_LINE, MAX_PROCESSORS } from '../../../mem/param.ts';
import { boot } from '../../../mem/boot-options.ts';
import { popFrame, pushFrame } from '../../../mem/stack.ts';
import { add, compareExchange, exchange, load, store } from '../../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePool } from '../pool/pool.ts';
import { newWaitBlock, releaseToWaiter, waitOnBlock } from './rundown-wait.ts';
import { NonPagedPoolCacheAligned } from '../types.ts';

const mine = boot.processor * CACHE_LINE;
const BYTES = MAX_PROCESSORS * CACHE_LINE;

/** Makes a reference in nonpaged pool; NULL without memory. IRQL <= APC_LEVEL. */
export function ExAllocateCacheAwareRundownProtection(_PoolType: number, PoolTag: number): number {
  const ref = ExAllocatePoolWithTag(NonPagedPoolCacheAligned, BYTES, PoolTag);
  if (ref !== 0) setAll(ref, 0);
  return ref;
}

/** Frees a reference that is run down. IRQL <= APC_LEVEL. */
export function ExFreeCacheAwareRundownProtection(RunRefCacheAware: number): void {
  ExFreePool(RunRefCacheAware);
}

function setAll(ref: number, value: number): void {
  for (let at = ref; at < ref + BYTES; at += CACHE_LINE) store(at, value);
}

/** Takes one protection; FALSE when rundown has begun. IRQL <= DISPATCH_LEVEL. */
export function ExAcquireRundownProtectionCacheAware(RunRefCacheAware: number): boolean {
  const line = RunRefCacheAware + mine;
  let seen = load(line);
  while ((seen & 1) === 0) {
    const before = compareExchange(line, seen, seen + 2);
    if (before === seen) return true;
    seen = before;
  }
  return false;
}

/** Gives up one protection; the last one wakes who waits. IRQL <= DISPATCH_LEVEL. */
export function ExReleaseRundownProtectionCacheAware(RunRefCacheAware: number): void {
  const line = RunRefCacheAware + mine;
  let seen = load(line);
  while ((seen & 1) === 0) {
    const before = compareExchange(line, seen, seen - 2);
    if (before === seen) return;
    seen = before;
  }
  releaseToWaiter(line, 1);
}

/** Refuses protection from now on and waits until all is given up. IRQL <= APC_LEVEL. */
export function ExWaitForRundownProtectionReleaseCacheAware(RunRefCacheAware: number): void {
  if (load(RunRefCacheAware) === 1) return;
  const frame = pushFrame();
  const block = boot.inline ? 0 : newWaitBlock();
  let total = 0;
  // A release that meets a line of the waiter counts the block down, below zero at first.
  for (let at = RunRefCacheAware; at < RunRefCacheAware + BYTES; at += CACHE_LINE) {
    total += exchange(at, block | 1) >> 1;
  }
  if (total !== 0 && boot.inline) newWaitBlock();
  if (block !== 0 && add(block, total) + total !== 0) waitOnBlock(block);
  setAll(RunRefCacheAware, 1);
  popFrame(frame);
}

/** Marks a reference as run down after the wait. IRQL <= APC_LEVEL. */
export function ExRundownCompletedCacheAware(RunRefCacheAware: number): void {
  setAll(RunRefCacheAware, 1);
}

/** Makes a run-down reference protect again. IRQL <= APC_LEVEL. */
export function ExReInitializeRundownProtectionCacheAware(RunRefCacheAware: number): void {
  setAll(RunRefCacheAware, 0);
}
