// Streams of a file: the unnamed data stream, named ones, the index of a directory. What lies
// here is what lies on disk: sizes and the page tree. Guarded by the namespace resource, but for
// the contents (content/) and the sizes while the stream is open (types.ts).
import { InsertHeadList, InsertTailList, RemoveEntryList, flink }
  from '../../../ntos/rtl/list-entry.ts';
import { RAMFS_FCB, RAMFS_STREAM, RAMFS_VCB } from '../types.ts';
import { TAG_STREAM, givePool, takePaged } from '../pool.ts';
import { cutPages } from '../content/page-tree.ts';
import { compareToUpper, storeName } from './names.ts';
import type { PFCB, PSTREAM } from '../types.ts';

const s = RAMFS_STREAM.bound;
const { Vcb, at_Streams, DataStream, set_DataStream } = RAMFS_FCB.bound;
const { at_UsedFrames } = RAMFS_VCB.bound;
const NAME_AT = RAMFS_STREAM.size;

/** Where the name of a stream begins. */
export function streamName(stream: PSTREAM): number {
  return stream + NAME_AT;
}

/** The root word of the stream's page tree. */
export function pagesOf(stream: PSTREAM): number {
  return s.at_PageRoot(stream);
}

/** The word that counts the frames of the stream's volume. */
export function frameCountOf(stream: PSTREAM): number {
  return at_UsedFrames(Vcb(s.Fcb(stream)));
}

/**
 * Gives a file one more stream; NULL when there is no memory. The first one is its default.
 *
 * @param bytes length of the name; 0 for the unnamed stream.
 */
export function createStream(fcb: PFCB, name: number, bytes: number): PSTREAM {
  const stream = takePaged(RAMFS_STREAM.size + bytes * 2, TAG_STREAM) as PSTREAM;
  if (stream === 0) return stream;
  s.set_Fcb(stream, fcb);
  s.set_NameLength(stream, bytes);
  if (bytes !== 0) storeName(stream + NAME_AT, name, bytes);
  if (DataStream(fcb) === 0) {
    set_DataStream(fcb, stream);
    InsertHeadList(at_Streams(fcb), s.at_ListEntry(stream));
  } else {
    InsertTailList(at_Streams(fcb), s.at_ListEntry(stream));
  }
  return stream;
}

/** The stream of that name; NULL when there is none. */
export function findStream(fcb: PFCB, name: number, bytes: number): PSTREAM {
  const head = at_Streams(fcb);
  for (let at = flink(head); at !== head; at = flink(at)) {
    const stream = at as number as PSTREAM;
    if (s.NameLength(stream) !== bytes) continue;
    if (compareToUpper(name, bytes, stream + NAME_AT + bytes, bytes) === 0) return stream;
  }
  return 0 as PSTREAM;
}

/** The first stream after `stream` (0: the first of all); NULL at the end. */
export function nextStream(fcb: PFCB, stream: PSTREAM): PSTREAM {
  const head = at_Streams(fcb);
  const at = stream === 0 ? flink(head) : flink(s.at_ListEntry(stream));
  return (at === head ? 0 : at) as PSTREAM;
}

/** Takes a stream away from its file and frees its pages; it is not open. */
export function freeStream(stream: PSTREAM): void {
  const fcb = s.Fcb(stream);
  cutPages(pagesOf(stream), 0, Infinity, frameCountOf(stream));
  RemoveEntryList(s.at_ListEntry(stream));
  if (DataStream(fcb) === stream) set_DataStream(fcb, 0 as PSTREAM);
  givePool(stream, TAG_STREAM);
}
