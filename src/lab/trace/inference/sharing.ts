// Who had a file open, as other results tell: sharing violations, section synchronisation that met
// writers, opens that could not have succeeded beside another.
// Guarantees: replayed through IoCheckShareAccess, the opens of the result conflict where the log
// says so and only there, as far as opens that the log does not show can explain it. Made-up opens
// share everything unless a violation needs otherwise, and end before they would contradict a later
// result. What remains is listed as a contradiction.
// Source: IoCheckShareAccess and IoSetShareAccess; a create-section acquire answers WITH_WRITERS
// while any open counts as a writer in the share access, ONLY_READERS otherwise.
import type { TraceEvent } from '../event.ts';
import * as status from '../nt-status.ts';
import { pathKey } from '../volume-path.ts';
import * as wdk from '../wdk.ts';
import type { Contradiction } from './namespace.ts';
import {
  BEFORE_LOG, isOpenAt, lastUse, type OpenFile, type OpenOrigin, unrecordedOpen,
} from './open-file.ts';
import { opensFile } from './requests.ts';

const WRITES = wdk.FILE_WRITE_DATA | wdk.FILE_APPEND_DATA;

/** The least that a made-up open which must not share anything needs to ask for. */
const HARMLESS = wdk.FILE_READ_ATTRIBUTES | wdk.SYNCHRONIZE;

type ShareView = Pick<OpenFile, 'DesiredAccess' | 'ShareAccess'>;

/** Fits the opens to the results; changes them, appends made-up ones, returns contradictions. */
export function fitSharing(events: readonly TraceEvent[], opens: OpenFile[]): Contradiction[] {
  const fit = new SharingFit(opens);
  for (const event of events) fit.read(event);
  return fit.contradictions;
}

class SharingFit {
  readonly contradictions: Contradiction[] = [];
  readonly #opens: OpenFile[];
  /** Opens that exist now, by path; those to come, by the event that they follow. */
  readonly #now = new Map<string, OpenFile[]>();
  readonly #toCome = new Map<number, OpenFile[]>();
  /** Per path, the last event that a writer or an unshared open would have contradicted. */
  readonly #lastWithoutWriter = new Map<string, number>();
  readonly #lastShared = new Map<string, number>();

  constructor(opens: OpenFile[]) {
    this.#opens = opens;
    for (const open of opens) append(this.#toCome, open.openedAt, open);
  }

  read(event: TraceEvent): void {
    for (const open of this.#toCome.get(event.sequence - 1) ?? []) {
      append(this.#now, open.key, open);
    }
    if (event.volume === '' || event.volumePath === '' || event.status === undefined) return;
    const { parameters } = event;
    if (parameters.type === 'create') {
      if (opensFile(event)) this.#opened(event, parameters);
      else if (event.status === status.STATUS_SHARING_VIOLATION) this.#refused(event, parameters);
      else if (event.status === status.STATUS_DELETE_PENDING) this.#pending(event);
    } else if (parameters.type === 'section' && parameters.SyncType !== wdk.SyncTypeOther) {
      this.#section(event, event.status);
    }
  }

  /** Nothing that is open now may stand in the way of an open that succeeded. */
  #opened(event: TraceEvent, create: ShareView): void {
    for (const other of this.#openNow(event)) {
      if (!wdk.shareConflict(other, create)) continue;
      this.#mustNotBeOpen(other, event, 'an open succeeded beside it that it does not share with');
    }
    const key = pathKey(event.volume, event.volumePath);
    this.#lastShared.set(key, event.sequence);
    if (wdk.sharesData(create.DesiredAccess) && (create.ShareAccess & wdk.FILE_SHARE_WRITE) === 0) {
      this.#lastWithoutWriter.set(key, event.sequence - 1);
    }
  }

  /** Somebody must be in the way of an open that was refused. */
  #refused(event: TraceEvent, create: ShareView): void {
    if (this.#openNow(event).some((open) => wdk.shareConflict(open, create))) return;
    if (!wdk.sharesData(create.DesiredAccess)) return;
    const key = pathKey(event.volume, event.volumePath);
    const holder = this.#makeUp(event, 'sharing-violation', this.#lastShared.get(key));
    holder.DesiredAccess = HARMLESS | wdk.FILE_READ_DATA;
    holder.ShareAccess = wdk.FILE_SHARE_ALL & ~shareNeeded(create.DesiredAccess);
  }

  /** A file that is being deleted is still open somewhere. */
  #pending(event: TraceEvent): void {
    if (this.#openNow(event).some((open) => (open.DesiredAccess & wdk.DELETE) !== 0)) return;
    const key = pathKey(event.volume, event.volumePath);
    const holder = this.#makeUp(event, 'delete-pending', this.#lastShared.get(key));
    holder.DesiredAccess = HARMLESS | wdk.DELETE;
    holder.deletePending = true;
  }

  #section(event: TraceEvent, result: number): void {
    const writers = this.#openNow(event).filter((open) => (open.DesiredAccess & WRITES) !== 0);
    const key = pathKey(event.volume, event.volumePath);
    if (result === status.STATUS_FILE_LOCKED_WITH_ONLY_READERS) {
      for (const open of writers) {
        this.#mustNotBeOpen(open, event, 'a section found no writers beside it');
      }
      this.#lastWithoutWriter.set(key, event.sequence);
    } else if (result === status.STATUS_FILE_LOCKED_WITH_WRITERS && writers.length === 0) {
      this.#addWriter(event, key);
    }
  }

