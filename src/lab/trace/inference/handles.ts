// Which open each recorded request was issued on. Process Monitor records no handles: opens and
// closes are matched by process and path, and what the log does not show is made up as an open that
// existed before it began.
// Guarantees: an event is matched at most once; a failed create gives no open; every cleanup ends
// at most one open. The choice among several opens of one path goes by the access that the request
// needs, then by the thread that opened, then to the youngest; a cleanup looks ahead and spares the
// opens that later requests cannot do without. Only the log's order and paths decide, the statuses
// of creates and renames, and those that tell of a close which the log itself does not show.
// Simplification: short (8.3) names and other hard links of one file are different paths.
import type { TraceEvent } from '../event.ts';
import { controlCode } from '../control-codes.ts';
import { STATUS_NOTIFY_CLEANUP, STATUS_OPLOCK_HANDLE_CLOSED } from '../nt-status.ts';
import { pathKey } from '../volume-path.ts';
import { FILE_CREATED, FILE_READ_ATTRIBUTES, FILE_SUPERSEDED, SYNCHRONIZE } from '../wdk.ts';
import { accessNeeded, grants, isOnFileObject, leastAccess, needsOwnHandle } from './access.ts';
import {
  BEFORE_LOG, closeOf, lastUse, type OpenFile, recordedOpen, unrecordedOpen,
} from './open-file.ts';
import { opensFile, renameTarget, usesOpen } from './requests.ts';

/** Closed opens of one path that late requests may still find. */
const REMEMBERED = 32;

/** Cleanups look at most this many events of the same process and path ahead. */
const LOOK_AHEAD = 200;

export interface HandleMatch {
  readonly opens: OpenFile[];
  /** Per event the id of its open; -1 for requests by path and those without an open. */
  readonly openOf: Int32Array;
  /** True when the log shows IRP_MJ_CLOSE, so that no close has to be added. */
  readonly hasCloseRows: boolean;
}

/** Matches a whole log. */
export function matchHandles(events: readonly TraceEvent[]): HandleMatch {
  return new HandleMatcher(events).run();
}

class HandleMatcher {
  readonly #events: readonly TraceEvent[];
  readonly #opens: OpenFile[] = [];
  readonly #openOf: Int32Array;
  /** Ids of opens by path: living, the last dead, and those without an IRP_MJ_CLOSE row. */
  readonly #living = new Map<string, number[]>();
  readonly #dead = new Map<string, number[]>();
  readonly #unreleased = new Map<string, { ids: number[]; next: number }>();
  readonly #byHandle = new Map<string, number>();
  /** Paths that the log itself brought into being: nobody had them open before. */
  readonly #born = new Set<string>();
  /** Opens that ended without a row of their own, with the time when they did. */
  readonly #ends = new Map<OpenFile, number>();
  /** Sequences per process and path, for looking ahead. */
  readonly #future = new Map<string, number[]>();
  readonly #lastCleanup = new Map<string, number>();
  #hasCloseRows = false;

  constructor(events: readonly TraceEvent[]) {
    this.#events = events;
    this.#openOf = new Int32Array(events.length).fill(-1);
    for (const event of events) {
      const key = `${event.processId}|${pathKey(event.volume, event.volumePath)}`;
      const list = this.#future.get(key);
      if (list === undefined) this.#future.set(key, [event.sequence]);
      else list.push(event.sequence);
      if (event.operation === 'cleanup') this.#lastCleanup.set(key, event.sequence);
    }
  }

  run(): HandleMatch {
    for (const event of this.#events) {
      if (event.operation === 'close') this.#close(event);
      else if (event.operation === 'cleanup') this.#cleanup(event);
      else if (event.parameters.type === 'create') this.#create(event);
      else this.#use(event);
    }
    return { opens: this.#opens, openOf: this.#openOf, hasCloseRows: this.#hasCloseRows };
  }

  #create(event: TraceEvent): void {
    if (event.parameters.type !== 'create' || !opensFile(event)) return;
    const { OpenResult } = event.parameters;
    const open = recordedOpen(this.#opens.length, event, event.parameters);
    if (OpenResult === FILE_CREATED || OpenResult === FILE_SUPERSEDED) this.#born.add(open.key);
    this.#add(open, event);
  }

  #add(open: OpenFile, event: TraceEvent): void {
    this.#opens.push(open);
    if (event.handle !== undefined) this.#byHandle.set(event.handle, open.id);
    listOf(this.#living, open.key).push(open.id);
    this.#openOf[event.sequence] = open.id;
  }

  #use(event: TraceEvent): void {
    if (!usesOpen(event)) return;
    const open = this.#openFor(event);
    if (open === undefined) return;
    this.#openOf[event.sequence] = open.id;
    if (closeOf(open) === undefined) open.uses.push(event.sequence);
    else open.neededUntil = event.sequence;
    if (tellsOfClose(event) && !this.#closesLater(open, event.sequence)) {
      this.#ends.set(open, event.time + (event.duration ?? 0));
    }
    const target = event.status === 0 ? renameTarget(event) : undefined;
    if (target !== undefined) this.#rename(open.key, pathKey(event.volume, target));
  }

