// A deadlock is reported when it closes: the thread that is about to sleep looks whether those who
// keep it waiting wait, in the end, for itself. Locks of all kinds and operations in callbacks are
// followed; what only an event or a message can end is judged by stall.ts.
import { atReboot } from '../../mem/reboot.ts';
import { boot } from '../../mem/boot-options.ts';
import { i32 } from '../../mem/memory.ts';
import { waitQuiet } from '../../atomics-sync/atomics.ts';
import { LOCK_TAKEN, LOCK_WANTED, WAIT_BEGAN, WAIT_ENDED, WAIT_MEANS, WAIT_OBJECT }
  from '../../trace/event.ts';
import { epochWord } from '../area.ts';
import { blockersOf, describeWait } from '../wait/blockers.ts';
import { currentFrame, currentImage } from '../driver-frames.ts';
import { threadName } from '../thread-names.ts';
import { publishStacks } from '../lock/held-locks.ts';
import { report } from '../finding/report.ts';
import { noteStack } from '../finding/stack.ts';
import { waitCycle } from '../wait/wait-graph.ts';
import { WAITS_LOCK, WAITS_OBJECT, clearWait, publishWait, waitOf, waitSerial }
  from '../wait/waits.ts';
import type { TitledStack } from '../finding/finding.ts';
import type { WaitStep } from '../wait/wait-graph.ts';
import type { Rule } from '../rule.ts';

/** The lock that this thread is trying to get. */
let wanted = 0;
let wantedKind = 0;
/** What the next wait is for, when the room said so. */
let meaning = 0;
let meant = 0;
/** The type of the object of the next wait. */
let objectType = 0;
atReboot(() => {
  wanted = 0;
  wantedKind = 0;
  meaning = 0;
  meant = 0;
  objectType = 0;
});

/** How often, and how long (ms), a cycle is looked at again before it is believed. */
const LOOKS = 3;
const LOOK_MS = 15;

function began(object: number, _count: number, isTimed: number, _reason: number): void {
  const frame = currentFrame();
  const stack = noteStack();
  const routine = frame?.routine ?? 0;
  const timed = isTimed !== 0;
  publishStacks();
  if (meaning !== 0) {
    publishWait(WAITS_OBJECT + meaning, meant, 0, timed, stack, routine, currentImage());
  } else if (wanted !== 0) {
    publishWait(WAITS_LOCK, wanted, wantedKind, timed, stack, routine, currentImage());
  } else {
    publishWait(WAITS_OBJECT, object, objectType, timed, stack, routine, currentImage());
  }
  if (!timed && !boot.inline) judge();
}

/** Whether everybody in a cycle still waits as when it was found. */
function stands(cycle: readonly WaitStep[], serials: readonly number[]): boolean {
  const same = cycle.every(({ waiter }, n) => waitSerial(waiter) === serials[n]);
  return same && cycle.every(({ waiter, blocker }) => blockersOf(waiter).includes(blocker));
}

function judge(): void {
  const cycle = waitCycle(boot.processor, blockersOf);
  if (cycle.length === 0) return;
  const serials = cycle.map(({ waiter }) => waitSerial(waiter));
  for (let look = 0; look < LOOKS; look++) {
    waitQuiet(epochWord, i32[epochWord >> 2]!, LOOK_MS);
    if (!stands(cycle, serials)) return;
  }
  reportCycle(cycle);
}

/** One participant in words. */
export function participant(processor: number): string {
  const wait = waitOf(processor);
  const what = wait === undefined ? 'runs' : `waits for ${describeWait(wait)}`;
  const where = wait === undefined || wait.routine === '' ? '' : ` in ${wait.routine}`;
  return `${threadName(processor)}${where} ${what}`;
}

/** Where a participant waits. */
export function waitStacks(processors: readonly number[]): TitledStack[] {
  return processors.map((processor) => ({
    title: participant(processor), frames: waitOf(processor)?.stack ?? [],
  }));
}

function reportCycle(cycle: readonly WaitStep[]): void {
  const threads = cycle.map(({ waiter }) => waiter);
  const steps = cycle.map(({ waiter, blocker }) =>
    `${participant(waiter)}, which ${threadName(blocker)} has`);
  report({
    rule: 'deadlock', parameters: threads.slice(0, 4), stacks: waitStacks(threads),
    cause: `${threads.length} threads wait for each other: ${steps.join('; ')}`,
    mark: threads.map((n) => waitOf(n)?.routine ?? '').toSorted().join('+'),
  });
}

export const waiting: Rule = {
  name: 'waiting',
  on: {
    [LOCK_WANTED]: (address, kind) => {
      wanted = address;
      wantedKind = kind;
    },
    [LOCK_TAKEN]: () => {
      wanted = 0;
    },
    [WAIT_OBJECT]: (_object, type) => {
      objectType = type;
    },
    [WAIT_MEANS]: (what, object) => {
      meaning = what;
      meant = object;
    },
    [WAIT_BEGAN]: began,
    [WAIT_ENDED]: () => {
      meaning = 0;
      clearWait();
    },
  },
};