  /** Makes a known made-up open a writer, or makes up one. */
  #addWriter(event: TraceEvent, key: string): void {
    const since = this.#lastWithoutWriter.get(key) ?? BEFORE_LOG;
    const known = this.#openNow(event).find((open) => open.origin !== 'recorded'
      && open.openedAt >= since);
    if (known !== undefined) {
      known.DesiredAccess |= wdk.FILE_WRITE_DATA;
      return;
    }
    const holder = this.#makeUp(event, 'section-writer', since);
    holder.DesiredAccess = HARMLESS | wdk.FILE_WRITE_DATA;
  }

  /** Ends an open that later results rule out: unseen after its last use, else without sharing. */
  #mustNotBeOpen(open: OpenFile, event: TraceEvent, why: string): void {
    if (open.closedAt === undefined && lastUse(open) < event.sequence) {
      open.closedAfter = lastUse(open);
    } else if (open.origin === 'used') {
      open.DesiredAccess &= ~(WRITES | wdk.FILE_READ_DATA | wdk.FILE_EXECUTE | wdk.DELETE);
    } else {
      this.contradictions.push({ sequence: event.sequence, line: event.line, path: event.path,
        message: `${event.path}: an open of ${open.processName} should have ended: ${why}.` });
    }
  }

  /** From before the log, or when an earlier event speaks against that, from just before this. */
  #makeUp(event: TraceEvent, origin: OpenOrigin, since: number | undefined): OpenFile {
    const open = unrecordedOpen(this.#opens.length, event, origin, HARMLESS);
    open.openedAt = (since ?? BEFORE_LOG) === BEFORE_LOG ? BEFORE_LOG : event.sequence - 1;
    open.uses.push(event.sequence);
    this.#opens.push(open);
    append(this.#now, open.key, open);
    return open;
  }

  /** The opens of this event's path; those that have ended are forgotten. */
  #openNow(event: TraceEvent): OpenFile[] {
    const key = pathKey(event.volume, event.volumePath);
    const list = (this.#now.get(key) ?? []).filter((open) => isOpenAt(open, event.sequence));
    this.#now.set(key, list);
    return list;
  }
}

function append<K>(table: Map<K, OpenFile[]>, key: K, open: OpenFile): void {
  const known = table.get(key);
  if (known === undefined) table.set(key, [open]);
  else known.push(open);
}

/** The share bits that opens with this access need from everybody. */
function shareNeeded(access: number): number {
  const reads = (access & (wdk.FILE_READ_DATA | wdk.FILE_EXECUTE)) !== 0;
  const writes = (access & WRITES) !== 0;
  const deletes = (access & wdk.DELETE) !== 0;
  return (reads ? wdk.FILE_SHARE_READ : 0) | (writes ? wdk.FILE_SHARE_WRITE : 0)
    | (deletes ? wdk.FILE_SHARE_DELETE : 0);
}
