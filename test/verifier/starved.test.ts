// A computer that is short of processors is no deadlock: a thread that was woken and has not run
// yet still looks as if it slept. One thread plays the one that looks; the other is only its record.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '../support/boot-inline.ts';
import { BugCheck, KI_SYSTEM, MACHINE_RUNNING, kiSystem } from '#src/ntos/ke/bug-check.ts';
import { store } from '#src/atomics-sync/atomics.ts';
import { KPRCB, KTHREAD, PROCESSOR_FREE, PROCESSOR_RUNNING, THREAD_WAITING, prcbOf, threadOf }
  from '#src/ntos/ke/prcb.ts';
import { ROLE_REQUESTOR } from '#src/ntos/ke/thread.ts';
import { setTickCount, tickCount } from '#src/ntos/ke/time.ts';
import { VF_WAIT, WAITS_LOCK, clearWait, publishWait, waitRecordOf }
  from '#src/verifier/wait/waits.ts';
import { lookForStall } from '#src/verifier/rules/stall.ts';

const OTHER = 3;
const other = VF_WAIT.at(waitRecordOf(OTHER));
let shutdown: () => void;

beforeEach(() => {
  shutdown = bootInline();
  const prcb = prcbOf(OTHER);
  KPRCB.bound.set_Role(prcb, ROLE_REQUESTOR);
  store(KPRCB.bound.at_State(prcb), PROCESSOR_RUNNING);
  // Both wait for a lock without a limit.
  KTHREAD.bound.set_State(threadOf(OTHER), THREAD_WAITING);
  KTHREAD.bound.set_State(threadOf(0), THREAD_WAITING);
  publishWait(WAITS_LOCK, 0x1000, 1, false, 0, 0, -1);
  other.Kind = WAITS_LOCK;
  other.Object = 0x2000;
  other.Detail = 1;
});
afterEach(() => {
  clearWait();
  other.Kind = 0;
  store(KPRCB.bound.at_State(prcbOf(OTHER)), PROCESSOR_FREE);
  KTHREAD.bound.set_State(threadOf(0), 0);
  shutdown();
});

/** Looks around every 20 ms, for so long; what it said. */
function looking(milliseconds: number, meanwhile: () => void = () => undefined): string {
  try {
    for (const end = tickCount() + milliseconds; tickCount() < end;) {
      setTickCount(tickCount() + 20);
      lookForStall();
      meanwhile();
    }
    return '';
  } catch (error) {
    if (!(error instanceof BugCheck)) throw error;
    const root = kiSystem as Parameters<typeof KI_SYSTEM.bound.at_State>[0];
    store(KI_SYSTEM.bound.at_State(root), MACHINE_RUNNING);
    store(KI_SYSTEM.bound.at_CrashClaimed(root), 0);
    return error.evidence;
  }
}

test('a thread that has not run since all became quiet may have been woken: nothing is said', () => {
  expect(looking(60_000)).toBe('');
});

test('threads that ran and slept on are stuck, as soon as each has looked twice', () => {
  expect(looking(5000, () => (other.Looks += 1))).toMatch(/nothing can go on/);
});

test('one look is not enough: it may have been woken right after it', () => {
  let looked = false;
  expect(looking(5000, () => {
    if (!looked && tickCount() > 2000) {
      other.Looks += 1;
      looked = true;
    }
  })).toBe('');
});
