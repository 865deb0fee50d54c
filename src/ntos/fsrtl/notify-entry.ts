// One watch of a directory: who watches what, the requests that wait for news, and the news that
// waits for a request. A watch is made by the first request of an open (FsContext, the CCB) and
// goes with the open's cleanup. Guarded by the stripe of the volume's NOTIFY_SYNC.
//
// News are kept between two requests in a buffer as large as the first request's. What does not
// fit is forgotten, and the watcher is told to look for itself (STATUS_NOTIFY_ENUM_DIR).
import { POINTER, ULONG } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { copyBytes, fillBytes, i32 as words, u16 as units } from '../../mem/memory.ts';
import { alignUp } from '../../mem/pointer.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '../ex/types.ts';
import { FILE_NOTIFY_INFORMATION } from '../io/information/directory-information.ts';
import { InitializeListHead, flink } from '../rtl/list-entry.ts';
import { LIST_ENTRY, UNICODE_STRING } from '../rtl/types.ts';
import { bufferOf, lengthOf, setUnicode } from '../rtl/unicode-string.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** NOTIFY_CHANGE.Flags. */
export const NOTIFY_WATCH_TREE = 1;
/** News are never kept: each change only says that something changed. */
export const NOTIFY_IGNORE_BUFFER = 2;
/** News were lost: the next request ends at once with STATUS_NOTIFY_ENUM_DIR. */
export const NOTIFY_LOST = 4;

export const NOTIFY_CHANGE = struct('NOTIFY_CHANGE', {
  Link: LIST_ENTRY,
  FsContext: POINTER,
  Flags: ULONG,
  CompletionFilter: ULONG,
  /** The directory's full name; the text lies behind the structure. */
  DirectoryName: UNICODE_STRING,
  /** Waiting IRPs, through their Tail.Overlay.ListEntry, oldest first. */
  Irps: LIST_ENTRY,
  Buffer: POINTER,
  BufferLength: ULONG,
  /** Bytes of news, and where the last record begins. */
  DataLength: ULONG,
  LastEntry: ULONG,
});
export type PNOTIFY_CHANGE = Ptr<'NOTIFY_CHANGE'>;

const i32 = words;
const u16 = units;
const n = NOTIFY_CHANGE.bound;
const record = FILE_NOTIFY_INFORMATION.bound;
type PRecord = Parameters<typeof record.Action>[0];
const TAG = poolTag('FSno');
const BACKSLASH = 0x5c;
const COLON = 0x3a;
/** Bytes of a record in front of its name. */
const RECORD_HEADER = FILE_NOTIFY_INFORMATION.offsets['FileName'] ?? 12;
/** News beyond this are not kept, whatever the watcher offers. */
const MAX_BUFFER = 65536;

/** Makes a watch that is in no list; NULL when there is no memory. */
export function createWatch(
  fsContext: number,
  directory: number,
  flags: number,
  filter: number,
  bufferLength: number,
): PNOTIFY_CHANGE {
  const nameBytes = lengthOf(directory);
  const size = NOTIFY_CHANGE.size + nameBytes;
  const watch = ExAllocatePoolWithTag(NonPagedPool, size, TAG) as PNOTIFY_CHANGE;
  if (watch === 0) return watch;
  fillBytes(watch, 0, NOTIFY_CHANGE.size);
  const keeps = flags & NOTIFY_IGNORE_BUFFER ? 0 : Math.min(bufferLength, MAX_BUFFER);
  const buffer = keeps === 0 ? 0 : ExAllocatePoolWithTag(PagedPool, keeps, TAG);
  const text = watch + NOTIFY_CHANGE.size;
  copyBytes(text, bufferOf(directory), nameBytes);
  setUnicode(n.at_DirectoryName(watch), text, nameBytes, nameBytes);
  n.set_FsContext(watch, fsContext);
  n.set_Flags(watch, flags);
  n.set_CompletionFilter(watch, filter);
  InitializeListHead(n.at_Irps(watch));
  n.set_Buffer(watch, buffer);
  n.set_BufferLength(watch, buffer === 0 ? 0 : keeps);
  return watch;
}

