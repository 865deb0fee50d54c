// The host's end of minispy's log: records as plain objects. The host runs no driver code; it looks
// into the machine's memory with views of its own (minifilters/minispy-log.ts has the layout).
import { doorInto } from '../../atomics-sync/atomics.ts';
import { imageSlot } from '../../mem/memory-map.ts';
import { viewsOf } from '../../mem/memory.ts';
import { MAX_IMAGES } from '../../mem/param.ts';
import { MINISPY_LOG, MINISPY_NO_POST, MINISPY_RECORD, MINISPY_SIGNATURE }
  from '../../minifilters/minispy-log.ts';
import type { Views } from '../../mem/memory.ts';

/** One operation, as minispy saw it. */
export interface SpyRecord {
  /** The order in which operations began, from 1. */
  readonly sequence: number;
  readonly major: number;
  readonly minor: number;
  readonly operationFlags: number;
  readonly requestorMode: number;
  readonly flags: number;
  readonly irpFlags: number;
  readonly status: number;
  readonly information: number;
  readonly processId: number;
  readonly threadId: number;
  readonly fileObject: number;
  /** System time, 100 ns since 1601. */
  readonly startTime: number;
  readonly endTime: number;
  readonly irqlPre: number;
  /** Undefined when no post-operation callback ran. */
  readonly irqlPost: number | undefined;
  readonly completionThreadId: number;
  /** The end of the file's name; empty where it could not be asked for. */
  readonly name: string;
}

/** What the log holds. */
export interface SpyLog {
  readonly records: readonly SpyRecord[];
  /** Operations that minispy saw so far. */
  readonly seen: number;
  /** Records that were not kept. */
  readonly lost: number;
}

/** Where minispy's log lies; 0 when no image of the machine is minispy, or it never was loaded. */
export function findSpyLog(views: Views): number {
  for (let image = 0; image < MAX_IMAGES; image++) {
    const { start } = imageSlot(image);
    if (views.u32[start >> 2] === MINISPY_SIGNATURE) return start;
  }
  return 0;
}

function textAt(views: Views, address: number, bytes: number): string {
  return String.fromCharCode(...views.u16.slice(address >> 1, (address + bytes) >> 1));
}

function decodeRecord(views: Views, address: number): SpyRecord {
  const r = MINISPY_RECORD.over(views, address);
  return {
    sequence: r.Sequence,
    major: r.MajorFunction,
    minor: r.MinorFunction,
    operationFlags: r.OperationFlags,
    requestorMode: r.RequestorMode,
    flags: r.Flags,
    irpFlags: r.IrpFlags,
    status: r.Status,
    information: r.Information,
    processId: r.ProcessId,
    threadId: r.ThreadId,
    fileObject: r.FileObject,
    startTime: r.StartTime,
    endTime: r.EndTime,
    irqlPre: r.IrqlPre,
    irqlPost: r.IrqlPost === MINISPY_NO_POST ? undefined : r.IrqlPost,
    completionThreadId: r.CompletionThreadId,
    name: textAt(views, r.Name, r.NameLength),
  };
}

/** Reads a word of the log; the host's door when the machine runs. */
type Load = (address: number) => number;

function decode(views: Views, address: number, load: Load): SpyLog & { readonly next: number } {
  const log = MINISPY_LOG.over(views, address);
  const capacity = log.Capacity;
  const records: SpyRecord[] = [];
  const end = load(log.Head);
  let next = load(log.Tail);
  while (next !== end) {
    const at = log.Records + (next & (capacity - 1)) * log.RecordSize;
    // Claimed, but not written yet: the rest comes next time.
    if (load(at) !== ((next + 1) | 0)) break;
    records.push(decodeRecord(views, at));
    next = (next + 1) | 0;
  }
  return { records, seen: load(log.Sequence), lost: load(log.Lost), next };
}

/** What the log at `address` holds, oldest first. Changes nothing. */
export function decodeRecords(views: Views, address: number): SpyLog {
  const { records, seen, lost } = decode(views, address, (at) => views.i32[at >> 2] ?? 0);
  return { records, seen, lost };
}

/**
 * Takes the records out of a machine's log, so that their slots are free for new ones. One host at
 * a time. An empty log when the machine has no minispy.
 */
export function drainRecords(memory: WebAssembly.Memory): SpyLog {
  const views = viewsOf(memory);
  const address = findSpyLog(views);
  if (address === 0) return { records: [], seen: 0, lost: 0 };
  const door = doorInto(memory);
  const { records, seen, lost, next } = decode(views, address, door.load);
  door.store(MINISPY_LOG.over(views, address).Tail, next);
  return { records, seen, lost };
}
