// What lies in front of an FLT_FILE_NAME_INFORMATION, and how long it lives. One block of paged
// pool holds all of it, the text at the end:
//
//   | FLT_NAME_NODE | FLT_FILE_NAME_INFORMATION | the name, UTF-16 |
//
// Each filter has name information of its own: Windows shares it between filters, which only the
// comparison of two pointers would show, and so what a filter holds can be counted exactly
// (FLT_FILTER.NameInformationCount). Holds counts a filter's references by two and the name cache's
// by one, so that a release too many is seen although the cache still has the name.
import { ULONG, atomic, pointer } from '../../mem/field.ts';
import { copyBytes, fillBytes, memorySize } from '../../mem/memory.ts';
import { struct } from '../../mem/struct.ts';
import { add, compareExchange, load, store } from '../../atomics-sync/atomics.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { KeBugCheckEx } from '../../ntos/ke/bug-check.ts';
import { FLTMGR_FILE_SYSTEM } from '../../ntos/ke/bug-check-codes.ts';
import { LIST_ENTRY } from '../../ntos/rtl/types.ts';
import { FLT_FILTER } from '../attach/object.ts';
import { FLT_FILE_NAME_INFORMATION } from '../types.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILE_NAME_INFORMATION, PFLT_FILTER } from '../types.ts';
import type { Ptr } from '../../mem/pointer.ts';

export const FLT_NAME_NODE = struct('FLT_NAME_NODE', {
  /** In the names of its file object's bucket while it is cached; guarded by the bucket's lock. */
  Link: LIST_ENTRY,
  File: pointer('FILE_OBJECT'),
  /** The filter it was made for; NULL when FltGetFileNameInformationUnsafe got no instance. */
  Filter: pointer('FLT_FILTER'),
  /** The name generation of when it was asked for: see file-name-cache.ts. */
  Generation: ULONG,
  Holds: atomic(),
  Mark: atomic(),
  Spare: ULONG,
  Info: FLT_FILE_NAME_INFORMATION,
});
export type PFLT_NAME_NODE = Ptr<'FLT_NAME_NODE'>;

/** Where text of a name comes from. */
export interface NamePiece {
  readonly address: number;
  readonly bytes: number;
}

const n = FLT_NAME_NODE.bound;
const { at_NameInformationCount } = FLT_FILTER.bound;
const infoAt = FLT_NAME_NODE.offsets['Info'] ?? 32;
const TAG = poolTag('FMfn');
const MARK = 0x666e4d46;
/** Of Holds: a reference of the filter, and the cache's. */
const REFERENCE = 2;
const CACHED = 1;
const NONE = 0 as PFLT_NAME_NODE;

/** The name information of a node. */
export function informationOf(node: PFLT_NAME_NODE): PFLT_FILE_NAME_INFORMATION {
  return (node + infoAt) as PFLT_FILE_NAME_INFORMATION;
}

/** The node of name information that a filter gave; bug check 0xF5/0x68 when it is none. */
export function nodeOfName(routine: string, info: PFLT_FILE_NAME_INFORMATION): PFLT_NAME_NODE {
  const node = (info - infoAt) as PFLT_NAME_NODE;
  const live = info > infoAt && info < memorySize && (info & 3) === 0 &&
    load(n.at_Mark(node)) === MARK && load(n.at_Holds(node)) >= REFERENCE;
  if (!live) releasedTooOften(routine, info);
  return node;
}

function releasedTooOften(routine: string, info: number): never {
  return KeBugCheckEx(FLTMGR_FILE_SYSTEM, 0x68, 0, info, 0,
    `${routine} was given 0x${info.toString(16)}, which is no name information that the filter ` +
      'holds: there was one FltReleaseFileNameInformation too many (NAM-1)');
}

/**
 * Makes name information of pieces of text, with one reference for the caller. NULL without memory.
 *
 * @param volumeBytes how much of the text is the volume's name.
 * @param shareBytes how much after that is the name of a network share.
 */
