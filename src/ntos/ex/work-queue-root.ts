// The system work queues of the machine: what lies in shared memory, and how items get in and out.
//
// A queue is a ring of item addresses (atomics-sync/ring) with a list behind it: when the ring is
// full, and until the list is empty again, items go to the list, so that queueing never fails and
// order is kept. While an item is queued its first word is not NULL (the next item of the list, or
// QUEUED) and its second holds the tick at which it was queued.
//
// An idle worker sets its bit in each queue it serves, looks once more, and sleeps on a word of its
// own; who queues an item looks at the bits afterwards, takes one away and wakes its worker. The
// door's operations have one order, so one of the two sees the other. A worker that was woken for
// an item but took another one wakes the next (passOn).
import { atomic, array, ULONG } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { fillBytes, i32 as words } from '../../mem/memory.ts';
import { CACHE_LINE, MAX_PROCESSORS } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { and, load, notify, or, store } from '../../atomics-sync/atomics.ts';
import { RING_EMPTY, hasWord, initRing, ringBytes, ringCount, ringHead, ringPeek, ringTail,
  seemsToHaveWord, tryPopQuiet, tryPushQuiet } from '../../atomics-sync/ring.ts';
import { PARK, parkWhile } from '../../atomics-sync/park.ts';
import { untilWoken } from '../../atomics-sync/schedule/hook.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';
import { KPRCB, PROCESSOR_DEAD, PROCESSOR_LEFT, prcbOf } from '../ke/prcb.ts';

const i32 = words;

/** Queues with an existence of their own: Critical, Delayed, HyperCritical. */
export const QUEUES = 3;
/** Items a queue holds before the list behind it is used. */
const RING_CELLS = 1024;
/** The first word of a queued item that has no successor in a list. */
export const QUEUED = 1;

export const WORK_QUEUE = struct('EX_WORK_QUEUE', {
  /** One bit per processor whose worker is idle and serves this queue. */
  Idle: atomic(),
  Line: array(ULONG, 15),
  /** Guards the list behind the ring. */
  OverflowLock: atomic(),
  OverflowCount: atomic(),
  OverflowHead: ULONG,
  OverflowTail: ULONG,
  Overflowed: ULONG,
  /**
   * Watermarks: the deepest a worker found the queue at the beginning of a batch, the longest (ms)
   * that an item waited.
   */
  MaximumDepth: ULONG,
  LongestWait: ULONG,
}, { align: CACHE_LINE });

/** What a worker has of its own. */
export const WORKER = struct('EX_WORKER', {
  WakeWord: atomic(),
  ItemsRun: array(ULONG, QUEUES),
  /** Where each ring ended when this worker last looked. */
  SeenTail: array(ULONG, QUEUES),
}, { align: CACHE_LINE });

const QUEUE_BYTES = WORK_QUEUE.size + ringBytes(RING_CELLS);
const root = systemRoot('workQueue',
  CACHE_LINE + QUEUES * QUEUE_BYTES + MAX_PROCESSORS * WORKER.size);
const { at_Idle, at_OverflowLock, at_OverflowCount, OverflowHead, set_OverflowHead, OverflowTail,
  set_OverflowTail, Overflowed, set_Overflowed } = WORK_QUEUE.bound;
export type Queue = Parameters<typeof at_Idle>[0];
const { at_WakeWord, at_ItemsRun, at_SeenTail } = WORKER.bound;
type Worker = Parameters<typeof at_WakeWord>[0];

/** The word that says whether the queues exist. */
const ready = root;

/** One of the queues: 0 Critical, 1 Delayed, 2 HyperCritical. */
export function queueOf(index: number): Queue {
  return (root + CACHE_LINE + index * QUEUE_BYTES) as Queue;
}

const ringOf = (queue: number): number => queue + WORK_QUEUE.size;

function workerOf(processor: number): Worker {
  return (root + CACHE_LINE + QUEUES * QUEUE_BYTES + processor * WORKER.size) as Worker;
}

