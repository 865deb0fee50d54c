// Builds the events of an strace log: numbers them, gives them time, thread and name, and knows how
// the few compound requests are made: open a name, do one thing with it, clean up, close.
// Guarantees: events come out in the order in which they are added, `sequence` without gaps and
// `time` never falling; all events of one call carry its line and its name, the first one its
// duration, unless that is a cleanup: its effect is where it stands. The last
// `HELD_EVENTS` are held back, so that a later line can still settle a doubt about them; an event
// that was handed out never changes.
import { STATUS_OBJECT_PATH_NOT_FOUND, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import type { CreateParameters, EventParameters, OperationKind, TraceEvent } from '../event.ts';
import { IRP_PAGE_FAULT, PAGE_SIZE } from './nt.ts';
import {
  FILE_OPEN, FILE_OPENED, FILE_SHARE_ALL, FILE_SYNCHRONOUS_IO_NONALERT, SYNCHRONIZE,
  SyncTypeCreateSection,
} from '../wdk.ts';
import type { CallResult } from './line.ts';
import type { ProcessTable, Thread } from './processes.ts';
import { ntPath, posixPath } from './name-tree.ts';
import type { TreeNode } from './name-tree.ts';
import type { TraceTally } from '../tally.ts';

/** The volume that holds all POSIX paths. */
export const VOLUME = 'C:';
/** Page faults of a mapped file are read in clusters of at most this many bytes. */
const CLUSTER_BYTES_MAX = 16 * PAGE_SIZE;

/** Events that wait for what later lines tell. A replay needs the whole log first in any case. */
const HELD_EVENTS = 65_536;

/** One call of the log that has returned. */
export interface Call {
  /** Where it began. */
  readonly line: number;
  /** When it took effect: the start of a call on one line, the end of one that strace split. */
  readonly time: number;
  readonly duration: number | undefined;
  readonly thread: Thread;
  readonly name: string;
  readonly items: readonly string[];
  readonly result: CallResult;
  /** Events made for it so far. */
  made: number;
}

/** Something that has a name and, while it is open, a handle. */
export interface Target {
  readonly node: TreeNode;
  readonly handle: string | undefined;
}

const NONE: EventParameters = { type: 'none' };

/** An NtCreateFile with the fields that differ from the usual open of an existing file. */
export function createParameters(fields: Partial<CreateParameters>): CreateParameters {
  const options = fields.CreateOptions ?? 0;
  return {
    type: 'create', CreateDisposition: FILE_OPEN, ShareAccess: FILE_SHARE_ALL, FileAttributes: 0,
    AllocationSize: undefined, OpenResult: FILE_OPENED, ...fields,
    DesiredAccess: (fields.DesiredAccess ?? 0) | SYNCHRONIZE,
    CreateOptions: options | FILE_SYNCHRONOUS_IO_NONALERT,
  };
}

export class StraceEvents {
  private readonly tally: TraceTally;
  private readonly processes: ProcessTable;
  private sequence = 0;
  private time = 0;
  private held: { -readonly [Key in keyof TraceEvent]: TraceEvent[Key] }[] = [];
  /** Statuses that a later line corrected. */
  corrected = 0;

  constructor(tally: TraceTally, processes: ProcessTable) {
    this.tally = tally;
    this.processes = processes;
  }

  /** Number of events made so far. */
  get count(): number {
    return this.sequence;
  }

  /** Events that no later line changes any more; at the end of the log all that are left. */
  drain(atEnd = false): TraceEvent[] {
    const keep = atEnd ? 0 : HELD_EVENTS;
    if (!atEnd && this.held.length < 2 * HELD_EVENTS) return [];
    return this.held.splice(0, this.held.length - keep);
  }

  /** The folder that these events took for present was missing. */
  correctToPathNotFound(sequences: readonly number[]): void {
    const first = this.sequence - this.held.length;
    for (const sequence of sequences) {
      const event = this.held[sequence - first];
      if (!event || event.status === STATUS_OBJECT_PATH_NOT_FOUND) continue;
      event.status = STATUS_OBJECT_PATH_NOT_FOUND;
      this.corrected++;
    }
  }

  add(
    call: Call, operation: OperationKind, target: Target, status: number, parameters = NONE,
  ): void {
    const first = call.made++ === 0 && operation !== 'cleanup';
    this.time = Math.max(this.time, call.time);
    this.tally.event(call.name);
    this.held.push({
      sequence: this.sequence++, line: call.line, time: this.time,
      duration: first ? call.duration : undefined,
      processId: call.thread.process.id, threadId: call.thread.id,
      processName: call.thread.process.name, operation, recordedName: call.name,
      path: posixPath(target.node), volume: VOLUME, volumePath: ntPath(target.node),
      status, parameters,
      ...(target.handle === undefined ? {} : { handle: target.handle }),
    });
  }

  /** A create that failed. */
  failedOpen(
    call: Call, node: TreeNode, status: number, fields: Partial<CreateParameters>,
  ): void {
    const parameters = createParameters({ ...fields, OpenResult: undefined });
    this.add(call, 'create', { node, handle: undefined }, status, parameters);
  }

  /** Opens a name for one request that follows. */
  open(call: Call, node: TreeNode, fields: Partial<CreateParameters>): Target {
    const target = { node, handle: this.processes.handleName(call.thread.id, call.name) };
    this.add(call, 'create', target, STATUS_SUCCESS, createParameters(fields));
    return target;
  }

  close(call: Call, target: Target): void {
    this.add(call, 'cleanup', target, STATUS_SUCCESS);
    this.add(call, 'close', target, STATUS_SUCCESS);
  }

  /**
   * A file is mapped: the section takes its locks and, when the file is known to have data there,
   * the first page fault reads a cluster.
   * @param length bytes of the mapping
   * @param size bytes of the file; undefined when unknown
   */
  map(
    call: Call, target: Target, PageProtection: number,
    range: { offset: number; length: number; size: number | undefined },
  ): void {
    const section = { type: 'section', SyncType: SyncTypeCreateSection, PageProtection } as const;
    this.add(call, 'acquire-for-section', target, STATUS_SUCCESS, section);
    this.add(call, 'release-for-section', target, STATUS_SUCCESS, section);
    const left = (range.size ?? 0) - range.offset;
    if (left <= 0) return;
    const pages = Math.ceil(range.length / PAGE_SIZE) * PAGE_SIZE;
    const Length = Math.min(pages, CLUSTER_BYTES_MAX);
    this.add(call, 'read', target, STATUS_SUCCESS, {
      type: 'read-write', ByteOffset: range.offset, Length, IrpFlags: IRP_PAGE_FAULT,
      WriteThrough: false, Transferred: Math.min(Length, left),
    });
  }
}
