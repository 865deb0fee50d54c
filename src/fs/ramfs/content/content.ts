// @hot  Contents of a stream: bytes in, bytes out, zeroes where nothing was written. Positions are
// byte offsets up to 2^53; buffers are addresses anywhere in the machine's memory.
//
// The caller guards: reads and writes under one of the stream's resources (a write that overlaps
// another is not atomic against it unless the caller holds Main exclusively), cutting under both
// exclusively. A page beyond the end of file holds zeroes, so that extending a file shows none of
// what was cut off: cutContent clears the rest of the last page.
import { copyBytes as copy, fillBytes as fill } from '../../../mem/memory.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { cutPages, findPage, takePage } from './page-tree.ts';

const copyBytes = copy;
const fillBytes = fill;
const find = findPage;
const take = takePage;
const cut = cutPages;
const PAGE = PAGE_SIZE;

/** Copies `length` bytes from `offset` on into the buffer; holes read as zeroes. */
export function readContent(rootAt: number, offset: number, length: number, buffer: number): void {
  let page = Math.floor(offset / PAGE);
  let inPage = offset - page * PAGE;
  let done = 0;
  while (done < length) {
    const part = Math.min(PAGE - inPage, length - done);
    const frame = find(rootAt, page);
    if (frame === 0) fillBytes(buffer + done, 0, part);
    else copyBytes(buffer + done, frame + inPage, part);
    done += part;
    page++;
    inPage = 0;
  }
}

/**
 * Copies `length` bytes from the buffer to `offset`.
 *
 * @returns the bytes written: fewer when no page frame is left.
 */
export function writeContent(
  rootAt: number, offset: number, length: number, buffer: number, volumeCount: number,
): number {
  let page = Math.floor(offset / PAGE);
  let inPage = offset - page * PAGE;
  let done = 0;
  while (done < length) {
    const part = Math.min(PAGE - inPage, length - done);
    const frame = take(rootAt, page, volumeCount);
    if (frame === 0) return done;
    copyBytes(frame + inPage, buffer + done, part);
    done += part;
    page++;
    inPage = 0;
  }
  return done;
}

function clearInPage(rootAt: number, page: number, from: number, to: number): void {
  const frame = find(rootAt, page);
  if (frame !== 0) fillBytes(frame + from, 0, to - from);
}

/** Makes [from, to) read as zeroes and frees the pages that lie wholly inside. */
export function zeroContent(rootAt: number, from: number, to: number, volumeCount: number): void {
  if (from >= to) return;
  const firstPage = Math.floor(from / PAGE);
  const lastPage = Math.floor(to / PAGE);
  const head = from - firstPage * PAGE;
  const tail = to - lastPage * PAGE;
  if (firstPage === lastPage) {
    clearInPage(rootAt, firstPage, head, tail);
    return;
  }
  if (head !== 0) clearInPage(rootAt, firstPage, head, PAGE);
  if (tail !== 0) clearInPage(rootAt, lastPage, 0, tail);
  cut(rootAt, head === 0 ? firstPage : firstPage + 1, lastPage, volumeCount);
}

/** Drops everything from `length` on. */
export function cutContent(rootAt: number, length: number, volumeCount: number): void {
  const page = Math.floor(length / PAGE);
  const inPage = length - page * PAGE;
  if (inPage !== 0) clearInPage(rootAt, page, inPage, PAGE);
  cut(rootAt, inPage === 0 ? page : page + 1, Infinity, volumeCount);
}
