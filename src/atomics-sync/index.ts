// The face of the package atomics-sync: waiting and agreeing among worker threads, usable without
// the rest of the house. An explicit list, and the one thing a user needs besides: how a worker
// gets at the memory.
//
//   main    import { handOn, words, acquireMutex, ... } from 'fltlab/atomics-sync';
//           const mutex = words(1);
//           new Worker(url, { workerData: { ...handOn(), mutex } });
//   worker  import { acquireMutex, enlistOwner } from 'fltlab/atomics-sync';
//           acquireMutex(workerData.mutex, enlistOwner());
//
// The first thread to load the package makes a memory; every thread that was handed it on binds
// the same one, and an address means the same place in all of them.
import { availableParallelism } from 'node:os';
import { boot, bootOptions } from '../mem/boot-options.ts';
import type { BootOptions } from '../mem/boot-options.ts';

/** What handOn may be told: see BootOptions. */
export interface HandOnOptions {
  /** A number for the thread; only a user of more than this package needs it. */
  readonly processor?: number;
  /** How many threads will run; with more than cores, waiters spin less. Default: as this one. */
  readonly threads?: number;
  /** Loads of a word before a waiter sleeps; found from `threads` if left out. */
  readonly spinLimit?: number;
}

/** The part of a worker's workerData that gives it this thread's memory. */
export function handOn(options: HandOnOptions = {}): { fltlab: BootOptions } {
  const processors = options.threads ?? boot.processors;
  const { spinLimit: _own, ...same } = boot;
  const told = { ...same, processors, processor: options.processor ?? 1, inline: false };
  const spin = options.spinLimit === undefined ? {} : { spinLimit: options.spinLimit };
  return { fltlab: bootOptions({ ...told, ...spin }, availableParallelism()) };
}

export { words } from './words.ts';

export { EVERYBODY, add, and, compareExchange, exchange, load, notify, or } from './atomics.ts';
export { doorInto, store, wait, waitAsync } from './atomics.ts';
export type { Door, WaitResult } from './atomics.ts';

export { PARK, SPIN, SPIN_THEN_PARK, checkSlice, onWaitSlice, parkWhile } from './park.ts';
export { sleepWhile, spinWhile } from './park.ts';
export type { SliceCheck, WaitStrategy } from './park.ts';

export { AbandonedError, OwnershipError, enlistOwner, isDead, markDead } from './owner.ts';
export { retireOwner } from './owner.ts';
export { MAX_OWNERS } from '../mem/param.ts';

export { SPIN_BYTES, acquireSpin, ownerOfSpin, releaseSpin, tryAcquireSpin } from './spin.ts';
export { MUTEX_BYTES, acquireMutex, ownerOfMutex } from './mutex.ts';
export { releaseMutex, tryAcquireMutex } from './mutex.ts';
export { SEMAPHORE, acquireSemaphore, initSemaphore, releaseSemaphore } from './semaphore.ts';
export { semaphoreCount, tryAcquireSemaphore } from './semaphore.ts';
export { RW_LOCK, acquireRead, acquireWrite, clearDeadOwner, releaseRead } from './rw-lock.ts';
export { releaseWrite, rwLockHolders, tryAcquireRead, tryAcquireWrite } from './rw-lock.ts';
export { CONDITION, broadcastCondition, signalCondition, waitCondition } from './condition.ts';
export { EVENT_COUNT, cancelWait, commitWait, prepareWait, signalWaiters } from './event-count.ts';
export { EVENT, NOTIFICATION, SYNCHRONIZATION, initEvent, resetEvent } from './event.ts';
export { setEvent, tryWaitEvent, waitEvent } from './event.ts';
export { BARRIER, arriveBarrier, initBarrier } from './barrier.ts';
export type { Arrival } from './barrier.ts';
export { ONCE_BYTES, callOnce, isDone, resetOnce } from './once.ts';
export { SEQ_LOCK, beginSeqRead, beginSeqWrite, endSeqWrite, retrySeqRead } from './seq-lock.ts';
export { RING, RING_CELLS_MAX, RING_EMPTY, initRing, ringBytes, ringCount } from './ring.ts';
export { ringDoorbell, ringSpaceBell, tryPop, tryPopQuiet } from './ring.ts';
export { tryPush, tryPushQuiet } from './ring.ts';
export { pop, push } from './ring-wait.ts';
export { FREE_LIST, FREE_LIST_BLOCKS_MAX, countFree, initFreeList } from './free-list.ts';
export { popFree, pushFree } from './free-list.ts';

export { wordScenario } from './schedule/scenario.ts';
export type { Play, WordScenario, WordThread } from './schedule/scenario.ts';
