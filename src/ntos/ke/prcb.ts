// The processor control block and the thread that owns the processor. One worker thread is one
// system thread that owns one virtual processor, so the two lie side by side in the processor's
// block and live equally long. Fields are written by their own thread with plain stores unless
// they are atomic; the watchdog and reports read them racily, which is enough for a diagnosis.
import { atomic, array, LONG, POINTER, ROUTINE, SHORT, UCHAR, ULONG, USHORT }
  from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { processorBlock } from '../../mem/memory-map.ts';
import { struct } from '../../mem/struct.ts';
import { MAX_PROCESSORS, THREAD_WAIT_OBJECTS } from '../../mem/param.ts';
import { DISPATCHER_HEADER, KWAIT_BLOCK } from './types.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { describeThread } from '../../trace/tracer.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** KPRCB.State: who owns the processor. */
export const PROCESSOR_FREE = 0;
export const PROCESSOR_STARTING = 1;
export const PROCESSOR_RUNNING = 2;
export const PROCESSOR_LEFT = 3;
/** Set by the host when the worker died: its locks are reported, nobody waits for it. */
export const PROCESSOR_DEAD = 4;

/** KTHREAD.State: what a thread is doing, for the watchdog. */
export const THREAD_RUNNING = 0;
export const THREAD_WAITING = 1;
/** Waiting for work: an idle worker, not part of any deadlock. */
export const THREAD_IDLE = 2;

export const KTHREAD = struct('KTHREAD', {
  Header: DISPATCHER_HEADER,
  ThreadId: ULONG,
  /** The EPROCESS on whose behalf the thread runs; requestors change it per operation. */
  Process: POINTER,
  TopLevelIrp: POINTER,
  KernelApcDisable: SHORT,
  SpecialApcDisable: SHORT,
  State: LONG,
  PreviousMode: UCHAR,
  SystemThread: UCHAR,
  Spare: USHORT,
  // Waiting: guarded by the dispatcher lock, but for WaitWord, on which the thread sleeps.
  WaitWord: atomic(),
  WaitStatus: LONG,
  /** The first of the wait blocks the thread hangs on, or NULL. */
  WaitBlockList: POINTER,
  WaitReason: ULONG,
  /** What may end the wait early: the WAIT_* bits of the wait it is in. */
  WaitFlags: ULONG,
  /** Bit 0: alerted from kernel mode, bit 1: from user mode, and nobody has noticed. */
  Alerted: ULONG,
  Terminating: ULONG,
  /** With what the next cancellable wait ends, or the one under way; 0 when nobody asked. */
  WaitCancelled: LONG,
  /** User APCs queued to the thread, and whether a wait ended for them: they run next. */
  UserApcListHead: LIST_ENTRY,
  UserApcPending: ULONG,
  /** Mutexes that the thread owns, chained through MutantListEntry. */
  MutantListHead: LIST_ENTRY,
  // Owner-written: KeSetEvent and its like were told that a wait follows (KRN-20).
  WaitNext: ULONG,
  WaitIrql: ULONG,
  WaitBlock: array(KWAIT_BLOCK, THREAD_WAIT_OBJECTS + 1),
  // Kernel APCs queued to the thread: guarded by the dispatcher lock.
  ApcListHead: LIST_ENTRY,
  ApcPending: atomic(),
  /** IRPs this thread issued and did not wait for: only it touches the list, at APC_LEVEL. */
  IrpList: LIST_ENTRY,
  // Where the thread is, for the watchdog: the driver routine it runs and for which operation.
  CurrentRoutine: ROUTINE,
  CurrentFilter: POINTER,
  CurrentData: POINTER,
  CurrentMajor: ULONG,
  /**
   * Thread, page and I/O priority as they were set (ntos/io/service/priority.ts); 0 for the usual
   * one.
   */
  Priority: ULONG,
  PagePriority: ULONG,
  IoPriority: ULONG,
  // Counted by the thread itself, read by the host while it runs.
  OperationsIssued: ULONG,
  OperationsCompleted: ULONG,
  /** What a thread that issues nothing got done: work items run, requests of the disk completed. */
  Heartbeat: ULONG,
});
export type PKTHREAD = Ptr<'KTHREAD'>;

export const KPRCB = struct('KPRCB', {
  State: atomic(),
  Number: ULONG,
  Role: ULONG,
  /** Owner-written: only the processor's own thread reads or writes it while it runs. */
  CurrentIrql: LONG,
  DpcLock: atomic(),
  DpcListHead: LIST_ENTRY,
  DpcPending: atomic(),
  DpcRoutineActive: LONG,
  DpcsRun: ULONG,
  /** The worker's number in its process, by which the host's debugger finds it; 0: not told. */
  HostThread: ULONG,
});
export type PKPRCB = Ptr<'KPRCB'>;

/** The KPRCB of a processor. */
export function prcbOf(processor: number): PKPRCB {
  return processorBlock(processor) as PKPRCB;
}

/** The thread that owns a processor. */
export function threadOf(processor: number): PKTHREAD {
  return (processorBlock(processor) + 512) as PKTHREAD;
}

/** This thread's processor and thread: constants for life. */
export const currentPrcb: PKPRCB = prcbOf(boot.processor);
export const currentThread: PKTHREAD = threadOf(boot.processor);

describeThread(currentPrcb + (KPRCB.offsets['CurrentIrql'] ?? 0),
  currentThread + (KTHREAD.offsets['CurrentRoutine'] ?? 0),
  currentThread + (KTHREAD.offsets['CurrentData'] ?? 0));

/** The processor a thread owns. */
export function processorOfThread(thread: PKTHREAD): number {
  return (thread - 512 - processorBlock(0)) / (processorBlock(1) - processorBlock(0));
}

const { at_State } = KPRCB.bound;

/** Whether the processor's worker is there: started, not ended, not dead. */
export function isProcessorAlive(processor: number): boolean {
  const state = load(at_State(prcbOf(processor)));
  return state === PROCESSOR_STARTING || state === PROCESSOR_RUNNING;
}

/** Calls `visit` for each processor that a worker owns. */
export function forEachProcessor(visit: (processor: number) => void): void {
  for (let n = 0; n < MAX_PROCESSORS; n++) if (isProcessorAlive(n)) visit(n);
}
