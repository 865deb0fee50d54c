// One open of the recorded machine, from its create to its close, as far as the log shows them.
// Guarantees: plain data. `openedAt` and `closedAt` are sequence numbers of events; an open that
// the log does not show is made up (`origin`), with the access that its uses need.
import type { CreateParameters, TraceEvent } from '../event.ts';
import { pathKey } from '../volume-path.ts';
import * as wdk from '../wdk.ts';

/** Why an open exists: its create is in the log, or something that the log shows needs it. */
export type OpenOrigin =
  | 'recorded' | 'used' | 'section-writer' | 'sharing-violation' | 'delete-pending'
  | 'lock-holder';

/** Before the first event of the log. */
export const BEFORE_LOG = -1;

export interface OpenFile {
  readonly id: number;
  readonly origin: OpenOrigin;
  readonly processId: number;
  readonly threadId: number;
  readonly processName: string;
  readonly volume: string;
  readonly volumePath: string;
  /** `pathKey` of the path, changed by a rename. */
  key: string;
  /** Sequence of the create; BEFORE_LOG, or the event after which an unrecorded open happens. */
  openedAt: number;
  /** Sequence of the cleanup; undefined when the log has none. */
  closedAt: number | undefined;
  /** Sequence of the IRP_MJ_CLOSE row, when the log has those. */
  releasedAt: number | undefined;
  /** An unrecorded close that later events demand: after this sequence. */
  closedAfter: number | undefined;
  DesiredAccess: number;
  ShareAccess: number;
  CreateOptions: number;
  /** Sequences of the events that use it, without create, cleanup and close. */
  readonly uses: number[];
  /** The file object is needed after the cleanup: paging I/O of a mapped file. */
  neededUntil: number;
  /** An unrecorded open of a file that did not exist before: it makes the file. */
  createsFile: boolean;
  /** Byte ranges that were locked before the log began, in WDK terms. */
  readonly locks: { ByteOffset: number; Length: number; ExclusiveLock: boolean }[];
  /** Opened before the log with a change notification outstanding. */
  pendingNotify: { CompletionFilter: number; WatchTree: boolean } | undefined;
  /** Opened before the log, with its directory listed to the end. */
  scannedToEnd: boolean;
  /** The file was marked for deletion through this open before the log began. */
  deletePending: boolean;
}

/** The open of a recorded create. */
export function recordedOpen(id: number, event: TraceEvent, create: CreateParameters): OpenFile {
  return {
    ...blank(id, event), origin: 'recorded', openedAt: event.sequence,
    DesiredAccess: create.DesiredAccess, ShareAccess: create.ShareAccess,
    CreateOptions: create.CreateOptions,
  };
}

/** An open that the log does not show, found by the event that needs it. Shares everything. */
export function unrecordedOpen(
  id: number, event: TraceEvent, origin: OpenOrigin, access: number,
): OpenFile {
  return { ...blank(id, event), origin, DesiredAccess: access };
}

function blank(id: number, event: TraceEvent): OpenFile {
  return {
    id, origin: 'used', processId: event.processId, threadId: event.threadId,
    processName: event.processName, volume: event.volume, volumePath: event.volumePath,
    key: pathKey(event.volume, event.volumePath), openedAt: BEFORE_LOG,
    closedAt: undefined, releasedAt: undefined, closedAfter: undefined, DesiredAccess: 0,
    ShareAccess: wdk.FILE_SHARE_ALL, CreateOptions: 0, uses: [], neededUntil: BEFORE_LOG,
    createsFile: false, locks: [], pendingNotify: undefined, scannedToEnd: false,
    deletePending: false,
  };
}

/** The last event that this open is needed for. */
export const lastUse = (open: OpenFile): number => open.uses.at(-1) ?? open.openedAt;

/** The event at or after which its handle is closed, recorded or not. */
export const closeOf = (open: OpenFile): number | undefined => open.closedAt ?? open.closedAfter;

/** True when the open exists just before the event with this sequence. */
export function isOpenAt(open: OpenFile, sequence: number): boolean {
  const end = closeOf(open) ?? Number.POSITIVE_INFINITY;
  return open.openedAt < sequence && sequence <= end;
}