const me = workerOf(boot.processor);
const myWord = at_WakeWord(me);
const myBit = 1 << boot.processor;

/** Makes the queues empty. Processor 0, once per boot, before the workers start. */
export function initializeWorkQueues(): void {
  for (let index = 0; index < QUEUES; index++) {
    fillBytes(queueOf(index), 0, WORK_QUEUE.size);
    initRing(ringOf(queueOf(index)), RING_CELLS);
  }
  fillBytes(workerOf(0), 0, MAX_PROCESSORS * WORKER.size);
  store(ready, 1);
}

/** Whether the queues exist yet. */
export function haveWorkQueues(): boolean {
  return i32[ready >> 2] !== 0 || load(ready) !== 0;
}

/** Puts an item in and wakes an idle worker of the queue. Any IRQL <= DISPATCH_LEVEL. */
export function pushItem(queue: Queue, item: number): void {
  // A plain look: who has seen an item go to the list, by whatever way, sees the count as well.
  if (i32[at_OverflowCount(queue) >> 2] !== 0 || !tryPushQuiet(ringOf(queue), item)) {
    pushOverflow(queue, item);
  }
  // Pairs with goIdle: the worker sets its bit and then looks at the queue.
  if (load(at_Idle(queue)) !== 0) wakeWorker(queue);
}

function pushOverflow(queue: Queue, item: number): void {
  acquireKernelLock(at_OverflowLock(queue));
  const tail = OverflowTail(queue);
  if (tail === 0) set_OverflowHead(queue, item);
  else i32[tail >> 2] = item;
  set_OverflowTail(queue, item);
  set_Overflowed(queue, Overflowed(queue) + 1);
  store(at_OverflowCount(queue), load(at_OverflowCount(queue)) + 1);
  releaseKernelLock(at_OverflowLock(queue));
}

function popOverflow(queue: Queue): number {
  acquireKernelLock(at_OverflowLock(queue));
  const item = OverflowHead(queue);
  if (item !== 0) {
    const next = i32[item >> 2]!;
    set_OverflowHead(queue, next === QUEUED ? 0 : next);
    if (next === QUEUED) set_OverflowTail(queue, 0);
    store(at_OverflowCount(queue), load(at_OverflowCount(queue)) - 1);
  }
  releaseKernelLock(at_OverflowLock(queue));
  return item;
}

/** Takes the oldest item out; 0 when there is none. */
export function popItem(queue: Queue): number {
  const item = tryPopQuiet(ringOf(queue));
  if (item !== RING_EMPTY) return item;
  return load(at_OverflowCount(queue)) === 0 ? 0 : popOverflow(queue);
}

/** The items that wait, the oldest first: a snapshot. */
export function itemsOf(queue: Queue): number[] {
  const items: number[] = [];
  const ring = ringOf(queue);
  for (let n = 0; n < RING_CELLS; n++) {
    const item = ringPeek(ring, n);
    if (item === RING_EMPTY) break;
    items.push(item);
  }
  acquireKernelLock(at_OverflowLock(queue));
  for (let item = OverflowHead(queue); item > QUEUED; item = i32[item >> 2]!) items.push(item);
  releaseKernelLock(at_OverflowLock(queue));
  return items;
}

/** Whether an item waits. */
export function hasItem(queue: Queue): boolean {
  return hasWord(ringOf(queue)) || load(at_OverflowCount(queue)) !== 0;
}

/** Whether an item seems to wait: no schedule sees this look, and nobody sleeps because of it. */
export function seemsToHaveItem(queue: Queue): boolean {
  return seemsToHaveWord(ringOf(queue)) || i32[at_OverflowCount(queue) >> 2] !== 0;
}

/**
 * After taking an item: whether it is beyond those that this worker saw when it last looked how far
 * the ring goes; it looks again then. The word that it looks at is the producers', and each look
 * takes it away from them.
 */