  #openFor(event: TraceEvent): OpenFile | undefined {
    if (event.handle !== undefined) return this.#openOfHandle(event);
    if (event.volume === '') return undefined;
    const key = pathKey(event.volume, event.volumePath);
    this.#endUnseen(key, event);
    const own = this.#list(this.#living, key)
      .filter((open) => open.processId === event.processId);
    const found = best(own, event);
    if (isOnFileObject(event)) {
      return found ?? this.#fileObject(key, event) ?? this.#unrecorded(event, key);
    }
    const enough = found !== undefined && grants(found.DesiredAccess, accessNeeded(event));
    if (enough) return found;
    if (own.some((open) => open.origin === 'used')) return this.#unrecorded(event, key);
    if (found !== undefined && !needsOwnHandle(event) && found.threadId === event.threadId) {
      return found;
    }
    if (this.#born.has(key)) {
      const anybodys = found ?? best(this.#list(this.#living, key), event);
      if (anybodys !== undefined) return anybodys;
    }
    return this.#unrecorded(event, key);
  }

  /** Mapped files stay open below their closed handles: the mapper's, then anybody's. */
  #fileObject(key: string, event: TraceEvent): OpenFile | undefined {
    const dead = this.#list(this.#dead, key);
    return dead.findLast((open) => open.processId === event.processId)
      ?? best(this.#list(this.#living, key), event) ?? dead.at(-1);
  }

