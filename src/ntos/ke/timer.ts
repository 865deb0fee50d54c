// KTIMER: signaled at a time, once or again and again, with a DPC if wanted. Due timers are found
// by the clock thread (expireTimers), or by a thread that is alone and lets time jump
// (inline-wait).
//
// All timers that run hang on one list, ordered by due time, under the dispatcher lock; there are
// few. Header.Inserted says that a timer is on it. The clock's resolution is a millisecond.
import { i32 as words, u8 } from '../../mem/memory.ts';
import { atomic } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { add, notify } from '../../atomics-sync/atomics.ts';
import { controlled, noteReleased } from '../../atomics-sync/schedule/hook.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { InitializeListHead, InsertTailList, RemoveEntryList, flink } from '../rtl/list-entry.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import { initializeHeader, readSignalState, signalObject } from './dispatcher-object.ts';
import { lockDispatcher, unlockDispatcher } from './dispatcher-lock.ts';
import { KeInsertQueueDpc } from './dpc.ts';
import { onAdvance } from './inline-wait.ts';
import { TICKS_PER_MS, deadlineOf, setTickCount, systemTime, tickCount } from './time.ts';
import { DISPATCHER_HEADER, KTIMER, TimerNotificationObject, TimerSynchronizationObject }
  from './types.ts';

const i32 = words;

/** TIMER_TYPE. */
export const NotificationTimer = 0;
export const SynchronizationTimer = 1;

const TIMER_ROOT = struct('KI_TIMER_ROOT', { ListHead: LIST_ENTRY, Bell: atomic() });
const head = systemRoot('timer', TIMER_ROOT.size);
/** Rung when a timer starts under a controlled schedule, whose clock does not tick by itself. */
export const timerBell: number = head + (TIMER_ROOT.offsets['Bell'] ?? 0);
const { DueTime: timerDueTime, set_DueTime, at_TimerListEntry, Dpc: timerDpc, set_Dpc,
  Period: timerPeriod, set_Period } = KTIMER.bound;
type PKTIMER = Parameters<typeof timerDueTime>[0];
const entryAt = KTIMER.offsets['TimerListEntry'] ?? 24;
const signalAt = DISPATCHER_HEADER.offsets['SignalState'] ?? 4;
const insertedAt = DISPATCHER_HEADER.offsets['Inserted'] ?? 3;

/** A timer's due time in ticks. DueTime itself is in 100 ns since boot, as NT's interrupt time. */
const dueTick = (timer: number): number => timerDueTime(timer as PKTIMER) / TICKS_PER_MS;
const isInserted = (timer: number): boolean => u8[timer + insertedAt] !== 0;

/** Makes a notification timer (KeInitializeTimer). Any IRQL <= DISPATCH_LEVEL. */
export function KeInitializeTimer(Timer: number): void {
  KeInitializeTimerEx(Timer, NotificationTimer);
}

/**
 * Makes a timer that is not signaled and does not run. IRQL <= DISPATCH_LEVEL.
 * A notification timer stays signaled, a synchronisation timer releases one waiter per expiry.
 */
export function KeInitializeTimerEx(Timer: number, Type: number): void {
  const kind = Type === SynchronizationTimer ? TimerSynchronizationObject : TimerNotificationObject;
  initializeHeader(Timer, kind, KTIMER.size, 0);
  u8[Timer + insertedAt] = 0;
  const p = Timer as PKTIMER;
  set_DueTime(p, 0);
  set_Dpc(p, 0 as never);
  set_Period(p, 0);
}

/** Puts a timer on the list, behind those that are due no later. The dispatcher lock is held. */
function insert(timer: number, tick: number): void {
  if (flink(head) === 0) InitializeListHead(head);
  set_DueTime(timer as PKTIMER, tick * TICKS_PER_MS);
  let entry = flink(head);
  while (entry !== head && dueTick(entry - entryAt) <= tick) entry = flink(entry);
  InsertTailList(entry, at_TimerListEntry(timer as PKTIMER));
  u8[timer + insertedAt] = 1;
  if (!controlled) return;
  add(timerBell, 1);
  notify(timerBell, 1);
}

function remove(timer: number): void {
  RemoveEntryList(at_TimerListEntry(timer as PKTIMER));
  u8[timer + insertedAt] = 0;
}

