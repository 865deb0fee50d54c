// What the debugger's thread sees: who is where, who waits for whom, which locks are held, which
// operations are under way, what each thread did last. Runs in a thread bound to the machine.
import { nameImage } from '../../verifier/images.ts';
import { lastEvents } from '../../trace/read-ring.ts';
import { lockKindNames } from '../../trace/event.ts';
import { locksOf } from '../../verifier/lock/held-locks.ts';
import { blockersOf, describeWait } from '../../verifier/wait/blockers.ts';
import { journeyOf, learnSheets, liveOperations } from '../../verifier/operations.ts';
import { waitOf } from '../../verifier/wait/waits.ts';
import { imageName } from '../../verifier/images.ts';
import { irpName } from '../../fltmgr/data.ts';
import { storageCounters } from '../../fs/storage.ts';
import { haveWorkQueues } from '../../ntos/ex/work-queue-root.ts';
import { workQueueStatistics } from '../../ntos/ex/work-queue.ts';
import { eventLine } from './event-line.ts';
import { lastSteps } from './steps.ts';
import type { DumpOperation, DumpQueue, DumpStep, DumpThread, MachineLook } from './crash-dump.ts';
import type { DebuggerTold } from './take.ts';
import type { ThreadView } from '../../machine/host-view.ts';
import type { TraceEvent } from '../../trace/read-ring.ts';

/** Events shown of each thread. */
const EVENTS = 40;
/** Operations kept of each thread. */
const STEPS = 12;
const queueNames = ['CriticalWorkQueue', 'DelayedWorkQueue', 'HyperCriticalWorkQueue'];

type Names = ReadonlyMap<number, string>;

function whereOf({ routine, major }: ThreadView, names: Names): string {
  if (routine === 0) return '';
  const name = names.get(routine) ?? `routine ${routine}`;
  return major < 0 ? name : `${name} for ${irpName(major)}`;
}

function threadOf(view: ThreadView, names: Names, events: readonly TraceEvent[]): DumpThread {
  const { processor, role, state, irql, issued, completed } = view;
  const wait = waitOf(processor);
  const own = events.filter((event) => event.processor === processor);
  return {
    processor, role: role === 'boot' ? 'control' : role, state, irql, issued, completed,
    where: whereOf(view, names),
    ...(wait !== undefined && { waitsFor: describeWait(wait) }),
    stack: wait?.stack ?? [],
    blockedBy: blockersOf(processor),
    locks: locksOf(processor).map(({ kind, address, isShared, stack }) => ({
      kind: lockKindNames[kind] ?? 'lock', address, shared: isShared, stack })),
    events: own.slice(-EVENTS).map((event) => eventLine(event, names)),
    steps: lastSteps(own, STEPS),
  };
}

function operations(names: Names): DumpOperation[] {
  return liveOperations().map(({ address, major, owner, pendedBy }) => {
    const filter = imageName(owner);
    const pended = pendedBy === 0 ? ''
      : `pended by ${names.get(pendedBy) ?? `routine ${pendedBy}`}`;
    return { address, what: irpName(major), owner: [filter, pended].filter((s) => s !== '')
      .join(', '), journey: journeyOf(address) };
  });
}

function queues(): DumpQueue[] {
  if (!haveWorkQueues()) return [];
  return queueNames.map((name, index) => {
    const { waiting, run, longestWaitMs } = workQueueStatistics(index);
    return { name, waiting, run, longestWaitMs };
  });
}

/** What threads did that are gone, each for itself. */
function pastSteps(events: readonly TraceEvent[], present: readonly number[]): DumpStep[][] {
  const gone = new Set(events.map(({ processor }) => processor));
  for (const processor of present) gone.delete(processor);
  return [...gone].map((processor) =>
    lastSteps(events.filter((event) => event.processor === processor), STEPS))
    .filter((steps) => steps.length > 0);
}

/** Looks around. */
export function look(told: DebuggerTold): MachineLook {
  for (const [index, { name }] of told.images.entries()) nameImage(index, name);
  const names = new Map(told.routines);
  learnSheets();
  const events = lastEvents();
  const { taken, completed } = storageCounters();
  return { threads: told.threads.map((view) => threadOf(view, names, events)),
    past: pastSteps(events, told.threads.map(({ processor }) => processor)),
    operations: operations(names), queues: queues(), storage: { taken, completed } };
}
