// Files: making one, freeing one. An FCB lives as long as a name or an open leads to it. Guarded
// by the volume's namespace resource, held exclusively.
import { InitializeListHead, IsListEmpty, flink } from '../../../ntos/rtl/list-entry.ts';
import { store } from '../../../atomics-sync/atomics.ts';
import { systemTime } from '../../../ntos/ke/time.ts';
import { FILE_ATTRIBUTE_DIRECTORY } from '../../../ntos/io/file-constants.ts';
import { FCB_DIRECTORY, FCB_ROOT, RAMFS_FCB } from '../types.ts';
import { TAG_EA, TAG_FCB, TAG_INDEX, TAG_OBJECT_ID, TAG_REPARSE, givePool, takePaged }
  from '../pool.ts';
import { referenceSecurity, releaseSecurity } from '../security/shared.ts';
import { createStream, freeStream } from './stream.ts';
import { numberFile, numberRoot, unnumberFile } from './file-table.ts';
import type { PFCB, PSECURITY, PSTREAM, PVCB } from '../types.ts';

const f = RAMFS_FCB.bound;

/** Whether a file is a directory. */
export function isDirectory(fcb: PFCB): boolean {
  return (f.Flags(fcb) & FCB_DIRECTORY) !== 0;
}

/** Whether a directory has no names in it. */
export function isEmptyDirectory(fcb: PFCB): boolean {
  return f.ChildCount(fcb) === 0;
}

function initialize(vcb: PVCB, flags: number, attributes: number, security: PSECURITY): PFCB {
  const fcb = takePaged(RAMFS_FCB.size, TAG_FCB) as PFCB;
  if (fcb === 0) return fcb;
  const now = systemTime();
  f.set_Vcb(fcb, vcb);
  f.set_Flags(fcb, flags);
  store(f.at_InfoLock(fcb), 0);
  f.set_FileAttributes(fcb, flags & FCB_DIRECTORY ? attributes | FILE_ATTRIBUTE_DIRECTORY
    : attributes);
  f.set_CreationTime(fcb, now);
  f.set_LastAccessTime(fcb, now);
  f.set_LastWriteTime(fcb, now);
  f.set_ChangeTime(fcb, now);
  InitializeListHead(f.at_Links(fcb));
  InitializeListHead(f.at_Streams(fcb));
  referenceSecurity(security);
  f.set_Security(fcb, security);
  return fcb;
}

/**
 * Makes a file or directory without a name; NULL when there is no memory.
 *
 * @param flags FCB_DIRECTORY, and FCB_ROOT for the volume's root.
 * @param security gets a reference.
 */
export function createFcb(
  vcb: PVCB, flags: number, attributes: number, security: PSECURITY,
): PFCB {
  const fcb = initialize(vcb, flags, attributes, security);
  if (fcb === 0) return fcb;
  if (createStream(fcb, 0, 0) === 0) {
    dropFcb(fcb);
    return 0 as PFCB;
  }
  if (flags & FCB_ROOT) {
    numberRoot(vcb, fcb);
  } else if (!numberFile(vcb, fcb)) {
    dropFcb(fcb);
    return 0 as PFCB;
  }
  return fcb;
}

function dropFcb(fcb: PFCB): void {
  const streams = f.at_Streams(fcb);
  while (!IsListEmpty(streams)) freeStream(flink(streams) as PSTREAM);
  releaseSecurity(f.Security(fcb));
  givePool(f.EaBuffer(fcb), TAG_EA);
  givePool(f.ReparseBuffer(fcb), TAG_REPARSE);
  givePool(f.ObjectId(fcb), TAG_OBJECT_ID);
  givePool(f.Children(fcb), TAG_INDEX);
  givePool(fcb, TAG_FCB);
}

/** Frees a file: no name leads to it, no stream of it is open. */
export function freeFcb(fcb: PFCB): void {
  unnumberFile(f.Vcb(fcb), fcb);
  dropFcb(fcb);
}

/** Frees a file when nothing leads to it any more; true when it did. */
export function freeFcbIfUnused(fcb: PFCB): boolean {
  if (f.LinkCount(fcb) !== 0 || f.UseCount(fcb) !== 0) return false;
  freeFcb(fcb);
  return true;
}
