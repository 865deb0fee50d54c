// Finding a file by its path. A path is taken apart once: every component must be a valid name
// (STATUS_OBJECT_NAME_INVALID before anything is looked up, as NTFS does), then each directory on
// the way must exist (STATUS_OBJECT_PATH_NOT_FOUND, also when it is a file). Whether the last name
// exists is the caller's question. The namespace resource is held.
//
//   \dir\sub\file:stream:$DATA
//    └─ directories ─┘ └ name ┘ └ stream and its type
import { FCB_DELETED, LCB_DELETE_PENDING, RAMFS_FCB, RAMFS_LCB } from '../types.ts';
import { STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_REPARSE,
  STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { u16 } from '../../../mem/memory.ts';
import { BACKSLASH, COLON, indexOfUnit, isText, isValidName, isValidStreamName, lastIndexOfUnit }
  from './names.ts';
import { findChild } from './directory-index.ts';
import { firstLink } from './link.ts';
import { isDirectory } from './fcb.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFCB, PLCB } from '../types.ts';

const { Fcb, Flags: linkFlags } = RAMFS_LCB.bound;
const { ReparseTag, Flags: fileFlags } = RAMFS_FCB.bound;
const NO_FCB = 0 as PFCB;
const NO_LCB = 0 as PLCB;

/** What a path led to. */
export class Located {
  /** The directory that has the last name or would have it; NULL for the start itself. */
  parent: PFCB = NO_FCB;
  /** The last name: where, and how many bytes. */
  name = 0;
  nameBytes = 0;
  /** The link and the file, NULL when there is none of that name. */
  lcb: PLCB = NO_LCB;
  fcb: PFCB = NO_FCB;
  /** A stream was named, perhaps the unnamed one (`::$DATA`). */
  hasStream = false;
  stream = 0;
  streamBytes = 0;
  /** The stream's type was $INDEX_ALLOCATION: the directory itself. */
  isIndex = false;
  /** The path ended in a backslash: only a directory will do. */
  wantsDirectory = false;
  /** Bytes of the path behind a reparse point in its middle. */
  unparsed = 0;
}

/** Whether a directory is on its way out, so that nothing may be created in it. */
export function isGoing(directory: PFCB): boolean {
  if (fileFlags(directory) & FCB_DELETED) return true;
  const link = firstLink(directory);
  return link !== 0 && (linkFlags(link) & LCB_DELETE_PENDING) !== 0;
}

function parseType(to: Located, at: number, bytes: number): boolean {
  if (isText(at, bytes, '$DATA')) return true;
  if (!isText(at, bytes, '$INDEX_ALLOCATION')) return false;
  to.isIndex = true;
  return to.streamBytes === 0 || isText(to.stream, to.streamBytes, '$I30');
}

/** Takes `name:stream:type` apart; false when it is not a valid name. */
function parseLast(to: Located, at: number, bytes: number, mayBeEmpty: boolean): boolean {
  const colon = indexOfUnit(COLON, at, bytes);
  to.name = at;
  to.nameBytes = colon;
  if (colon === bytes) return isValidName(at, bytes);
  if (colon === 0 ? !mayBeEmpty : !isValidName(at, colon)) return false;
  const rest = at + colon + 2;
  const restBytes = bytes - colon - 2;
  const second = indexOfUnit(COLON, rest, restBytes);
  to.hasStream = true;
  to.stream = rest;
  to.streamBytes = second;
  if (second === restBytes) return second !== 0 && isValidStreamName(rest, second);
  return isValidStreamName(rest, second) &&
    parseType(to, rest + second + 2, restBytes - second - 2);
}

/** Whether every directory on the way has a valid name. */
function areValidNames(at: number, bytes: number): boolean {
  for (let done = 0; ;) {
    const length = indexOfUnit(BACKSLASH, at + done, bytes - done);
    if (!isValidName(at + done, length)) return false;
    if (done + length === bytes) return true;
    done += length + 2;
  }
}

/** Walks down the directories; the one it ends in, or a failing status through `status`. */
function walk(to: Located, start: PFCB, at: number, bytes: number, rest: number): NTSTATUS {
  let directory = start;
  for (let done = 0; done < bytes;) {
    const length = indexOfUnit(BACKSLASH, at + done, bytes - done);
    const lcb = findChild(directory, at + done, length);
    if (lcb === 0) return STATUS_OBJECT_PATH_NOT_FOUND;
    directory = Fcb(lcb);
    done += length + 2;
    if (ReparseTag(directory) !== 0) {
      to.fcb = directory;
      to.unparsed = Math.max(0, bytes - done + 2) + rest;
      return STATUS_REPARSE;
    }
    if (!isDirectory(directory)) return STATUS_OBJECT_PATH_NOT_FOUND;
  }
  to.parent = directory;
  return STATUS_SUCCESS;
}

function locateStart(to: Located, start: PFCB, startLink: PLCB): NTSTATUS {
  to.fcb = start;
  to.lcb = startLink;
  return STATUS_SUCCESS;
}

/**
 * Finds a path below a file.
 *
 * @param start where the path begins: the root, or the file of a related file object.
 * @param startLink the name it was opened by; NULL when it was opened by id.
 * @param at the path, without a leading backslash; `bytes` its length, 0 for `start` itself.
 * @returns STATUS_SUCCESS when all but the last name exist; STATUS_OBJECT_NAME_INVALID,
 *   STATUS_OBJECT_PATH_NOT_FOUND, or STATUS_REPARSE when a reparse point lies on the way.
 */
export function locate(
  to: Located, start: PFCB, startLink: PLCB, at: number, bytes: number,
): NTSTATUS {
  let length = bytes;
  if (length > 0 && u16[(at + length - 2) >> 1] === BACKSLASH) {
    length -= 2;
    to.wantsDirectory = true;
    if (length === 0) return STATUS_OBJECT_NAME_INVALID;
  }
  if (length === 0) return locateStart(to, start, startLink);
  const slash = lastIndexOfUnit(BACKSLASH, at, length);
  const head = slash < 0 ? 0 : slash;
  const last = slash < 0 ? at : at + slash + 2;
  if (head !== 0 ? !areValidNames(at, head) : slash === 0) return STATUS_OBJECT_NAME_INVALID;
  if (!parseLast(to, last, at + length - last, slash < 0)) return STATUS_OBJECT_NAME_INVALID;
  if (to.nameBytes === 0) return locateStart(to, start, startLink);
  if (!isDirectory(start)) return STATUS_OBJECT_PATH_NOT_FOUND;
  const status = walk(to, start, at, head, bytes - head);
  if (status !== STATUS_SUCCESS) return status;
  to.lcb = findChild(to.parent, last, to.nameBytes);
  to.fcb = to.lcb === 0 ? NO_FCB : Fcb(to.lcb);
  return STATUS_SUCCESS;
}
