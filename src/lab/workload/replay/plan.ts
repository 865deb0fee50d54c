// From a replay program to the work of each requestor: the order of everything, who does what,
// which handles are shared, what contents to expect. Guarantees: plain data; the same program and
// options give the same plan. Places (`at`) are dense; each step keeps the order of the program,
// the preparation's steps come first, and a request that the log shows as cancelled is given up
// right after the last step that began before it ended.
import { assignThreads } from './assign.ts';
import { Contents } from './contents.ts';
import { newStopBuffer } from '../stop-flag.ts';
import type { ReplayProgram } from '../../trace/program.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { StopBuffer } from '../stop-flag.ts';
import type { ProcessFacts } from '../user/processes.ts';
import type { PlannedStep, PreparationData, ReplayOrder, ReplayWork, SlotFacts,
  TreePlan } from './plan-types.ts';

/** What the caller chooses. */
export interface PlanOptions {
  readonly order?: ReplayOrder;
  readonly requestors?: number;
  /** asap: go on, round after round, until this time is over; one round by default. */
  readonly durationMs?: number;
  /** recorded: how long one blocked step may hold up the others; two seconds by default. */
  readonly patienceMs?: number;
}

/** The work of a whole replay. */
export interface ReplayPlan {
  readonly preparation: PreparationData;
  readonly works: readonly ReplayWork[];
  readonly processes: readonly ProcessFacts[];
  readonly steps: number;
  readonly initialBytes: number;
  readonly stop: StopBuffer;
}

/** Bytes that requestors share before the slots, and bytes per slot: see `shared.ts`. */
const SHARED_HEAD = 4096;
const SLOT_BYTES = 16;
const DEFAULT_PATIENCE = 2000;

interface Draft {
  readonly step: Step;
  readonly requestor: number;
  readonly cancels?: number;
}

/** Makes the plan of a program. */
export function planProgram(program: ReplayProgram, options: PlanOptions = {}): ReplayPlan {
  const requestors = options.requestors ?? 1;
  const order = options.order ?? 'recorded';
  const { preparation, threads } = program;
  const inOrder = threads.flatMap((thread) => thread.steps)
    .toSorted((one, other) => one.order - other.order);
  const all = [...preparation, ...inOrder];
  const requestorOf = assignThreads(threads.length, all, requestors);
  const drafts = withCancellations(preparation, inOrder, requestorOf);
  const contents = new Contents(program, all);
  const planned = planSteps(drafts, contents);
  const tree: TreePlan = { volumes: program.state.volumes.filter((v) => !v.isOutside)
    .map((v) => v.name), files: contents.tree(all) };
  const content = contents.facts(planned.map((step, i) =>
    ({ step: step.step, at: step.at, requestor: drafts[i]?.requestor ?? 0 })), tree.files);
  const slots = slotFacts(program, drafts, contents);
  const processes = processesOf(program);
  const sharedBytes = SHARED_HEAD + slots.length * SLOT_BYTES;
  const stop = newStopBuffer();
  const facts = { order, slots, sharedBytes, content, processes, stop,
    processOf: threads.map(({ processId }) => realProcess(processId, processes)),
    owners: order === 'recorded' ? Uint8Array.from(drafts, (d) => d.requestor) : new Uint8Array(),
    patienceMs: options.patienceMs ?? DEFAULT_PATIENCE,
    rounds: order === 'asap' ? { tree, durationMs: options.durationMs ?? 0 } : undefined };
  return {
    preparation: { tree: order === 'asap' ? undefined : tree, processes, sharedBytes,
      requestors, slots: slots.length },
    works: Array.from({ length: requestors }, (_, index) => ({ ...facts,
      steps: planned.filter((_step, i) => drafts[i]?.requestor === index) })),
    processes, steps: planned.length, initialBytes: contents.initialBytes, stop,
  };
}

/** Puts a cancellation behind the last step that began before the cancelled request ended. */
function withCancellations(
  preparation: readonly Step[], inOrder: readonly Step[], requestorOf: readonly number[],
): Draft[] {
  const due = new Map<number, Step[]>();
  for (const step of inOrder) {
    if (!('Cancel' in step) || !step.Cancel) continue;
    due.set(step.completedAfter, [...(due.get(step.completedAfter) ?? []), step]);
  }
  const drafts: Draft[] = [];
  const placeOf = new Map<number, number>();
  const requestor = (step: Step): number => requestorOf[step.thread] ?? 0;
  for (const step of preparation) drafts.push({ step, requestor: requestor(step) });
  for (const step of inOrder) {
    placeOf.set(step.order, drafts.length);
    drafts.push({ step, requestor: requestor(step) });
    for (const cancelled of due.get(step.order) ?? []) {
      drafts.push({ step: cancelled, requestor: requestor(cancelled),
        cancels: placeOf.get(cancelled.order) ?? 0 });
    }
  }
  return drafts;
}

/** Numbers the steps and counts what each close has to wait for. */
function planSteps(drafts: readonly Draft[], contents: Contents): PlannedStep[] {
  const requests = new Map<number, number>();
  return drafts.map(({ step, cancels }, at) => {
    const slot = 'handle' in step && step.call !== 'NtCreateFile' && cancels === undefined
      ? step.handle : -1;
    const before = requests.get(slot) ?? 0;
    if (slot >= 0) requests.set(slot, before + 1);
    const isLast = step.call === 'NtClose' || step.call === 'ObDereferenceObject';
    return { at, step, content: contents.of(step), after: isLast ? before : 0,
      ...(cancels === undefined ? {} : { cancels }) };
  });
}

function slotFacts(
  program: ReplayProgram, drafts: readonly Draft[], contents: Contents,
): SlotFacts[] {
  const users = program.handles.map(() => -1);
  const isShared = program.handles.map(() => false);
  for (const { step, requestor } of drafts) {
    if (!('handle' in step) || step.handle < 0) continue;
    const first = users[step.handle] ?? -1;
    if (first < 0) users[step.handle] = requestor;
    else if (first !== requestor) isShared[step.handle] = true;
  }
  return program.handles.map((slot, i) => ({ keepsFileObject: slot.keepsFileObject,
    isShared: isShared[i] ?? false, content: contents.ofSlot(i) }));
}

/** Identities that no recorded process has start here. */
const UNRECORDED_NAME = 'not recorded';

function processesOf(program: ReplayProgram): ProcessFacts[] {
  const names = new Map<number, string>();
  for (const { processId, processName } of program.threads) {
    if (processId > 0) names.set(processId, names.get(processId) ?? processName);
  }
  const free = (Math.max(4, ...names.keys()) & ~3) + 4;
  return [...[...names].map(([id, name]) => ({ id, name })), { id: free, name: UNRECORDED_NAME }];
}

/** Whoever the log does not show is one process of its own. */
function realProcess(id: number, processes: readonly ProcessFacts[]): number {
  return id > 0 ? id : processes.at(-1)?.id ?? 4;
}
