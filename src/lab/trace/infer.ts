// Infers from a log what its machine looked like before the first event, who had what open, and the
// request parameters that the log leaves out.
// Guarantees: recorded results decide only what existed, its kind, size, attributes, EAs and
// reparse point, who had it open with which access and sharing, and left-out parameters; an event
// that had to take a parameter from its own result is marked (`fromOwnResult`) and counted apart.
// Nothing here knows a particular log. What the log's history cannot explain is a contradiction.
import { controlCode } from './control-codes.ts';
import type { TraceEvent } from './event.ts';
import { inEffectOrder } from './inference/effect-order.ts';
import { EvidenceReader } from './inference/evidence.ts';
import { type HandleMatch, matchHandles } from './inference/handles.ts';
import {
  initialFiles, initialVolumes, type InitialFile, type InitialVolume, isOutside,
} from './inference/initial-state.ts';
import { type InferredParameter, leftOutParameters } from './inference/left-out.ts';
import { inferLocks } from './inference/locks.ts';
import { type Contradiction, type Departure, Namespace } from './inference/namespace.ts';
import { BEFORE_LOG, closeOf, isOpenAt, lastUse, type OpenFile } from './inference/open-file.ts';
import { fitSharing } from './inference/sharing.ts';
import { VolumeEvidence } from './inference/volume-evidence.ts';
import * as status from './nt-status.ts';
import { pathKey, splitStream } from './volume-path.ts';

/** What FindNextChangeNotification sends, and all there is to watch. */
const FILE_NOTIFY_CHANGE_NAME = 0x3;
const FILE_NOTIFY_VALID_MASK = 0xfff;
const SET_REPARSE_POINT = controlCode('FSCTL_SET_REPARSE_POINT');

/** The state before the log: volumes, what lay on them, and who had it open. Plain data. */
export interface InitialState {
  readonly volumes: readonly InitialVolume[];
  readonly files: readonly InitialFile[];
  /** Opens that existed before the first event. */
  readonly opens: readonly OpenFile[];
}

/** What was inferred about one event. */
export interface EventAnnotation {
  readonly inferred: readonly InferredParameter[];
  /** A parameter had to be taken from this event's own result. */
  readonly fromOwnResult: boolean;
}

export interface Inference {
  /** The log in order of effect, numbered anew; everything below counts by this order. */
  readonly events: readonly TraceEvent[];
  readonly state: InitialState;
  readonly handles: HandleMatch;
  /** Per event. */
  readonly annotations: readonly EventAnnotation[];
  /** Per event, the sequence of the last event that began before it completed. */
  readonly completedAfter: Int32Array;
  readonly contradictions: readonly Contradiction[];
}

/** Infers everything about a log that has been read in whole. */
export function infer(log: readonly TraceEvent[]): Inference {
  const events = inEffectOrder(log);
  const handles = matchHandles(events);
  const { opens, openOf } = handles;
  const shareProblems = fitSharing(events, opens);
  inferLocks(events, opens, openOf);
  const names = new Namespace();
  const volumes = new VolumeEvidence();
  const reader = new EvidenceReader(names, volumes);
  for (const event of events) reader.read(event, opens[openOf[event.sequence] ?? -1]);
  endBeforeDepartures(opens, names.departures);
  const files = initialFiles(names);
  openLate(opens, files);
  const completedAfter = completions(events);
  endLate(opens, completedAfter);
  const annotations = annotate(events, handles, completedAfter, reparsePaths(events, files));
  rememberRequests(events, opens, annotations);
  return {
    events, handles, annotations, completedAfter,
    state: {
      volumes: initialVolumes(volumes), files,
      opens: opens.filter((open) => open.openedAt === BEFORE_LOG),
    },
    contradictions: [...shareProblems, ...names.contradictions]
      .toSorted((first, second) => first.sequence - second.sequence),
  };
}

/** Events whose parameters had to be taken from their own result. */
export const countOwnResults = (inference: Inference): number =>
  inference.annotations.filter((annotation) => annotation.fromOwnResult).length;

/** A file that went must have been closed by everybody: opens without a close end after use. */
function endBeforeDepartures(opens: readonly OpenFile[], departures: readonly Departure[]): void {
  const unclosed = new Map<string, OpenFile[]>();
  for (const open of opens) {
    if (closeOf(open) !== undefined) continue;
    const list = unclosed.get(open.key);
    if (list === undefined) unclosed.set(open.key, [open]);
    else list.push(open);
  }
  for (const { key, withChildren, sequence } of departures) {
    const below = withChildren ? [...unclosed.keys()].filter((other) =>
      other.startsWith(`${key}\\`)) : [];
    for (const open of [key, ...below].flatMap((each) => unclosed.get(each) ?? [])) {
      const isOver = isOpenAt(open, sequence) && lastUse(open) < sequence;
      if (isOver && closeOf(open) === undefined) open.closedAfter = lastUse(open);
    }
  }
}

/** What did not exist before the log was not open: somebody made it just before its first use. */
function openLate(opens: readonly OpenFile[], files: readonly InitialFile[]): void {
  const known = new Set(files.map((file) => pathKey(file.volume, file.path)));
  for (const open of opens) {
    const { base } = splitStream(open.volumePath);
    if (open.openedAt !== BEFORE_LOG || base === '' || isOutside(open.volume)) continue;
    if (known.has(pathKey(open.volume, base))) continue;
    open.openedAt = (open.uses[0] ?? open.closedAt ?? 0) - 1;
    open.createsFile = true;
  }
}

