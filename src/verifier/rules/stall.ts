// A machine in which nothing can go on is reported, with what every thread waits for: all threads
// sleep without a limit or have nothing to do, no request is with the disk, no timer is set, no
// work item has a worker. What it was is told by who waits for what: a work queue whose workers all
// wait, an event that was set before anybody waited for it, an operation that a filter keeps, or
// threads that wait for each other through events and messages.
//
// Looked at by whoever sleeps, once a slice, when no event at all was recorded for a while. On a
// computer that is short of processors a thread may have been woken long ago and not have run yet:
// it sleeps only if it looked around itself, more than once, since everything became quiet.
import { atReboot } from '../../mem/reboot.ts';
import { countQuiet } from '../../atomics-sync/atomics.ts';
import { i32 } from '../../mem/memory.ts';
import { VERIFIER_BLOCK } from '../../mem/memory-map.ts';
import { routineName } from '../../mem/routine.ts';
import { storageCounters } from '../../fs/storage.ts';
import { irpName } from '../../fltmgr/data.ts';
import { QUEUES, hasItem, haveWorkQueues, queueOf } from '../../ntos/ex/work-queue-root.ts';
import { KPRCB, KTHREAD, THREAD_IDLE, THREAD_WAITING, forEachProcessor, prcbOf, threadOf }
  from '../../ntos/ke/prcb.ts';
import { ROLE_CLOCK, ROLE_REQUESTOR, ROLE_SYSTEM_WORKER } from '../../ntos/ke/thread.ts';
import { activeTimers } from '../../ntos/ke/timer.ts';
import { tickCount } from '../../ntos/ke/time.ts';
import { FLT_OBJECT } from '../../fltmgr/attach/object.ts';
import { MEANS_MESSAGE, MEANS_REPLY, MEANS_RUNDOWN, MEANS_TEARDOWN, OBJECT_RESET, OBJECT_SIGNALED }
  from '../../trace/event.ts';
import { lastEvents } from '../../trace/read-ring.ts';
import { stallWord } from '../area.ts';
import { imageName, imageOfRoutine } from '../images.ts';
import { journeyOf, liveOperations } from '../operations.ts';
import { instanceLines, objectLines, objectName } from '../finding/filter-objects.ts';
import { outstanding } from '../references.ts';
import { report } from '../finding/report.ts';
import { operationOf } from '../wait/blockers.ts';
import { WAITS_OBJECT, looksOf, noteLook, sleepsForEver, waitOf } from '../wait/waits.ts';
import { participant, waitStacks } from './waiting.ts';
import type { RuleName } from '../rule-book.ts';
import type { TitledStack } from '../finding/finding.ts';
import type { LiveOperation } from '../operations.ts';
import type { Wait } from '../wait/waits.ts';

const { State } = KTHREAD.bound;
const { Role } = KPRCB.bound;
const stampWord = VERIFIER_BLOCK.start >> 2;
/** Milliseconds without any event, before somebody looks closely. */
const QUIET_MS = 1000;

/** Once may have been right before it was woken. */
const LOOKS = 2;

let lastStamp = -1;
let quietSince = 0;
/** How often each thread had looked around when this one first saw that it was quiet. */
let looksBefore: ReadonlyMap<number, number> | undefined;
atReboot(() => {
  lastStamp = -1;
  quietSince = 0;
  looksBefore = undefined;
});

interface Threads {
  /** Those that sleep for ever and have not merely nothing to do. */
  readonly stuck: number[];
  /** System workers with nothing to do. */
  readonly idleWorkers: number;
  /** Somebody can still go on. */
  readonly canGoOn: boolean;
}

function lookAtThreads(): Threads {
  const stuck: number[] = [];
  let idleWorkers = 0;
  let agent = false;
  let canGoOn = false;
  forEachProcessor((n) => {
    const role = Role(prcbOf(n));
    const state = State(threadOf(n));
    if (role === ROLE_CLOCK) return;
    if (state === THREAD_IDLE) {
      if (role === ROLE_SYSTEM_WORKER) idleWorkers++;
      agent ||= role === ROLE_REQUESTOR;
    } else if (state === THREAD_WAITING && sleepsForEver(n)) {
      if (waitOf(n)?.kind !== WAITS_OBJECT + MEANS_MESSAGE) stuck.push(n);
    } else {
      canGoOn = true;
    }
  });
  // The host's application may answer whenever it likes.
  const asked = stuck.some((n) => waitOf(n)?.kind === WAITS_OBJECT + MEANS_REPLY);
  return { stuck, idleWorkers, canGoOn: canGoOn || (agent && asked) };
}

function hasWork(): boolean {
  if (!haveWorkQueues()) return false;
  for (let index = 0; index < QUEUES; index++) if (hasItem(queueOf(index))) return true;
  return false;
}

function isQuiet(): boolean {
  return storageCounters().inFlight === 0 && activeTimers() === 0;
}

/**
 * Events that were signaled, or reset, while nobody waited, and on which somebody waits now. The
 * event of an operation that is still under way will be signaled by it: what it did before is old.
 */
