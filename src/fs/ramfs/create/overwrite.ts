// Replacing what a file holds (FILE_SUPERSEDE, FILE_OVERWRITE, FILE_OVERWRITE_IF): attributes, EAs
// and other streams under the namespace resource, the contents after it is given back, since that
// needs the stream's own resources, which come before it in the order of locks.
import { FSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import { FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_COMPRESSED, FILE_ATTRIBUTE_ENCRYPTED,
  FILE_SUPERSEDE } from '../../../ntos/io/file-constants.ts';
import { RAMFS_FCB, RAMFS_SCB, RAMFS_STREAM } from '../types.ts';
import { lockInfo, lockMain, lockPaging, unlockInfo, unlockMain, unlockPaging } from '../locks.ts';
import { grantsOf, mayGoOn, waitForOplock } from '../oplock.ts';
import { freeStream, nextStream } from '../tree/stream.ts';
import { dropEas, putEas } from '../ea/store.ts';
import { setAllocation, setEndOfFile } from '../content/sizes.ts';
import { touchWrite } from '../info/times.ts';
import { settable } from './attributes.ts';
import type { PFSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import type { CreateOperation } from './operation.ts';
import type { NewEas } from '../ea/store.ts';
import type { PFCB, PSTREAM } from '../types.ts';

const f = RAMFS_FCB.bound;
const st = RAMFS_STREAM.bound;
const { at_Header } = RAMFS_SCB.bound;
const { FileSize } = FSRTL_ADVANCED_FCB_HEADER.bound;
const KEPT = FILE_ATTRIBUTE_COMPRESSED | FILE_ATTRIBUTE_ENCRYPTED;

/** Named streams that nobody has open go with the old contents of a file. */
function dropNamedStreams(fcb: PFCB): void {
  for (let stream = nextStream(fcb, 0 as PSTREAM); stream !== 0;) {
    const next = nextStream(fcb, stream);
    if (st.NameLength(stream) !== 0 && st.Scb(stream) === 0) freeStream(stream);
    stream = next;
  }
}

/** Replaces all but the contents. The namespace resource is held exclusively. */
export function replaceMetadata(
  op: CreateOperation, fcb: PFCB, stream: PSTREAM, eas: NewEas,
): void {
  if (f.DataStream(fcb) !== stream) {
    dropEas(eas);
    return;
  }
  putEas(fcb, eas);
  dropNamedStreams(fcb);
  lockInfo(fcb);
  const given = settable(op.attributes) | FILE_ATTRIBUTE_ARCHIVE;
  const kept = f.FileAttributes(fcb) & KEPT;
  f.set_FileAttributes(fcb, op.disposition === FILE_SUPERSEDE ? given : given | kept);
  unlockInfo(fcb);
}

/** Drops the contents, and sets what the create asked for as allocation. No lock is held. */
export function replaceContents(op: CreateOperation): void {
  const scb = op.scb;
  lockMain(scb);
  while (!mayGoOn(scb, op.grants)) {
    // An oplock was granted beside this open, whose holder does not know of the overwrite yet.
    unlockMain(scb);
    op.grants = grantsOf(scb);
    waitForOplock(scb, op.irp);
    lockMain(scb);
  }
  lockPaging(scb);
  const had = FileSize(at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER);
  setEndOfFile(scb, 0);
  setAllocation(scb, op.allocationSize);
  unlockPaging(scb);
  unlockMain(scb);
  if (had !== 0) touchWrite(op.fcb);
}
