// The storage side of the disk: takes requests that were handed over and completes them. What the
// policy chooses for a request is drawn when it is taken, from the thread's own generator, and
// kept in the IRP's DriverContext, which belongs to whoever holds the IRP:
//
//   DriverContext[0]  the tick from which on it may be completed
//   DriverContext[1]  the IRQL at which it is
import { boot } from '../mem/boot-options.ts';
import { i32 } from '../mem/memory.ts';
import { add, compareExchange, load, store, wait } from '../atomics-sync/atomics.ts';
import { chooseAmong, untilWoken } from '../atomics-sync/schedule/hook.ts';
import { SPIN_THEN_PARK, checkSlice, spinWhile } from '../atomics-sync/park.ts';
import { DISPATCH_LEVEL, KeLowerIrql, KfRaiseIrql, PASSIVE_LEVEL } from '../ntos/ke/irql.ts';
import { KTHREAD, currentThread } from '../ntos/ke/prcb.ts';
import { acquireKernelLock, releaseKernelLock } from '../ntos/ke/kernel-lock.ts';
import { setTickCount, tickCount } from '../ntos/ke/time.ts';
import { InsertTailList, IsListEmpty, RemoveEntryList, RemoveHeadList, flink }
  from '../ntos/rtl/list-entry.ts';
import { IRP } from '../ntos/io/irp/irp-types.ts';
import { IO_DISK_INCREMENT } from '../ntos/io/object-constants.ts';
import { IofCompleteRequest } from '../ntos/io/irp/completion.ts';
import { MAX_STORAGE_THREADS, STORAGE_ROOT, STORAGE_THREAD, blockOf, countCompleted, nextRandom,
  storageRoot } from './storage-root.ts';
import type { PIRP } from '../ntos/io/irp/irp-types.ts';
import type { PSTORAGE_THREAD } from './storage-root.ts';

const t = STORAGE_THREAD.bound;
const { Heartbeat, set_Heartbeat } = KTHREAD.bound;
const { at_Threads } = STORAGE_ROOT.bound;
const { at_Tail_Overlay_DriverContext } = IRP.bound;
const entryAt = IRP.bound.at_Tail_Overlay_ListEntry(0 as PIRP);
const me = boot.processor + 1;
const policy = boot.completion;
/** Whether the policy leaves level and order open. */
const isOpen = policy === 'delayed' || policy === 'hostile';
/** The longest delay in ticks (ms of virtual time). */
const MAX_DELAY = 3;
/** How many requests a delayed one may be overtaken by at a time. */
const WINDOW = 8;

/** Claims a block for this thread, or finds the one that it has. */
export function claimStorageBlock(): PSTORAGE_THREAD {
  for (let n = 0; n < MAX_STORAGE_THREADS; n++) {
    const block = blockOf(n);
    if (load(t.at_Owner(block)) === me) return block;
    if (compareExchange(t.at_Owner(block), 0, me) !== 0) continue;
    add(at_Threads(storageRoot), 1);
    return block;
  }
  throw new Error(`a machine has at most ${MAX_STORAGE_THREADS} storage threads; start fewer`);
}

function random(block: PSTORAGE_THREAD): number {
  const value = nextRandom(t.Seed(block));
  t.set_Seed(block, value);
  return value >>> 8;
}

/** Draws how a request will end, and writes it into the request. */
function plan(block: PSTORAGE_THREAD, irp: PIRP): void {
  const context = at_Tail_Overlay_DriverContext(irp) >> 2;
  const now = tickCount();
  if (chooseAmong !== null) {
    // A schedule makes requests wait by not letting this thread run.
    const isDispatch = policy === 'dispatch' || (isOpen && chooseAmong(2) === 1);
    i32[context] = now;
    i32[context + 1] = isDispatch ? DISPATCH_LEVEL : PASSIVE_LEVEL;
    return;
  }
  const chance = policy === 'hostile' ? random(block) % 16 : 0;
  const isDelayed = policy === 'delayed' || (policy === 'hostile' && chance === 0);
  const isPassive = policy === 'other-thread' || (policy === 'hostile' && chance % 2 === 1);
  i32[context] = isDelayed ? now + (random(block) % (MAX_DELAY + 1)) : now;
  i32[context + 1] = isPassive ? PASSIVE_LEVEL : DISPATCH_LEVEL;
}

