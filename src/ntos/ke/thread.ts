// A worker becomes a system thread: it claims its processor by compare-exchange, lays out the
// KPRCB and the KTHREAD, and is then known to everyone who looks at processors.
import { fillBytes } from '../../mem/memory.ts';
import { add, compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { InitializeListHead } from '../rtl/list-entry.ts';
import { KPRCB, KTHREAD, PROCESSOR_FREE, PROCESSOR_LEFT, PROCESSOR_RUNNING, PROCESSOR_STARTING,
  currentPrcb, currentThread } from './prcb.ts';
import { ThreadObject } from './types.ts';
import { KI_SYSTEM, KeBugCheckEx, kiSystem } from './bug-check.ts';
import { KERNEL_APC_PENDING_DURING_EXIT } from './bug-check-codes.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql } from './irql.ts';
import { combinedApcDisable, initializeApcs } from './apc.ts';
import { initializeDpcQueue, retireDpcList } from './dpc.ts';
import { waitForObject, Executive } from './dispatcher.ts';
import { initializeHeader } from './dispatcher-object.ts';
import { KEVENT } from './types.ts';
import { KeInitializeEvent, NotificationEvent } from './event.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '../status-codes.ts';
import { abandonMutexes } from './mutex.ts';
import type { NTSTATUS } from '../status.ts';

const p = KPRCB.bound;
const t = KTHREAD.bound;
const nextIdAt = kiSystem + (KI_SYSTEM.offsets['NextId'] ?? 0);

/** KPRCB.Role: what a worker plays. */
export const ROLE_BOOT = 1;
export const ROLE_REQUESTOR = 2;
export const ROLE_SYSTEM_WORKER = 3;
export const ROLE_STORAGE = 4;
export const ROLE_CLOCK = 5;

/** Names of the roles, for reports. */
export const roleNames: readonly string[] = ['', 'boot', 'requestor', 'system worker', 'storage',
  'clock'];

/**
 * Claims this thread's processor and makes its control blocks (KiStartProcessor). Must be the
 * first kernel routine a worker calls. Fails when another worker owns the processor.
 */
export function KiStartProcessor(role: number): void {
  const state = p.at_State(currentPrcb);
  const before = load(state);
  const free = before === PROCESSOR_FREE || before === PROCESSOR_LEFT;
  if (!free || compareExchange(state, before, PROCESSOR_STARTING) !== before) {
    throw new Error(`processor ${boot.processor} is owned by another worker; each worker needs ` +
      `its own`);
  }
  fillBytes(currentPrcb + 4, 0, KPRCB.size - 4);
  p.set_Number(currentPrcb, boot.processor);
  p.set_Role(currentPrcb, role);
  initializeDpcQueue(currentPrcb);
  fillBytes(currentThread, 0, KTHREAD.size);
  initializeHeader(currentThread, ThreadObject, KTHREAD.size, 0);
  t.set_ThreadId(currentThread, 4 * (boot.processor + 2) + 4);
  t.set_SystemThread(currentThread, role === ROLE_REQUESTOR ? 0 : 1);
  t.set_PreviousMode(currentThread, role === ROLE_REQUESTOR ? 1 : 0);
  InitializeListHead(t.at_ApcListHead(currentThread));
  InitializeListHead(t.at_IrpList(currentThread));
  initializeApcs(currentThread);
  store(state, PROCESSOR_RUNNING);
}

/**
 * Leaves the processor; nothing of the thread may be under way. A thread that ends in a critical or
 * guarded region is bug check 0x20 (KRN-9); mutexes that it owns are abandoned (KRN-22).
 */
export function KiStopProcessor(): void {
  abandonMutexes();
  const disabled = combinedApcDisable();
  if (disabled !== 0) {
    KeBugCheckEx(KERNEL_APC_PENDING_DURING_EXIT, 0, disabled, KeGetCurrentIrql(), 0,
      'a thread ended with kernel APCs disabled; a critical or guarded region was not left ' +
        '(KRN-9)');
  }
  if (KeGetCurrentIrql() < DISPATCH_LEVEL) retireDpcList();
  store(p.at_State(currentPrcb), PROCESSOR_LEFT);
}

/** A number that nothing else in the machine has: process and thread ids, sequence numbers. */
export function nextId(): number {
  return add(nextIdAt, 4) + 4;
}

/**
 * KeDelayExecutionThread: sleeps for a time, or until one. IRQL <= APC_LEVEL.
 * @param interval 100 ns units, negative relative, positive absolute.
 * @param flags what may end the sleep early (wait-interruption.ts).
 * @returns STATUS_SUCCESS when the time is over, else the status of the interruption.
 */
export function delayExecution(interval: number, flags = 0): NTSTATUS {
  const frame = pushFrame();
  const event = stackAlloc(KEVENT.size);
  KeInitializeEvent(event, NotificationEvent, false);
  const status = waitForObject(event, Executive, interval, flags);
  popFrame(frame);
  return status === STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}