  /**
   * An open that the log does not show: from before it began, or made just before this event when
   * the log brought the path into being or saw an earlier open of it end.
   */
  #unrecorded(event: TraceEvent, key: string): OpenFile {
    const access = leastAccess(accessNeeded(event)) | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    const known = this.#list(this.#living, key).find((open) =>
      open.origin === 'used' && open.processId === event.processId);
    if (known !== undefined) {
      known.DesiredAccess |= access;
      return known;
    }
    const open = unrecordedOpen(this.#opens.length, event, 'used', access);
    const isLate = this.#born.has(key) || this.#list(this.#dead, key).some((dead) =>
      dead.origin === 'used' && dead.processId === event.processId);
    open.openedAt = isLate ? event.sequence - 1 : BEFORE_LOG;
    this.#add(open, event);
    return open;
  }

  /** Ends opens whose end the log told of, and scans that a new pattern shows to be over. */
  #endUnseen(key: string, event: TraceEvent): void {
    for (const open of this.#list(this.#living, key)) {
      const isOver = (this.#ends.get(open) ?? Number.POSITIVE_INFINITY) <= event.time;
      if (!isOver && !this.#isNewScan(open, event)) continue;
      open.closedAfter = isOver ? event.sequence - 1 : lastUse(open);
      this.#die(open);
    }
  }

  /** A pattern belongs to the first query of a handle: another one is another handle. */
  #isNewScan(open: OpenFile, event: TraceEvent): boolean {
    const { parameters } = event;
    if (open.origin !== 'used' || open.processId !== event.processId) return false;
    if (parameters.type !== 'directory' || parameters.FileName === undefined) return false;
    const used = open.uses.map((sequence) => this.#events[sequence]?.operation);
    return used.includes('query-directory') && !used.includes('notify-change-directory');
  }

  #die(open: OpenFile): void {
    const living = listOf(this.#living, open.key);
    living.splice(living.indexOf(open.id), 1);
    const dead = listOf(this.#dead, open.key);
    if (dead.push(open.id) > REMEMBERED) dead.shift();
    const unreleased = this.#unreleased.get(open.key);
    if (unreleased === undefined) this.#unreleased.set(open.key, { ids: [open.id], next: 0 });
    else unreleased.ids.push(open.id);
  }

  #openOfHandle(event: TraceEvent): OpenFile | undefined {
    const id = this.#byHandle.get(event.handle ?? '');
    const open = id === undefined ? undefined : this.#opens[id];
    if (open !== undefined) {
      if (open.origin === 'used') open.DesiredAccess |= leastAccess(accessNeeded(event));
      return open;
    }
    const access = leastAccess(accessNeeded(event)) | FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    const made = unrecordedOpen(this.#opens.length, event, 'used', access);
    this.#add(made, event);
    return made;
  }

  #cleanup(event: TraceEvent): void {
    const open = this.#closing(event);
    if (open === undefined) return;
    this.#openOf[event.sequence] = open.id;
    open.closedAt = event.sequence;
    this.#die(open);
  }

  #closing(event: TraceEvent): OpenFile | undefined {
    if (event.handle !== undefined) {
      const open = this.#openOfHandle(event);
      return open?.closedAt === undefined ? open : undefined;
    }
    if (event.volume === '') return undefined;
    const key = pathKey(event.volume, event.volumePath);
    const living = this.#list(this.#living, key);
    const own = living.filter((open) => open.processId === event.processId);
    if (own.length > 0) return this.#leastMissed(own, event, key);
    const inherited = living.filter((open) => !this.#closesLater(open, event.sequence));
    return inherited.at(-1) ?? this.#unrecorded(event, key);
  }

  /** True when the opener's own process has a cleanup for this path still to come. */
  #closesLater(open: OpenFile, after: number): boolean {
    return (this.#lastCleanup.get(`${open.processId}|${open.key}`) ?? BEFORE_LOG) > after;
  }

  /** The open whose end leaves the fewest later requests without a handle that allows them. */
  #leastMissed(own: readonly OpenFile[], event: TraceEvent, key: string): OpenFile | undefined {
    if (own.length === 1) return own[0];
    const later: TraceEvent[] = [];
    for (const next of this.#upcoming(event.processId, key, event.sequence)) {
      if (next.operation === 'cleanup' || next.parameters.type === 'create') break;
      if (usesOpen(next)) later.push(next);
    }
    const cost = (open: OpenFile): number => later.filter((next) => !own.some((other) =>
      other !== open && grants(other.DesiredAccess, accessNeeded(next)))).length;
    const rank = (open: OpenFile): number => (open.origin === 'recorded' ? 0 : 2)
      + (open.threadId === event.threadId ? 0 : 1);
    return own.toSorted((first, second) => cost(first) - cost(second)
      || rank(first) - rank(second) || second.id - first.id)[0];
  }

  #upcoming(processId: number, key: string, after: number): TraceEvent[] {
    const sequences = this.#future.get(`${processId}|${key}`) ?? [];
    const from = firstAbove(sequences, after);
    return sequences.slice(from, from + LOOK_AHEAD)
      .map((sequence) => this.#events[sequence])
      .filter((event) => event !== undefined);
  }

  /** IRP_MJ_CLOSE: the oldest open of the path that is cleaned up and not yet closed. */
  #close(event: TraceEvent): void {
    this.#hasCloseRows = true;
    const id = event.handle === undefined ? undefined : this.#byHandle.get(event.handle);
    const key = pathKey(event.volume, event.volumePath);
    const queue = this.#unreleased.get(key);
    const open = this.#opens[id ?? (queue === undefined ? -1 : queue.ids[queue.next++] ?? -1)];
    if (open === undefined || open.releasedAt !== undefined) return;
    open.releasedAt = event.sequence;
    this.#openOf[event.sequence] = open.id;
  }

  #rename(from: string, to: string): void {
    this.#born.add(to);
    const unreleased = this.#unreleased.get(from);
    if (unreleased !== undefined) this.#unreleased.set(to, unreleased);
    this.#unreleased.delete(from);
    for (const table of [this.#living, this.#dead]) {
      const moved = table.get(from) ?? [];
      table.delete(from);
      listOf(table, to).push(...moved);
      for (const id of moved) {
        const open = this.#opens[id];
        if (open !== undefined) open.key = to;
      }
    }
  }

  #list(table: Map<string, number[]>, key: string): OpenFile[] {
    return (table.get(key) ?? []).map((id) => this.#opens[id]).filter((open) => open !== undefined);
  }
}

const FILTER_OPLOCKS = ['FSCTL_REQUEST_FILTER_OPLOCK', 'FSCTL_REQUEST_BATCH_OPLOCK',
  'FSCTL_REQUEST_OPLOCK_LEVEL_1', 'FSCTL_REQUEST_OPLOCK_LEVEL_2'].map(controlCode);

/**
 * Results that come with the end of the handle: granular oplocks and notifications say so; a legacy
 * oplock request ends by a break or by the close, and nothing else follows from a break.
 */
function tellsOfClose({ parameters, status, duration }: TraceEvent): boolean {
  if (status === STATUS_OPLOCK_HANDLE_CLOSED || status === STATUS_NOTIFY_CLEANUP) return true;
  return parameters.type === 'control' && status === 0 && (duration ?? 0) > 0
    && FILTER_OPLOCKS.includes(parameters.IoControlCode);
}

/** The fittest of several opens for a request: access, then thread, then age. */
function best(opens: readonly OpenFile[], event: TraceEvent): OpenFile | undefined {
  const need = accessNeeded(event);
  const rank = (open: OpenFile): number => (grants(open.DesiredAccess, need) ? 0 : 2)
    + (open.threadId === event.threadId ? 0 : 1);
  return opens.toSorted((first, second) =>
    rank(first) - rank(second) || second.id - first.id)[0];
}

function listOf(table: Map<string, number[]>, key: string): number[] {
  const known = table.get(key);
  if (known !== undefined) return known;
  const made: number[] = [];
  table.set(key, made);
  return made;
}

/** Index of the first number above `value` in an ascending list. */
function firstAbove(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
