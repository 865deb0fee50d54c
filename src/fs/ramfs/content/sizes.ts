// The three sizes of an open stream: end of file, allocation and valid data. They live in the head
// of the SCB, under its MainResource; a change that takes pages away needs the paging resource too.
// They are stored under the FCB's InfoLock as well, because paging I/O reads the end of file while
// another thread, with Main alone, makes it grow.
//
// Simplifications: allocation is a number (clusters are page frames, taken when written), rounded
// up to whole clusters and never below the end of file; for a sparse stream it is what the pages
// take. Everything behind what was written reads as zeroes, so the valid data length guards
// nothing: it is kept and told, and writing moves it.
import { PAGE_SIZE } from '../../../mem/param.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { load } from '../../../atomics-sync/atomics.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import { FILE_ATTRIBUTE_SPARSE_FILE } from '../../../ntos/io/file-constants.ts';
import { RAMFS_FCB, RAMFS_SCB, RAMFS_STREAM } from '../types.ts';
import { cutContent } from './content.ts';
import { frameCountOf, pagesOf } from '../tree/stream.ts';
import { lockInfo, unlockInfo } from '../locks.ts';
import type { PFSRTL_ADVANCED_FCB_HEADER } from '../../../ntos/io/types.ts';
import type { PSCB } from '../types.ts';

const h = FSRTL_ADVANCED_FCB_HEADER.bound;
const b = RAMFS_SCB.bound;
const st = RAMFS_STREAM.bound;
const { FileAttributes } = RAMFS_FCB.bound;

/** The cluster of every volume. */
export const CLUSTER_SIZE = PAGE_SIZE;
/** The longest file: sizes are exact in a double up to here. */
export const MAX_FILE_SIZE = 2 ** 53 - CLUSTER_SIZE;

/** The head of a stream, where its sizes are. */
export function headOf(scb: PSCB): PFSRTL_ADVANCED_FCB_HEADER {
  return b.at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
}

/** The end of file. Main is held, shared at least. */
export function endOfFile(scb: PSCB): number {
  return h.FileSize(headOf(scb));
}

/** The allocation that queries show: of a sparse stream what its pages take. */
export function shownAllocation(scb: PSCB): number {
  const fcb = b.Fcb(scb);
  if (fcb === 0 || !(FileAttributes(fcb) & FILE_ATTRIBUTE_SPARSE_FILE)) {
    return h.AllocationSize(headOf(scb));
  }
  return load(st.at_PageCount(b.Stream(scb))) * CLUSTER_SIZE;
}

/** The end of file for paging I/O, which holds PagingIo only. */
export function endOfFileForPaging(scb: PSCB): number {
  const fcb = b.Fcb(scb);
  lockInfo(fcb);
  const size = h.FileSize(headOf(scb));
  unlockInfo(fcb);
  return size;
}

function store(scb: PSCB, size: number, allocation: number, valid: number): void {
  const head = headOf(scb);
  const fcb = b.Fcb(scb);
  lockInfo(fcb);
  h.set_FileSize(head, size);
  h.set_AllocationSize(head, allocation);
  h.set_ValidDataLength(head, valid);
  unlockInfo(fcb);
  b.set_SizeChanged(scb, 1);
}

/** Sets the end of file; Main is held exclusively, and PagingIo too when it moves down. */
export function setEndOfFile(scb: PSCB, size: number): void {
  const head = headOf(scb);
  const stream = b.Stream(scb);
  const old = h.FileSize(head);
  if (size < old) cutContent(pagesOf(stream), size, frameCountOf(stream));
  const had = h.AllocationSize(head);
  const allocation = size < old || size > had ? alignUp(size, CLUSTER_SIZE) : had;
  store(scb, size, allocation, Math.min(h.ValidDataLength(head), size));
}

/** Sets the allocation; below the end of file it cuts the file. Locks as setEndOfFile. */
export function setAllocation(scb: PSCB, size: number): void {
  if (size < endOfFile(scb)) setEndOfFile(scb, size);
  const head = headOf(scb);
  store(scb, h.FileSize(head), alignUp(size, CLUSTER_SIZE), h.ValidDataLength(head));
}

/** Sets how far the data is valid, which is within the file. Main is held exclusively. */
export function setValidData(scb: PSCB, valid: number): void {
  const head = headOf(scb);
  store(scb, h.FileSize(head), h.AllocationSize(head), valid);
}

/** Data was written up to `end`: the file may have grown. Main is held exclusively. */
export function noteWritten(scb: PSCB, end: number): void {
  const head = headOf(scb);
  const size = h.FileSize(head);
  const valid = h.ValidDataLength(head);
  if (end <= size && end <= valid) return;
  const had = h.AllocationSize(head);
  const allocation = end > had ? alignUp(end, CLUSTER_SIZE) : had;
  store(scb, Math.max(size, end), allocation, Math.max(valid, end));
}

/** Tells directories the present sizes. Main is held exclusively. */
export function publishSizes(scb: PSCB): void {
  if (b.SizeChanged(scb) === 0) return;
  b.set_SizeChanged(scb, 0);
  const stream = b.Stream(scb);
  const head = headOf(scb);
  const fcb = b.Fcb(scb);
  lockInfo(fcb);
  st.set_EndOfFile(stream, h.FileSize(head));
  st.set_AllocationSize(stream, h.AllocationSize(head));
  st.set_ValidDataLength(stream, h.ValidDataLength(head));
  unlockInfo(fcb);
}
