// Controls about where a stream's bytes lie: sparse files, zeroed and allocated ranges, extents.
// Extents are told truly: a cluster is a page frame, and its number is the frame's.
import { i32, u16, u32, u8 } from '../../../mem/memory.ts';
import { FRAMES } from '../../../mem/memory-map.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { alignUp } from '../../../mem/pointer.ts';
import { FILE_ALLOCATED_RANGE_BUFFER, FILE_ZERO_DATA_INFORMATION }
  from '../../../ntos/io/control-types.ts';
import { FILE_ATTRIBUTE_SPARSE_FILE, FILE_WRITE_ATTRIBUTES, FILE_WRITE_DATA }
  from '../../../ntos/io/file-constants.ts';
import { STATUS_ACCESS_DENIED, STATUS_BUFFER_OVERFLOW, STATUS_BUFFER_TOO_SMALL,
  STATUS_COMPRESSION_DISABLED, STATUS_END_OF_FILE, STATUS_INVALID_PARAMETER, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { RAMFS_FCB, RAMFS_SCB } from '../types.ts';
import { lockInfo, lockPaging, shareMain, unlockInfo, unlockMain, unlockPaging }
  from '../locks.ts';
import { lockMainToWrite } from '../oplock.ts';
import { endOfFile } from '../content/sizes.ts';
import { zeroContent } from '../content/content.ts';
import { findPage, nextPage } from '../content/page-tree.ts';
import { frameCountOf, pagesOf } from '../tree/stream.ts';
import { touchWrite } from '../info/times.ts';
import { USN_REASON_BASIC_INFO_CHANGE, USN_REASON_DATA_OVERWRITE, noteChange }
  from '../journal/journal.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { ControlRequest } from './request.ts';

const f = RAMFS_FCB.bound;
const { Stream } = RAMFS_SCB.bound;

/** FSCTL_GET_COMPRESSION: COMPRESSION_FORMAT_NONE. */
export function getCompression(request: ControlRequest): NTSTATUS {
  if (request.outputLength < 2) return STATUS_INVALID_PARAMETER;
  u16[request.output >> 1] = 0;
  request.used = 2;
  return STATUS_SUCCESS;
}

/** FSCTL_SET_COMPRESSION: only "none" can be set. */
export function setCompression(request: ControlRequest): NTSTATUS {
  if (request.inputLength < 2) return STATUS_INVALID_PARAMETER;
  return u16[request.input >> 1] === 0 ? STATUS_SUCCESS : STATUS_COMPRESSION_DISABLED;
}

/** FSCTL_SET_SPARSE: without input, or with TRUE, the file becomes sparse. */
export function setSparse(request: ControlRequest): NTSTATUS {
  const { fcb } = request;
  if (!request.may(FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES)) return STATUS_ACCESS_DENIED;
  const sparse = request.inputLength === 0 || u8[request.input] !== 0;
  lockInfo(fcb);
  const others = f.FileAttributes(fcb) & ~FILE_ATTRIBUTE_SPARSE_FILE;
  f.set_FileAttributes(fcb, sparse ? others | FILE_ATTRIBUTE_SPARSE_FILE : others);
  unlockInfo(fcb);
  noteChange(fcb, USN_REASON_BASIC_INFO_CHANGE);
  return STATUS_SUCCESS;
}

/** FSCTL_SET_ZERO_DATA: whole pages of the range are given back, sparse or not. */
export function setZeroData(request: ControlRequest): NTSTATUS {
  const { scb, fcb } = request;
  if (request.inputLength < FILE_ZERO_DATA_INFORMATION.size) return STATUS_INVALID_PARAMETER;
  if (!request.may(FILE_WRITE_DATA)) return STATUS_ACCESS_DENIED;
  const range = FILE_ZERO_DATA_INFORMATION.at(request.input);
  const from = range.FileOffset;
  const beyond = range.BeyondFinalZero;
  if (from < 0 || beyond < from) return STATUS_INVALID_PARAMETER;
  const broken = lockMainToWrite(scb, request.irp);
  if (broken !== STATUS_SUCCESS) return broken;
  const stream = Stream(scb);
  lockPaging(scb);
  zeroContent(pagesOf(stream), from, Math.min(beyond, endOfFile(scb)), frameCountOf(stream));
  unlockPaging(scb);
  unlockMain(scb);
  touchWrite(fcb, request.ccb);
  noteChange(fcb, USN_REASON_DATA_OVERWRITE);
  return STATUS_SUCCESS;
}

function putLarge(at: number, value: number): void {
  u32[at >> 2] = value % 2 ** 32;
  i32[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

/** The first page at or after `page` that has no frame. */
function nextHole(root: number, page: number, end: number): number {
  let at = page;
  while (at < end && findPage(root, at) !== 0) at++;
  return at;
}

/** Writes the allocated ranges within [from, to) bytes. */
function writeRanges(request: ControlRequest, from: number, to: number): NTSTATUS {
  const root = pagesOf(Stream(request.scb));
  const sparse = (f.FileAttributes(request.fcb) & FILE_ATTRIBUTE_SPARSE_FILE) !== 0;
  const size = FILE_ALLOCATED_RANGE_BUFFER.size;
  const lastPage = Math.ceil(to / PAGE_SIZE);
  for (let page = Math.floor(from / PAGE_SIZE); page < lastPage;) {
    const first = sparse ? nextPage(root, page) : page;
    if (first >= lastPage) return STATUS_SUCCESS;
    const hole = sparse ? nextHole(root, first, lastPage) : lastPage;
    if (request.used + size > request.outputLength) {
      return request.used === 0 ? STATUS_BUFFER_TOO_SMALL : STATUS_BUFFER_OVERFLOW;
    }
    const start = Math.max(from, first * PAGE_SIZE);
    putLarge(request.output + request.used, start);
    putLarge(request.output + request.used + 8, Math.min(to, hole * PAGE_SIZE) - start);
    request.used += size;
    page = hole;
  }
  return STATUS_SUCCESS;
}

/** FSCTL_QUERY_ALLOCATED_RANGES: of a file that is not sparse, all of it. */
export function queryAllocatedRanges(request: ControlRequest): NTSTATUS {
  if (request.inputLength < FILE_ALLOCATED_RANGE_BUFFER.size) return STATUS_INVALID_PARAMETER;
  const range = FILE_ALLOCATED_RANGE_BUFFER.at(request.input);
  const from = range.FileOffset;
  const length = range.Length;
  if (from < 0 || length < 0) return STATUS_INVALID_PARAMETER;
  shareMain(request.scb);
  const to = Math.min(from + length, endOfFile(request.scb));
  const status = from < to ? writeRanges(request, from, to) : STATUS_SUCCESS;
  unlockMain(request.scb);
  return status;
}

/** Where a cluster lies, and -1 for a hole. */
function clusterOf(root: number, page: number): number {
  const frame = findPage(root, page);
  return frame === 0 ? -1 : (frame - FRAMES.start) / PAGE_SIZE;
}

/** The page where the run of clusters that begins at `page` ends. */
function endOfRun(root: number, page: number, last: number): number {
  const first = clusterOf(root, page);
  if (first < 0) return Math.min(nextPage(root, page), last);
  let at = page + 1;
  while (at < last && clusterOf(root, at) === first + at - page) at++;
  return at;
}

/** Writes RETRIEVAL_POINTERS_BUFFER from a virtual cluster on. */
function writeExtents(request: ControlRequest, start: number, last: number): NTSTATUS {
  const EXTENTS_AT = 16;
  const EXTENT = 16;
  const root = pagesOf(Stream(request.scb));
  let count = 0;
  let page = start;
  for (; page < last; count++) {
    const at = EXTENTS_AT + count * EXTENT;
    if (at + EXTENT > request.outputLength) break;
    const end = endOfRun(root, page, last);
    putLarge(request.output + at, end);
    putLarge(request.output + at + 8, clusterOf(root, page));
    page = end;
  }
  if (count === 0) return STATUS_BUFFER_TOO_SMALL;
  u32[request.output >> 2] = count;
  u32[(request.output + 4) >> 2] = 0;
  putLarge(request.output + 8, start);
  request.used = EXTENTS_AT + count * EXTENT;
  return page < last ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/** FSCTL_GET_RETRIEVAL_POINTERS: the input is the virtual cluster to begin at. */
export function getRetrievalPointers(request: ControlRequest): NTSTATUS {
  if (request.inputLength < 8) return STATUS_INVALID_PARAMETER;
  const start = u32[request.input >> 2]! + i32[(request.input >> 2) + 1]! * 2 ** 32;
  if (start < 0) return STATUS_INVALID_PARAMETER;
  shareMain(request.scb);
  const last = alignUp(endOfFile(request.scb), PAGE_SIZE) / PAGE_SIZE;
  const status = start >= last ? STATUS_END_OF_FILE : writeExtents(request, start, last);
  unlockMain(request.scb);
  return status;
}
