// Controls of the change journal. A reader whose place is older than the ring gets
// STATUS_JOURNAL_ENTRY_DELETED as on NTFS; one that waits for news (BytesToWaitFor) is answered at
// once with what there is, which is the one simplification.
import { copyBytes, fillBytes, i32, u16, u32 } from '../../../mem/memory.ts';
import { asStatus } from '../../../ntos/status.ts';
import { STATUS_BUFFER_TOO_SMALL, STATUS_END_OF_FILE, STATUS_INVALID_PARAMETER,
  STATUS_INVALID_USER_BUFFER, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import { RAMFS_FCB, RAMFS_VCB } from '../types.ts';
import { acquireKernelLock, releaseKernelLock } from '../../../ntos/ke/kernel-lock.ts';
import { lockNamespace, shareNamespace, unlockNamespace } from '../locks.ts';
import { fcbByNumber } from '../tree/file-table.ts';
import { JOURNAL_SIZE, USN_RECORD_V2, concludeLocked, recordLengthAt, writeRecord }
  from '../journal/journal.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { ControlRequest } from './request.ts';

const v = RAMFS_VCB.bound;
const f = RAMFS_FCB.bound;
const r = USN_RECORD_V2.bound;
type PRECORD = Parameters<typeof r.Usn>[0];
/** STATUS_JOURNAL_ENTRY_DELETED of ntstatus.h. */
export const STATUS_JOURNAL_ENTRY_DELETED = asStatus(0xc00002cf);
const V0_BYTES = 56;
const V1_BYTES = 64;
const READ_BYTES = 40;
const NUMBERS = 2 ** 48;
const MAX_USN = 2 ** 53;

function getLarge(at: number): number {
  return u32[at >> 2]! + i32[(at >> 2) + 1]! * 2 ** 32;
}

function putLarge(at: number, value: number): void {
  u32[at >> 2] = value % 2 ** 32;
  i32[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

/** FSCTL_QUERY_USN_JOURNAL: USN_JOURNAL_DATA_V0, or V1 where there is room. */
export function queryJournal(request: ControlRequest): NTSTATUS {
  const { vcb, output } = request;
  if (request.outputLength < V0_BYTES) return STATUS_BUFFER_TOO_SMALL;
  const bytes = request.outputLength >= V1_BYTES ? V1_BYTES : V0_BYTES;
  fillBytes(output, 0, bytes);
  acquireKernelLock(v.at_JournalLock(vcb));
  putLarge(output, v.JournalId(vcb));
  putLarge(output + 8, v.FirstUsn(vcb));
  putLarge(output + 16, v.NextUsn(vcb));
  releaseKernelLock(v.at_JournalLock(vcb));
  putLarge(output + 32, MAX_USN);
  putLarge(output + 40, JOURNAL_SIZE);
  putLarge(output + 48, JOURNAL_SIZE / 8);
  if (bytes === V1_BYTES) {
    u16[(output + 56) >> 1] = 2;
    u16[(output + 58) >> 1] = 2;
  }
  request.used = bytes;
  return STATUS_SUCCESS;
}

/** Copies records from `start` on; JournalLock is held. Returns the USN to go on at. */
function copyRecords(
  request: ControlRequest, start: number, mask: number, closes: boolean,
): number {
  const { vcb, output, outputLength } = request;
  const CLOSE = 0x80000000;
  let usn = start;
  while (usn < v.NextUsn(vcb)) {
    const length = recordLengthAt(vcb, usn);
    const at = v.Journal(vcb) + (usn % JOURNAL_SIZE);
    const isRecord = u32[at >> 2] === length;
    const reason = isRecord ? r.Reason(at as PRECORD) : 0;
    const wanted = (reason & mask) !== 0 && (!closes || (reason & CLOSE) !== 0);
    if (wanted) {
      if (request.used + length > outputLength) break;
      copyBytes(output + request.used, at, length);
      request.used += length;
    }
    usn += length;
  }
  return usn;
}

/**
 * FSCTL_READ_USN_JOURNAL: READ_USN_JOURNAL_DATA in, the next USN and records out. StartUsn 0 is
 * the oldest record there is.
 */
export function readJournal(request: ControlRequest): NTSTATUS {
  const { vcb, input } = request;
  if (request.inputLength < READ_BYTES) return STATUS_INVALID_USER_BUFFER;
  if (request.outputLength < 8) return STATUS_INVALID_USER_BUFFER;
  const start = getLarge(input);
  if (getLarge(input + 32) !== v.JournalId(vcb)) return STATUS_INVALID_PARAMETER;
  acquireKernelLock(v.at_JournalLock(vcb));
  const from = start === 0 ? v.FirstUsn(vcb) : start;
  let status: NTSTATUS = STATUS_SUCCESS;
  if (from < v.FirstUsn(vcb)) status = STATUS_JOURNAL_ENTRY_DELETED;
  else if (from > v.NextUsn(vcb)) status = STATUS_INVALID_PARAMETER;
  else {
    request.used = 8;
    const next = copyRecords(request, from, u32[(input + 8) >> 2]!, u32[(input + 12) >> 2] !== 0);
    putLarge(request.output, next);
  }
  releaseKernelLock(v.at_JournalLock(vcb));
  return status;
}

/** FSCTL_ENUM_USN_DATA: a record for each file from a file number on. */
export function enumerateUsnData(request: ControlRequest): NTSTATUS {
  const { vcb, input, output } = request;
  if (request.inputLength < 24 || request.outputLength < 8) return STATUS_INVALID_USER_BUFFER;
  const low = getLarge(input + 8);
  const high = getLarge(input + 16);
  let number = getLarge(input) % NUMBERS;
  shareNamespace(vcb);
  const end = v.FileTableUsed(vcb);
  request.used = 8;
  for (; number < end; number++) {
    const fcb = fcbByNumber(vcb, number);
    if (fcb === 0 || f.Usn(fcb) < low || f.Usn(fcb) > high) continue;
    const room = request.outputLength - request.used;
    const length = writeRecord(output + request.used, fcb, f.Usn(fcb), 0, room);
    if (length > room) break;
    request.used += length;
  }
  unlockNamespace(vcb);
  if (request.used === 8 && number >= end) {
    request.used = 0;
    return STATUS_END_OF_FILE;
  }
  putLarge(output, number);
  return STATUS_SUCCESS;
}

/** FSCTL_READ_FILE_USN_DATA: the record that stands for the file. */
export function readFileUsnData(request: ControlRequest): NTSTATUS {
  const { vcb, fcb } = request;
  shareNamespace(vcb);
  const length = writeRecord(request.output, fcb, f.Usn(fcb), 0, request.outputLength);
  unlockNamespace(vcb);
  if (length > request.outputLength) return STATUS_BUFFER_TOO_SMALL;
  request.used = length;
  return STATUS_SUCCESS;
}

/** FSCTL_WRITE_USN_CLOSE_RECORD: the file's changes so far are concluded. */
export function writeCloseRecord(request: ControlRequest): NTSTATUS {
  if (request.outputLength < 8) return STATUS_INVALID_PARAMETER;
  lockNamespace(request.vcb);
  const usn = concludeLocked(request.fcb);
  unlockNamespace(request.vcb);
  putLarge(request.output, usn);
  request.used = 8;
  return STATUS_SUCCESS;
}
