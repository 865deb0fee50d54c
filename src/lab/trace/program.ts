// A replay program: per recorded thread the steps that repeat what the log shows, in the terms of
// the system calls, with the status that a real Windows gave.
// Guarantees: every event of the log is either one step or listed in `omitted` with its reason;
// steps, threads and handles are plain data that a worker takes by structured clone; `order` is
// the recorded global order (by effect), dense over all steps. A cleanup is NtClose; CLOSE comes
// with it unless the log has rows of its own for it or paging I/O still needs the file object: then
// the slot keeps its file object and an ObDereferenceObject step ends it.
import type { TraceEvent } from './event.ts';
import type { EventAnnotation, Inference, InitialState } from './infer.ts';
import { accessNeeded, grants } from './inference/access.ts';
import type { Contradiction } from './inference/namespace.ts';
import { BEFORE_LOG, closeOf, type OpenFile } from './inference/open-file.ts';
import { isOutside, type InitialFile } from './inference/initial-state.ts';
import { opensFile, usesOpen } from './inference/requests.ts';
import { callOf, mayPend, type ReleaseRows } from './program/calls.ts';
import { deniedByAttributes } from './program/denied.ts';
import { closingStep, dereferenceStep, openingSteps } from './program/preparation.ts';
import {
  alsoAccepted, groupOf, unissuedReasons, unscoredReason, type UnscoredReason,
} from './program/score.ts';
import type { Step } from './program/steps.ts';
import { ProgramThreads, type ProgramThread } from './program/threads.ts';
import { totalsOf, type ProgramTotals } from './program/totals.ts';
import { STATUS_ACCESS_DENIED } from './nt-status.ts';
import { pathKey } from './volume-path.ts';

/** A handle of the recorded machine. */
export interface HandleSlot {
  readonly volume: string;
  readonly volumePath: string;
  readonly processId: number;
  /** Index in `threads` of the thread that opens it. */
  readonly thread: number;
  /** Its create is in the log; otherwise inference made it up. */
  readonly isRecorded: boolean;
  /** Reference the file object at open: NtClose is CLEANUP only, CLOSE comes by dereference. */
  readonly keepsFileObject: boolean;
}

/** An event that no step stands for. */
export interface OmittedEvent {
  readonly sequence: number;
  readonly line: number;
  readonly recordedName: string;
  readonly path: string;
  readonly reason: UnscoredReason;
}

export interface ReplayProgram {
  readonly state: InitialState;
  readonly threads: readonly ProgramThread[];
  /** Indexed by the steps' `handle`. */
  readonly handles: readonly HandleSlot[];
  /** To run before the first step, in order, on the threads that they name. */
  readonly preparation: readonly Step[];
  readonly omitted: readonly OmittedEvent[];
  readonly contradictions: readonly Contradiction[];
  readonly totals: ProgramTotals;
}

/** Turns a log and what was inferred about it into a replay program. */
export function buildProgram(inference: Inference): ReplayProgram {
  return new ProgramBuilder(inference).build();
}

class ProgramBuilder {
  readonly #inference: Inference;
  readonly #threads = new ProgramThreads();
  readonly #omitted: OmittedEvent[] = [];
  readonly #releases: ReleaseRows;
  readonly #files: ReadonlyMap<string, InitialFile>;
  /** Made-up steps by the sequence that they follow. */
  readonly #openAfter = new Map<number, OpenFile[]>();
  readonly #closeAfter = new Map<number, OpenFile[]>();
  readonly #dereferenceAfter = new Map<number, OpenFile[]>();
  /** Order of the last step at or before each event. */
  readonly #orderAt: Int32Array;
  #order = 0;