export function isNewBatch(queue: Queue, index: number): boolean {
  const seen = (at_SeenTail(me) >> 2) + index;
  const ring = ringOf(queue);
  if (((ringHead(ring) - i32[seen]!) | 0) < 0) return false;
  i32[seen] = ringTail(ring);
  return true;
}

/** Items that wait. */
export function depthOf(queue: Queue): number {
  return Math.max(ringCount(ringOf(queue)), 0) + load(at_OverflowCount(queue));
}

function isGone(processor: number): boolean {
  const state = load(KPRCB.bound.at_State(prcbOf(processor)));
  return state === PROCESSOR_DEAD || state === PROCESSOR_LEFT;
}

/** Takes an idle worker's bit away and wakes it; a worker that died idle is passed over. */
function wakeWorker(queue: Queue): void {
  for (let idle = load(at_Idle(queue)); idle !== 0; idle = load(at_Idle(queue))) {
    const processor = 31 - Math.clz32(idle & -idle);
    const bit = 1 << processor;
    const taken = (and(at_Idle(queue), ~bit) & bit) !== 0;
    if (!taken || isGone(processor)) continue;
    const word = at_WakeWord(workerOf(processor));
    store(word, 1);
    notify(word, 1);
    return;
  }
}

/** After taking an item: if more wait and a worker idles, it may have been woken for this one. */
export function passOn(queue: Queue): void {
  if (i32[at_Idle(queue) >> 2] !== 0 && hasItem(queue)) wakeWorker(queue);
}

/** Sleeps until an item comes for one of the queues, or for `milliseconds`. */
export function goIdle(queues: readonly Queue[], milliseconds: number): void {
  store(myWord, 0);
  for (const queue of queues) or(at_Idle(queue), myBit);
  if (!queues.some(hasItem)) parkWhile(myWord, 0, untilWoken(milliseconds), PARK);
  for (const queue of queues) and(at_Idle(queue), ~myBit);
}

/** Counts an item that this worker ran. */
export function countItem(index: number): void {
  i32[(at_ItemsRun(me) >> 2) + index]! += 1;
}

/** Items of a queue that all workers ran since boot; read racily. */
export function itemsRun(index: number): number {
  let sum = 0;
  for (let n = 0; n < MAX_PROCESSORS; n++) sum += i32[(at_ItemsRun(workerOf(n)) >> 2) + index]!;
  return sum;
}

/** A queued item inside of a range of memory, 0 when there is none; for the verifier. */
export function queuedItemIn(start: number, end: number): number {
  const inside = (item: number): boolean => item >= start && item < end;
  for (let index = 0; index < QUEUES; index++) {
    const queue = queueOf(index);
    // Whenever pool is freed this is asked, and queues are empty most of the time.
    if (!hasItem(queue)) continue;
    const found = ringItem(queue, inside) || overflowItem(queue, inside);
    if (found !== 0) return found;
  }
  return 0;
}

function ringItem(queue: Queue, inside: (item: number) => boolean): number {
  const cells = ringOf(queue) + ringBytes(RING_CELLS) - 8 * RING_CELLS;
  for (let n = 0; n < RING_CELLS; n++) {
    const item = i32[(cells + 8 * n + 4) >> 2]!;
    // A cell's sequence is its position + 1 while it holds an item; the value outlives it.
    const holds = ((load(cells + 8 * n) - 1) & (RING_CELLS - 1)) === n;
    if (holds && inside(item)) return item;
  }
  return 0;
}

function overflowItem(queue: Queue, inside: (item: number) => boolean): number {
  acquireKernelLock(at_OverflowLock(queue));
  let item = OverflowHead(queue);
  while (item !== 0 && item !== QUEUED && !inside(item)) item = i32[item >> 2]!;
  releaseKernelLock(at_OverflowLock(queue));
  return item === QUEUED ? 0 : item;
}