/** Frees a watch that is in no list and has no request. */
export function freeWatch(watch: PNOTIFY_CHANGE): void {
  const buffer = n.Buffer(watch);
  if (buffer !== 0) ExFreePoolWithTag(buffer, TAG);
  ExFreePoolWithTag(watch, TAG);
}

/** The watch of an open, or NULL. */
export function findWatch(list: number, fsContext: number): PNOTIFY_CHANGE {
  for (let at = flink(list); at !== list; at = flink(at)) {
    if (n.FsContext(at as PNOTIFY_CHANGE) === fsContext) return at as PNOTIFY_CHANGE;
  }
  return 0 as PNOTIFY_CHANGE;
}

/** What changed: addresses and lengths in bytes of the parts of its name. */
export interface Change {
  /** The directory in which it changed. */
  readonly parent: number;
  readonly parentBytes: number;
  readonly name: number;
  readonly nameBytes: number;
  /** The stream, 0 bytes when it is the file itself. */
  readonly stream: number;
  readonly streamBytes: number;
  readonly action: number;
}

/** Bytes of the parent's name that a watch sees no more of; -1 when the watch does not see it. */
export function seenFrom(watch: PNOTIFY_CHANGE, change: Change): number {
  const name = n.at_DirectoryName(watch);
  const bytes = lengthOf(name);
  const { parent, parentBytes } = change;
  if (bytes > parentBytes) return -1;
  const directory = bufferOf(name) >> 1;
  for (let i = 0; i < bytes >> 1; i++) {
    if (u16[directory + i] !== u16[(parent >> 1) + i]) return -1;
  }
  if (bytes === parentBytes) return bytes;
  if (!(n.Flags(watch) & NOTIFY_WATCH_TREE)) return -1;
  const isRoot = bytes === 2;
  if (isRoot) return bytes;
  return u16[(parent + bytes) >> 1] === BACKSLASH ? bytes + 2 : -1;
}

/**
 * Keeps news for a watch.
 * @param from what seenFrom said.
 * @returns false when they do not fit: what was kept is forgotten then.
 */
export function keepNews(watch: PNOTIFY_CHANGE, change: Change, from: number): boolean {
  const below = change.parentBytes - from;
  const separator = below > 0 ? 2 : 0;
  const colon = change.streamBytes > 0 ? 2 : 0;
  const nameBytes = below + separator + change.nameBytes + colon + change.streamBytes;
  const start = n.DataLength(watch) === 0 ? 0 : alignUp(n.DataLength(watch), 4);
  const end = start + RECORD_HEADER + nameBytes;
  if (end > n.BufferLength(watch)) {
    forgetNews(watch);
    return false;
  }
  const buffer = n.Buffer(watch);
  const last = n.LastEntry(watch);
  if (start !== 0) record.set_NextEntryOffset((buffer + last) as PRecord, start - last);
  const at = (buffer + start) as PRecord;
  record.set_NextEntryOffset(at, 0);
  record.set_Action(at, change.action);
  record.set_FileNameLength(at, nameBytes);
  let text = at + RECORD_HEADER;
  copyBytes(text, change.parent + from, below);
  text += below;
  if (separator !== 0) u16[text >> 1] = BACKSLASH;
  text += separator;
  copyBytes(text, change.name, change.nameBytes);
  text += change.nameBytes;
  if (colon !== 0) u16[text >> 1] = COLON;
  copyBytes(text + colon, change.stream, change.streamBytes);
  n.set_LastEntry(watch, start);
  n.set_DataLength(watch, end);
  return true;
}

/** Forgets the news that are kept. */
export function forgetNews(watch: PNOTIFY_CHANGE): void {
  n.set_DataLength(watch, 0);
  n.set_LastEntry(watch, 0);
}

/** Copies the news to a request's buffer and forgets them; -1 when they do not fit. */
export function takeNews(watch: PNOTIFY_CHANGE, buffer: number, length: number): number {
  const bytes = n.DataLength(watch);
  const fits = bytes <= length && buffer !== 0;
  if (fits) copyBytes(buffer, n.Buffer(watch), bytes);
  forgetNews(watch);
  return fits ? bytes : -1;
}

/** The first waiting IRP's list entry, or the head itself when none waits. */
export function firstWaiter(watch: PNOTIFY_CHANGE): number {
  return i32[n.at_Irps(watch) >> 2]!;
}