/** Signals a timer that is due and starts it again if it is periodic; returns its DPC. */
function expire(timer: number): number {
  const p = timer as PKTIMER;
  const tick = dueTick(timer);
  remove(timer);
  if (timerPeriod(p) !== 0) insert(timer, tick + timerPeriod(p));
  i32[(timer + signalAt) >> 2] = 1;
  const dpc: number = timerDpc(p);
  noteReleased(timer);
  signalObject(timer);
  return dpc;
}

function queueDpc(dpc: number): void {
  const time = systemTime();
  KeInsertQueueDpc(dpc, time % 0x100000000 | 0, Math.floor(time / 0x100000000));
}

/**
 * Starts a timer; TRUE if it ran already, which is forgotten then. IRQL <= DISPATCH_LEVEL.
 *
 * @param DueTime 100 ns units: negative from now, positive an absolute system time.
 * @param Period milliseconds between further expiries; 0 for one.
 * @param Dpc queued at each expiry with the system time as arguments; 0 for none.
 */
export function KeSetTimerEx(
  Timer: number,
  DueTime: number,
  Period: number,
  Dpc: number,
): boolean {
  const p = Timer as PKTIMER;
  lockDispatcher();
  const ran = isInserted(Timer);
  if (ran) remove(Timer);
  i32[(Timer + signalAt) >> 2] = 0;
  set_Period(p, Period);
  set_Dpc(p, Dpc as never);
  const tick = deadlineOf(DueTime);
  insert(Timer, tick);
  const dpc = tick <= tickCount() ? expire(Timer) : 0;
  unlockDispatcher();
  if (dpc !== 0) queueDpc(dpc);
  return ran;
}

/** KeSetTimerEx without a period. */
export function KeSetTimer(Timer: number, DueTime: number, Dpc: number): boolean {
  return KeSetTimerEx(Timer, DueTime, 0, Dpc);
}

/** Stops a timer; TRUE if it ran. A DPC that is queued by now still runs. <= DISPATCH_LEVEL. */
export function KeCancelTimer(Timer: number): boolean {
  lockDispatcher();
  const ran = isInserted(Timer);
  if (ran) remove(Timer);
  unlockDispatcher();
  return ran;
}

/** Whether the timer is signaled; old when it arrives. Any IRQL <= DISPATCH_LEVEL. */
export function KeReadStateTimer(Timer: number): boolean {
  return readSignalState(Timer) !== 0;
}

/** The timer that is due first, if that is by `tick`; 0 when none is. The lock is held. */
function firstDue(tick: number): number {
  const first = flink(head);
  if (first === 0 || first === head) return 0;
  const timer = first - entryAt;
  return dueTick(timer) <= tick ? timer : 0;
}

/**
 * Expires every timer that is due: what the clock interrupt does. The clock thread calls it after
 * it has moved the clock. Waiters are woken; DPCs are queued to this processor unless they have
 * another target, and run here when its level is below DISPATCH_LEVEL.
 *
 * @param nowTick milliseconds since boot.
 * @returns how many timers expired.
 */
export function expireTimers(nowTick: number): number {
  // The list is looked at without the lock first: this runs at every tick of the clock.
  let count = 0;
  while (flink(head) !== head && flink(head) !== 0) {
    lockDispatcher();
    const timer = firstDue(nowTick);
    const dpc = timer === 0 ? 0 : expire(timer);
    unlockDispatcher();
    if (timer === 0) break;
    if (dpc !== 0) queueDpc(dpc);
    count++;
  }
  return count;
}

/** Milliseconds since boot at which the next timer is due; Infinity when none runs. */
export function nextTimerTick(): number {
  lockDispatcher();
  const first = flink(head);
  const due = first === 0 || first === head ? Infinity : dueTick(first - entryAt);
  unlockDispatcher();
  return due;
}

/** Lets time jump to the first timer that is due by `until` and expires it; when that was. */
function expireEarliest(until: number): number {
  const due = nextTimerTick();
  if (due > until || due === Infinity) return Infinity;
  setTickCount(due);
  expireTimers(due);
  return due;
}
onAdvance(expireEarliest);

/** The timers that run, the next one to expire first: a snapshot. */
export function runningTimers(): number[] {
  const timers: number[] = [];
  lockDispatcher();
  for (let at = flink(head); at !== 0 && at !== head; at = flink(at)) timers.push(at - entryAt);
  unlockDispatcher();
  return timers;
}

/** Timers that run, for the check that a machine leaves none behind. */
export function activeTimers(): number {
  let count = 0;
  lockDispatcher();
  for (let at = flink(head); at !== 0 && at !== head; at = flink(at)) count++;
  unlockDispatcher();
  return count;
}