/** Moves what was handed over to the thread's own list. */
function takeIn(block: PSTORAGE_THREAD): void {
  const intake = t.at_Intake(block);
  acquireKernelLock(t.at_Lock(block));
  while (!IsListEmpty(intake)) {
    const entry = RemoveHeadList(intake);
    InsertTailList(t.at_Held(block), entry);
    plan(block, (entry - entryAt) as PIRP);
    t.set_HeldCount(block, t.HeldCount(block) + 1);
  }
  releaseKernelLock(t.at_Lock(block));
}

function dueOf(entry: number): number {
  return i32[at_Tail_Overlay_DriverContext((entry - entryAt) as PIRP) >> 2]!;
}

/** How many of the oldest requests are looked at: the last of them is taken. */
function windowOf(block: PSTORAGE_THREAD): number {
  if (!isOpen) return 1;
  if (chooseAmong === null) return 1 + (random(block) % WINDOW);
  return 1 + chooseAmong(Math.min(WINDOW, Math.max(1, t.HeldCount(block))));
}

/** Chooses a request that is due among the first few; 0 when none is. */
function choose(block: PSTORAGE_THREAD, now: number): number {
  const head = t.at_Held(block);
  const window = windowOf(block);
  let chosen = 0;
  let seen = 0;
  for (let at = flink(head); at !== head && seen < window; at = flink(at)) {
    if (dueOf(at) > now) continue;
    chosen = at;
    seen++;
  }
  return chosen;
}

function complete(block: PSTORAGE_THREAD, entry: number): void {
  RemoveEntryList(entry);
  t.set_HeldCount(block, t.HeldCount(block) - 1);
  const irp = (entry - entryAt) as PIRP;
  const level = i32[(at_Tail_Overlay_DriverContext(irp) >> 2) + 1]!;
  // Counted first: who waits for the request must not find it missing from the count.
  countCompleted();
  const old = KfRaiseIrql(level);
  IofCompleteRequest(irp, IO_DISK_INCREMENT);
  KeLowerIrql(old);
  set_Heartbeat(currentThread, Heartbeat(currentThread) + 1);
}

function earliestDue(block: PSTORAGE_THREAD): number {
  const head = t.at_Held(block);
  let due = Infinity;
  for (let at = flink(head); at !== head; at = flink(at)) due = Math.min(due, dueOf(at));
  return due;
}

/** Sleeps until something is handed over or the time is over; looks once more before it does. */
function sleep(block: PSTORAGE_THREAD, milliseconds: number): void {
  const seen = load(t.at_Wake(block));
  if (!IsListEmpty(t.at_Intake(block))) return;
  // The next request may be on its way: a requestor that waits for each sends it at once.
  if (spinWhile(t.at_Wake(block), seen, SPIN_THEN_PARK) !== seen) return;
  store(t.at_Idle(block), 1);
  // Pairs with handOver, which raises Wake before it looks at Idle.
  if (load(t.at_Wake(block)) === seen && IsListEmpty(t.at_Intake(block))) {
    wait(t.at_Wake(block), seen, milliseconds);
  }
  store(t.at_Idle(block), 0);
  checkSlice();
}

/**
 * One turn of a storage thread: completes one request, or waits for one. PASSIVE_LEVEL.
 *
 * @param idleMs how long it waits when there is nothing to do.
 * @returns how many requests it completed: 1 or 0.
 */
export function runStorage(idleMs: number): number {
  const block = claimStorageBlock();
  takeIn(block);
  const entry = choose(block, tickCount());
  if (entry !== 0) {
    complete(block, entry);
    return 1;
  }
  // A delayed request waits for the clock, which ticks each millisecond.
  sleep(block, t.HeldCount(block) === 0 ? untilWoken(idleMs) : Math.min(idleMs, 1));
  return 0;
}

/** Whether a storage thread has nothing left to complete. */
export function isStorageIdle(): boolean {
  const block = claimStorageBlock();
  return t.HeldCount(block) === 0 && IsListEmpty(t.at_Intake(block));
}

/**
 * Completes everything that was handed over, for a thread that is alone in its machine: virtual
 * time is moved on to what is delayed. PASSIVE_LEVEL. Returns how many requests it completed.
 */
export function drainStorage(): number {
  const block = claimStorageBlock();
  let count = 0;
  for (;;) {
    takeIn(block);
    if (t.HeldCount(block) === 0) return count;
    let entry = choose(block, tickCount());
    if (entry === 0) {
      setTickCount(earliestDue(block));
      entry = choose(block, tickCount());
    }
    complete(block, entry);
    count++;
  }
}