export function createName(
  pieces: readonly NamePiece[],
  format: number,
  volumeBytes: number,
  shareBytes = 0,
): PFLT_NAME_NODE {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const size = FLT_NAME_NODE.size + Math.max(bytes, 2);
  const node = ExAllocatePoolWithTag(PagedPool, size, TAG) as PFLT_NAME_NODE;
  if (node === 0) return node;
  fillBytes(node, 0, FLT_NAME_NODE.size);
  const text = node + FLT_NAME_NODE.size;
  let at = text;
  for (const piece of pieces) {
    copyBytes(at, piece.address, piece.bytes);
    at += piece.bytes;
  }
  n.set_Info_Size(node, FLT_FILE_NAME_INFORMATION.size);
  n.set_Info_Format(node, format);
  setPart(n.at_Info_Name(node), text, bytes);
  setPart(n.at_Info_Volume(node), text, volumeBytes);
  setPart(n.at_Info_Share(node), text + volumeBytes, shareBytes);
  store(n.at_Holds(node), REFERENCE);
  store(n.at_Mark(node), MARK);
  return node;
}

/** A copy of name information for another filter, not parsed. NULL without memory. */
export function copyName(node: PFLT_NAME_NODE): PFLT_NAME_NODE {
  const whole = { address: n.Info_Name_Buffer(node), bytes: n.Info_Name_Length(node) };
  return createName([whole], n.Info_Format(node), n.Info_Volume_Length(node),
    n.Info_Share_Length(node));
}

function setPart(string: number, text: number, bytes: number): void {
  setString(string, bytes === 0 ? 0 : text, bytes);
}

const { Info_Name_Buffer } = n;
const string = FLT_FILE_NAME_INFORMATION.bound;
type PINFO = Parameters<typeof string.Name_Length>[0];
const nameAt = FLT_FILE_NAME_INFORMATION.offsets['Name'] ?? 8;

/** Fills a UNICODE_STRING that shares its text. */
export function setString(at: number, buffer: number, bytes: number): void {
  // Every UNICODE_STRING is laid out alike: the setters of one member serve for all.
  const as = (at - nameAt) as PINFO;
  string.set_Name_Length(as, bytes);
  string.set_Name_MaximumLength(as, bytes);
  string.set_Name_Buffer(as, buffer as ReturnType<typeof Info_Name_Buffer>);
}

/** Gives a node with a reference to its filter: counted from now on. */
export function giveName(node: PFLT_NAME_NODE, filter: PFLT_FILTER): PFLT_FILE_NAME_INFORMATION {
  if (filter !== 0) add(at_NameInformationCount(filter), 1);
  return informationOf(node);
}

/** Adds a reference for a thread that holds one, or the lock under which the node is cached. */
export function holdName(node: PFLT_NAME_NODE): void {
  add(n.at_Holds(node), REFERENCE);
}

/** Drops a reference that was never given to the filter. */
export function dropName(node: PFLT_NAME_NODE): void {
  if (add(n.at_Holds(node), -REFERENCE) === REFERENCE) freeName(node);
}

/** Says that the cache has the node, or has it no longer; the last hold frees it. */
export function markCached(node: PFLT_NAME_NODE): void {
  add(n.at_Holds(node), CACHED);
}

export function unmarkCached(node: PFLT_NAME_NODE): void {
  if (add(n.at_Holds(node), -CACHED) === CACHED) freeName(node);
}

function freeName(node: PFLT_NAME_NODE): void {
  store(n.at_Mark(node), 0);
  ExFreePoolWithTag(node, TAG);
}

/** FltReferenceFileNameInformation; see file-name.ts. */
export function referenceName(routine: string, info: PFLT_FILE_NAME_INFORMATION): void {
  const node = nodeOfName(routine, info);
  holdName(node);
  giveName(node, n.Filter(node));
}

/** FltReleaseFileNameInformation; see file-name.ts. */
export function releaseName(routine: string, info: PFLT_FILE_NAME_INFORMATION): void {
  const node = nodeOfName(routine, info);
  const filter = n.Filter(node);
  for (;;) {
    const holds = load(n.at_Holds(node));
    if (holds < REFERENCE) releasedTooOften(routine, info);
    if (compareExchange(n.at_Holds(node), holds, holds - REFERENCE) !== holds) continue;
    if (holds === REFERENCE) freeName(node);
    break;
  }
  if (filter !== 0) add(at_NameInformationCount(filter), -1);
}

/** Says for whom and for what a node was made. */
export function assignName(
  node: PFLT_NAME_NODE,
  file: PFILE_OBJECT,
  filter: PFLT_FILTER,
  generation: number,
): void {
  n.set_File(node, file);
  n.set_Filter(node, filter);
  n.set_Generation(node, generation);
}

/** No node. */
export const NO_NAME = NONE;