  constructor(inference: Inference) {
    this.#inference = inference;
    this.#orderAt = new Int32Array(inference.events.length);
    const kinds = new Set(inference.events.map((event) => event.operation));
    this.#releases = { section: kinds.has('release-for-section'),
      modWrite: kinds.has('release-for-mod-write'), ccFlush: kinds.has('release-for-cc-flush') };
    this.#files = new Map(inference.state.files
      .map((file) => [pathKey(file.volume, file.path), file]));
    for (const open of inference.handles.opens) this.#schedule(open);
  }

  build(): ReplayProgram {
    const { events, handles, state, contradictions } = this.#inference;
    const preparation: Step[] = [];
    for (const open of this.#openAfter.get(BEFORE_LOG) ?? []) {
      preparation.push(...openingSteps(open, events, this.#threadOf(open), preparation.length));
    }
    const drafts: Step[] = [];
    for (const event of events) {
      const step = this.#stepOf(event);
      if (step !== undefined) drafts.push(step);
      this.#orderAt[event.sequence] = this.#order - 1;
      drafts.push(...this.#madeUpAfter(event.sequence));
    }
    for (const step of drafts) this.#threads.add(this.#completed(step));
    return {
      state, preparation, contradictions, threads: this.#threads.list,
      handles: handles.opens.map((open) => this.#slotOf(open)),
      omitted: this.#omitted, totals: totalsOf(this.#inference, drafts, this.#omitted),
    };
  }

  #schedule(open: OpenFile): void {
    if (isOutside(open.volume)) return;
    const isUnused = open.openedAt === BEFORE_LOG && open.closedAfter === BEFORE_LOG;
    if (isUnused) return;
    if (open.origin !== 'recorded') append(this.#openAfter, open.openedAt, open);
    if (open.closedAfter !== undefined) append(this.#closeAfter, open.closedAfter, open);
    const end = closeOf(open);
    if (end !== undefined && open.neededUntil > end && open.releasedAt === undefined) {
      append(this.#dereferenceAfter, open.neededUntil, open);
    }
  }

  #stepOf(event: TraceEvent): Step | undefined {
    const { annotations, handles } = this.#inference;
    const annotation = annotations[event.sequence] ?? NO_ANNOTATION;
    const open = handles.opens[handles.openOf[event.sequence] ?? -1];
    const reason = this.#reason(event, open);
    const call = reason !== undefined && unissuedReasons.has(reason) ? undefined
      : callOf(event, { open, inferred: annotation.inferred, releases: this.#releases,
        isAsynchronous: event.operation === 'create' && this.#hasPending(open) });
    if (call === undefined || isSecondTry(event, reason)) {
      this.#omit(event, reason ?? 'not-a-file-request');
      return undefined;
    }
    const needed = open === undefined || grants(open.DesiredAccess, accessNeeded(event));
    return {
      order: this.#order++, sequence: event.sequence, line: event.line,
      thread: this.#threads.indexOf(event), recordedName: event.recordedName,
      path: event.volume + event.volumePath, expectedStatus: event.status,
      alsoAccepted: alsoAccepted(event), scored: reason === undefined, reason,
      requestorMode: needed ? 'user' : 'kernel', mayPend: mayPend(event), completedAfter: 0,
      inferred: annotation.inferred.map(({ name }) => name),
      fromOwnResult: annotation.fromOwnResult, group: groupOf(event), ...call,
    };
  }

  #reason(event: TraceEvent, open: OpenFile | undefined): UnscoredReason | undefined {
    const reason = unscoredReason(event);
    if (reason !== undefined && unissuedReasons.has(reason)) return reason;
    const needsOpen = usesOpen(event) || opensFile(event);
    const isReleased = open?.releasedAt !== undefined && open.releasedAt < event.sequence;
    if (needsOpen && (open === undefined || isReleased)) return 'no-open-file';
    const isDenied = event.operation === 'create' && event.status === STATUS_ACCESS_DENIED;
    const file = isDenied ? this.#files.get(pathKey(event.volume, event.volumePath)) : undefined;
    if (isDenied && !deniedByAttributes(event, file)) return 'access-control';
    return reason;
  }

  #hasPending(open: OpenFile | undefined): boolean {
    return open?.uses.some((sequence) => {
      const event = this.#inference.events[sequence];
      return event !== undefined && mayPend(event);
    }) ?? false;
  }

  #omit({ sequence, line, recordedName, path }: TraceEvent, reason: UnscoredReason): void {
    this.#omitted.push({ sequence, line, recordedName, path, reason });
  }

  #madeUpAfter(sequence: number): Step[] {
    const steps: Step[] = [];
    for (const open of this.#closeAfter.get(sequence) ?? []) {
      steps.push(closingStep(open, this.#threadOf(open), this.#order++));
    }
    for (const open of this.#dereferenceAfter.get(sequence) ?? []) {
      steps.push(dereferenceStep(open, this.#threadOf(open), this.#order++));
    }
    for (const open of this.#openAfter.get(sequence) ?? []) {
      const thread = this.#threadOf(open);
      const opening = openingSteps(open, this.#inference.events, thread, this.#order);
      this.#order += opening.length;
      steps.push(...opening);
    }
    return steps;
  }

  /** Fills in the order of the last step that began before this one was completed. */
  #completed(step: Step): Step {
    if (step.sequence < 0) return step;
    const after = this.#inference.completedAfter[step.sequence] ?? step.sequence;
    return { ...step, completedAfter: Math.max(step.order, this.#orderAt[after] ?? step.order) };
  }

  #threadOf(open: OpenFile): number {
    const isSomebodys = open.origin === 'recorded' || open.origin === 'used';
    return isSomebodys ? this.#threads.indexOf(open) : this.#threads.indexOfOthers();
  }

  #slotOf(open: OpenFile): HandleSlot {
    const { volume, volumePath, processId } = open;
    return { volume, volumePath, processId, thread: this.#threadOf(open),
      isRecorded: open.origin === 'recorded',
      keepsFileObject: open.releasedAt !== undefined
        || open.neededUntil > (closeOf(open) ?? Number.POSITIVE_INFINITY) };
  }
}

const NO_ANNOTATION: EventAnnotation = { inferred: [], fromOwnResult: false };

/** A refused fast I/O attempt on a handle: the retry in the next row is the same system call. */
const isSecondTry = (event: TraceEvent, reason: UnscoredReason | undefined): boolean =>
  reason === 'fast-io-attempt' && event.operation !== 'network-query-open';

function append(map: Map<number, OpenFile[]>, sequence: number, open: OpenFile): void {
  const list = map.get(sequence);
  if (list === undefined) map.set(sequence, [open]);
  else list.push(open);
}
