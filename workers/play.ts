// A thread's life: map the images, claim the processor, play the role, leave in order. The control
// thread boots the machine; the others wait until it runs. An exception that a role lets escape is
// a bug check of the machine unless it is the machine's own stop.
import { threadId } from 'node:worker_threads';
import { load, sleepForEver, wait } from '../src/atomics-sync/atomics.ts';
import { enlistOwner, retireOwner } from '../src/atomics-sync/owner.ts';
import { boot } from '../src/mem/boot-options.ts';
import { mapImage } from '../src/image/js-image.ts';
import { BugCheck, KI_SYSTEM, KeBugCheckEx, MACHINE_BOOTING, MACHINE_CRASHED, MACHINE_OFF,
  MachineStopped, kiSystem, machineState } from '../src/ntos/ke/bug-check.ts';
import { KMODE_EXCEPTION_NOT_HANDLED } from '../src/ntos/ke/bug-check-codes.ts';
import { KPRCB, currentPrcb } from '../src/ntos/ke/prcb.ts';
import { KiStartProcessor, KiStopProcessor, ROLE_CLOCK, ROLE_REQUESTOR, ROLE_STORAGE,
  ROLE_SYSTEM_WORKER } from '../src/ntos/ke/thread.ts';
import { flushMagazines } from '../src/ntos/ex/pool/pool-magazines.ts';
import { setSuppressions } from '../src/verifier/policy.ts';
import { startJudge } from '../src/verifier/judge.ts';
import { startFaults } from '../src/machine/faults/policy.ts';
import { playClock } from './clock.ts';
import { playControl } from './control.ts';
import { playPort } from './port.ts';
import { playRequestor } from './requestor.ts';
import { playStorage } from './storage.ts';
import { playSystemWorker } from './system-worker.ts';
import type { Assignment, ThreadReport } from '../src/machine/assignment.ts';
import type { MappedImage } from '../src/image/js-image.ts';

const stateWord = kiSystem + (KI_SYSTEM.offsets['State'] ?? 0);
const roleNumbers = {
  'system-worker': ROLE_SYSTEM_WORKER, storage: ROLE_STORAGE, clock: ROLE_CLOCK,
  requestor: ROLE_REQUESTOR, port: ROLE_REQUESTOR, control: 0,
} as const;

/** Waits until the control thread has booted the machine. */
function waitForBoot(): void {
  for (;;) {
    const state = load(stateWord);
    if (state === MACHINE_CRASHED) throw new MachineStopped('it crashed while it booted');
    if (state !== MACHINE_OFF && state !== MACHINE_BOOTING) return;
    wait(stateWord, state, 20);
  }
}

async function playRole(assignment: Assignment, images: MappedImage[]): Promise<unknown> {
  switch (assignment.role) {
    case 'control':
      return playControl(assignment, images);
    case 'clock':
      return playClock();
    case 'system-worker':
      return playSystemWorker();
    case 'storage':
      return playStorage();
    case 'requestor':
      return playRequestor(assignment);
    case 'port':
      return playPort();
    default:
      return assignment.role satisfies never;
  }
}

function report(
  assignment: Assignment,
  exit: ThreadReport['exit'],
  more: { error?: string; result?: unknown } = {},
): ThreadReport {
  return {
    role: assignment.role, processor: boot.processor, workerThreadId: threadId, exit, ...more,
  };
}

/** Ends the machine for what a role threw: nothing else may be running on after it. */
function ended(assignment: Assignment, thrown: unknown): ThreadReport {
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  if (thrown instanceof MachineStopped) {
    return report(assignment, 'stopped', { error: thrown.message });
  }
  if (thrown instanceof BugCheck) return report(assignment, 'crashed', { error: thrown.message });
  if (machineState() !== MACHINE_CRASHED) {
    try {
      KeBugCheckEx(KMODE_EXCEPTION_NOT_HANDLED, 0, 0, 0, 0,
        `the ${assignment.role} thread ended by an exception of the emulator itself:\n${text}`);
    } catch {
      // The crash block holds it; this thread only has to leave.
    }
  }
  return report(assignment, 'crashed', { error: text });
}

/** Plays an assignment to its end. */
export async function play(assignment: Assignment): Promise<ThreadReport> {
  const images: MappedImage[] = [];
  for (const [index, spec] of assignment.images.entries()) images.push(await mapImage(index, spec));
  enlistOwner(boot.processor + 1);
  setSuppressions(assignment.suppressions ?? []);
  try {
    if (assignment.role !== 'control') {
      waitForBoot();
      startJudge();
      KiStartProcessor(roleNumbers[assignment.role]);
      KPRCB.bound.set_HostThread(currentPrcb, threadId);
      startFaults();
    }
    const result = await playRole(assignment, images);
    if (assignment.role !== 'control') {
      flushMagazines();
      KiStopProcessor();
    }
    retireOwner(boot.processor + 1);
    return report(assignment, 'done', { result });
  } catch (thrown) {
    return ended(assignment, thrown);
  } finally {
    sleepForEver();
  }
}
