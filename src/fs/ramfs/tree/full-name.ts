// The full name of a file, from the root of its volume: \dir\sub\file, with the stream behind a
// colon when it has a name. Built from the links upwards; the namespace resource is held.
import { copyBytes, u16 } from '../../../mem/memory.ts';
import { FCB_ROOT, RAMFS_FCB, RAMFS_LCB, RAMFS_STREAM } from '../types.ts';
import { BACKSLASH, COLON } from './names.ts';
import { firstLink } from './link.ts';
import { streamName } from './stream.ts';
import type { PLCB, PSTREAM } from '../types.ts';

const { Parent, Fcb, NameLength, NameBuffer } = RAMFS_LCB.bound;
const { Flags } = RAMFS_FCB.bound;
const { NameLength: streamNameLength } = RAMFS_STREAM.bound;

function isRoot(lcb: PLCB): boolean {
  return (Flags(Fcb(lcb)) & FCB_ROOT) !== 0;
}

/** The link of the directory that a link lies in; NULL when that is gone. */
function parentLink(lcb: PLCB): PLCB {
  const parent = Parent(lcb);
  return parent === 0 ? (0 as PLCB) : firstLink(parent);
}

/** Bytes of the full name. `stream` is NULL or the stream whose name follows. */
export function fullNameLength(lcb: PLCB, stream: PSTREAM): number {
  const suffix = stream === 0 ? 0 : streamNameLength(stream);
  let bytes = suffix === 0 ? 0 : suffix + 2;
  if (lcb === 0 || isRoot(lcb)) return bytes + 2;
  for (let at = lcb; at !== 0 && !isRoot(at); at = parentLink(at)) bytes += NameLength(at) + 2;
  return bytes;
}

/** Bytes in front of the last component. */
export function lastComponentOffset(lcb: PLCB): number {
  if (lcb === 0 || isRoot(lcb)) return 2;
  return fullNameLength(lcb, 0 as PSTREAM) - NameLength(lcb);
}

/** Writes the full name; `to` has room for fullNameLength bytes. */
export function writeFullName(to: number, lcb: PLCB, stream: PSTREAM): void {
  let end = to + fullNameLength(lcb, stream);
  const suffix = stream === 0 ? 0 : streamNameLength(stream);
  if (suffix !== 0) {
    end -= suffix;
    copyBytes(end, streamName(stream), suffix);
    end -= 2;
    u16[end >> 1] = COLON;
  }
  if (lcb === 0 || isRoot(lcb)) {
    u16[to >> 1] = BACKSLASH;
    return;
  }
  for (let at = lcb; at !== 0 && !isRoot(at); at = parentLink(at)) {
    end -= NameLength(at);
    copyBytes(end, NameBuffer(at), NameLength(at));
    end -= 2;
    u16[end >> 1] = BACKSLASH;
  }
}
