// What is known at the moment of a finding: every thread with its role, level and locks. Read from
// shared memory by the thread that was caught, while the others go on; a diagnosis, not a snapshot.
import { routineName } from '../../mem/routine.ts';
import { KPRCB, KTHREAD, THREAD_IDLE, THREAD_WAITING, forEachProcessor, prcbOf, threadOf }
  from '../../ntos/ke/prcb.ts';
import { lockKindNames } from '../../trace/event.ts';
import { locksOf } from '../lock/held-locks.ts';
import { roleOf } from '../thread-names.ts';
import { describeWait } from '../wait/blockers.ts';
import { waitOf } from '../wait/waits.ts';
import type { LockEvidence, ThreadEvidence } from './finding.ts';
import type { HeldLock } from '../lock/held-locks.ts';

const { CurrentIrql } = KPRCB.bound;
const { State, CurrentRoutine } = KTHREAD.bound;

/** The lock in the form of findings. */
export function lockEvidence(lock: HeldLock): LockEvidence {
  return { kind: lockKindNames[lock.kind] ?? 'lock', address: lock.address, shared: lock.isShared,
    stack: lock.stack };
}

function stateName(state: number): string {
  if (state === THREAD_WAITING) return 'waiting';
  return state === THREAD_IDLE ? 'idle' : 'running';
}

/** One thread. */
export function threadEvidence(processor: number): ThreadEvidence {
  const prcb = prcbOf(processor);
  const thread = threadOf(processor);
  const routine = CurrentRoutine(thread);
  const role = roleOf(processor);
  const wait = waitOf(processor);
  return {
    processor, role, irql: CurrentIrql(prcb),
    state: stateName(State(thread)), routine: routine === 0 ? '' : routineName(routine),
    ...(wait !== undefined && { waitsFor: describeWait(wait) }),
    locks: locksOf(processor).map(lockEvidence),
  };
}

/** Every thread of the machine. */
export function allThreads(): ThreadEvidence[] {
  const found: ThreadEvidence[] = [];
  forEachProcessor((processor) => found.push(threadEvidence(processor)));
  return found;
}