function lostWakeUps(waits: readonly Wait[]): Wait[] {
  const events = lastEvents();
  const candidates = waits.filter((wait) => wait.kind === WAITS_OBJECT && operationOf(wait) === 0);
  return candidates.filter(({ object }) => events.some((event) =>
    event.a === object &&
    ((event.kind === OBJECT_RESET && event.b !== 0) ||
      (event.kind === OBJECT_SIGNALED && (event.b !== 0 || event.c === 1)))));
}

function kept(): LiveOperation[] {
  return liveOperations().filter(({ pendedBy }) => pendedBy !== 0);
}

interface Verdict {
  readonly rule: RuleName;
  readonly why: string;
  readonly image: number;
  readonly history: readonly string[];
  readonly stacks?: readonly TitledStack[];
}

/** A teardown waits for references of drivers: whose they are, and where they were taken. */
function missedReference({ kind, object: rundown }: Wait): Verdict | undefined {
  if (kind !== WAITS_OBJECT + MEANS_RUNDOWN) return undefined;
  const object = rundown - (FLT_OBJECT.offsets['Rundown'] ?? 4);
  const held = outstanding(object);
  if (held.length === 0) return undefined;
  const image = held.toSorted((a, b) => b.count - a.count)[0]!.image;
  const count = held.reduce((sum, entry) => sum + entry.count, 0);
  return {
    rule: 'leak.reference', image, history: objectLines(object),
    why: `a teardown waits for ${count} reference${count === 1 ? '' : 's'} to ` +
      `${objectName(object)} that nobody drops`,
    stacks: held.flatMap((entry) => entry.stacks.map((frames) => (
      { title: `a reference that ${imageName(entry.image)} took`, frames }))),
  };
}

function verdict(stuck: readonly number[]): Verdict {
  const waits = stuck.map(waitOf).filter((wait) => wait !== undefined);
  const workers = stuck.filter((n) => Role(prcbOf(n)) === ROLE_SYSTEM_WORKER);
  if (workers.length > 0 && hasWork()) {
    const image = waitOf(workers[0]!)?.image ?? -1;
    return { rule: 'work-queue', image, history: [],
      why: `all ${workers.length} system workers wait inside of work routines, and the items ` +
        'that would end their waits are queued behind them' };
  }
  const [lost] = lostWakeUps(waits);
  if (lost !== undefined) {
    return { rule: 'lost-wakeup', image: lost.image, history: [],
      why: 'an event was signaled when nobody waited for it, and its waiter came later' };
  }
  const missed = waits.map(missedReference).find((found) => found !== undefined);
  if (missed !== undefined) return missed;
  const [operation] = kept();
  if (operation !== undefined) {
    const { pendedBy, major, address } = operation;
    const image = imageOfRoutine(pendedBy);
    return { rule: 'never-complete', image, history: journeyOf(address),
      why: `${imageName(image)}!${routineName(pendedBy)} pended an ${irpName(major)} and nobody ` +
        'is left who would complete it' };
  }
  const image = waits.find((wait) => wait.image >= 0)?.image ?? -1;
  return { rule: 'deadlock', image, history: [], why: 'everybody waits for somebody else' };
}

/** What the instances wait for that are being torn down. */
function teardownLines(stuck: readonly number[]): string[] {
  return stuck.flatMap((n) => {
    const wait = waitOf(n);
    return wait?.kind === WAITS_OBJECT + MEANS_TEARDOWN ? instanceLines(wait.object as never) : [];
  });
}

/** Whether each of these threads has had the processor, and gone to sleep again, since `before`. */
function sleptOn(stuck: readonly number[], before: ReadonlyMap<number, number>): boolean {
  return stuck.every((n) => ((looksOf(n) - (before.get(n) ?? looksOf(n))) >>> 0) >= LOOKS);
}

function judge(): void {
  const { stuck, idleWorkers, canGoOn } = lookAtThreads();
  if (canGoOn || stuck.length === 0 || !isQuiet()) return;
  looksBefore ??= new Map(stuck.map((n) => [n, looksOf(n)]));
  if (!sleptOn(stuck, looksBefore)) return;
  if (hasWork() && idleWorkers > 0) return;
  // One thread reports; nothing happens meanwhile, so the others would say the same.
  if (countQuiet(stallWord) !== 0) return;
  tell(stuck);
}

function tell(stuck: readonly number[]): void {
  const { rule, why, image, history, stacks = [] } = verdict(stuck);
  report({
    rule, image, parameters: stuck.slice(0, 4), stacks: [...waitStacks(stuck), ...stacks],
    history: [...history, ...teardownLines(stuck)],
    cause: `nothing can go on: ${why}. ${stuck.map(participant).join('; ')}`,
    mark: stuck.map((n) => waitOf(n)?.routine ?? '').filter((name) => name !== '')
      .toSorted().join('+'),
  });
}

/**
 * A controlled schedule knows by itself that nobody can go on; this says why, and reports it.
 * @throws BugCheck like every report.
 */
export function explainStall(): void {
  const { stuck } = lookAtThreads();
  if (stuck.length > 0 && countQuiet(stallWord) === 0) tell(stuck);
}

/** Called once a slice by every thread that sleeps. */
export function lookForStall(): void {
  noteLook();
  const now = tickCount();
  const stamp = i32[stampWord]!;
  if (stamp !== lastStamp) {
    lastStamp = stamp;
    quietSince = now;
    looksBefore = undefined;
    return;
  }
  if (now - quietSince >= QUIET_MS) judge();
}