/** An unrecorded open inside the log lasts until its last request is done: nothing hangs on it. */
function endLate(opens: readonly OpenFile[], completedAfter: Int32Array): void {
  const last = completedAfter.length - 1;
  for (const open of opens) {
    if (open.origin === 'recorded' || open.openedAt === BEFORE_LOG) continue;
    const done = open.uses.map((sequence) => completedAfter[sequence] ?? sequence);
    const end = Math.max(lastUse(open), ...done);
    if (closeOf(open) === undefined && end < last) open.closedAfter = end;
  }
}

/** Events are in order of time, so the last one begun before a completion is found by bisection. */
function completions(events: readonly TraceEvent[]): Int32Array {
  const starts = Float64Array.from(events, (event) => event.time).toSorted();
  const completed = new Int32Array(events.length);
  for (const event of events) {
    const end = event.duration === undefined ? Number.POSITIVE_INFINITY
      : event.time + event.duration;
    let [low, high] = [event.sequence, events.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) < end) low = middle;
      else high = middle - 1;
    }
    completed[event.sequence] = low;
  }
  return completed;
}

function annotate(
  events: readonly TraceEvent[], handles: HandleMatch, completedAfter: Int32Array,
  reparse: ReadonlySet<string>,
): EventAnnotation[] {
  const { previous, next, repeats } = queryNeighbours(events, handles);
  return events.map((event) => {
    const inferred = leftOutParameters(event, {
      previousQuery: previous.get(event.sequence), nextQuery: next.get(event.sequence),
      repeatsNames: repeats.has(event.sequence),
      isReparsePoint: event.parameters.type === 'create'
        && reparse.has(pathKey(event.volume, event.volumePath)),
      meanwhile: () =>
        events.slice(event.sequence + 1, (completedAfter[event.sequence] ?? 0) + 1),
    });
    return { inferred, fromOwnResult: inferred.some(({ source }) => source === 'own-result') };
  });
}

/** Paths that were reparse points before the log, or that it made into some. */
function reparsePaths(
  events: readonly TraceEvent[], files: readonly InitialFile[],
): Set<string> {
  const paths = new Set(files.filter((file) => file.ReparseTag !== 0)
    .map((file) => pathKey(file.volume, file.path)));
  for (const { parameters, status: result, volume, volumePath } of events) {
    const isSet = parameters.type === 'control' && parameters.IoControlCode === SET_REPARSE_POINT;
    if (isSet && result === 0) paths.add(pathKey(volume, volumePath));
  }
  return paths;
}

/** Per directory query: the queries of the same open around it, and what its scan listed before. */
function queryNeighbours(
  events: readonly TraceEvent[], { openOf }: HandleMatch,
): { previous: Map<number, TraceEvent>; next: Map<number, TraceEvent>; repeats: Set<number> } {
  const previous = new Map<number, TraceEvent>();
  const next = new Map<number, TraceEvent>();
  const repeats = new Set<number>();
  const last = new Map<number, { event: TraceEvent; listed: Set<string> }>();
  for (const event of events) {
    const id = openOf[event.sequence] ?? -1;
    if (event.parameters.type !== 'directory' || id < 0) continue;
    const before = last.get(id);
    const { names, FileName } = event.parameters;
    const isRepeated = before?.listed.has(names[0] ?? '') ?? false;
    if (before !== undefined) {
      previous.set(event.sequence, before.event);
      next.set(before.event.sequence, event);
    }
    if (isRepeated) repeats.add(event.sequence);
    const isNew = isRepeated || FileName !== undefined || before === undefined;
    const listed = isNew ? new Set<string>() : before.listed;
    for (const name of names) listed.add(name);
    last.set(id, { event, listed });
  }
  return { previous, next, repeats };
}

/** Opens from before the log had requests outstanding and scans under way. */
function rememberRequests(
  events: readonly TraceEvent[], opens: readonly OpenFile[],
  annotations: readonly EventAnnotation[],
): void {
  for (const open of opens) {
    if (open.origin !== 'used' || open.openedAt !== BEFORE_LOG) continue;
    const used = open.uses.map((sequence) => events[sequence]);
    const notify = used.find((event) => event?.operation === 'notify-change-directory');
    if (notify !== undefined && notify.parameters.type === 'notify') {
      const tree = annotations[notify.sequence]?.inferred.find(({ name }) => name === 'WatchTree');
      open.pendingNotify = { CompletionFilter: firstFilter(notify.parameters.CompletionFilter,
        used.map((event) => event?.status)),
        WatchTree: notify.parameters.WatchTree ?? tree?.value === true };
    }
    const query = used.find((event) => event?.operation === 'query-directory');
    open.scannedToEnd = query?.status === status.STATUS_NO_MORE_FILES;
  }
}

/**
 * The first request on a handle settles what is watched. FindNextChangeNotification has no filter
 * to pass and always sends FILE_NOTIFY_CHANGE_NAME; it is known by its answers, which never carry
 * names. What FindFirstChangeNotification asked for before the log is then unknown: anything.
 */
function firstFilter(filter: number, results: readonly (number | undefined)[]): number {
  const isRepeat = filter === FILE_NOTIFY_CHANGE_NAME
    && results.includes(status.STATUS_NOTIFY_ENUM_DIR) && !results.includes(0);
  return isRepeat ? FILE_NOTIFY_VALID_MASK : filter;
}
