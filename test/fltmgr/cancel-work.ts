// An application that reads asynchronously and changes its mind: each round it sends a few reads,
// gives some of them up, and waits until each has ended, once, either way.
import { NtClose, createFile } from '../../src/ntos/io/service/nt-create.ts';
import { NtCancelIoFileEx } from '../../src/ntos/io/service/nt-cancel.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { FILE_OPEN_IF, GENERIC_READ, GENERIC_WRITE, SYNCHRONIZE }
  from '../../src/ntos/io/file-constants.ts';
import { Executive, waitForObject } from '../../src/ntos/ke/dispatcher.ts';
import { KeInitializeEvent, NotificationEvent } from '../../src/ntos/ke/event.ts';
import { STATUS_CANCELLED, STATUS_PENDING, STATUS_SUCCESS } from '../../src/ntos/status-codes.ts';
import { i32, u32 } from '../../src/mem/memory.ts';
import { MIB } from '../../src/mem/param.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

const READS = 5;
const LENGTH = 512;
const STAMP = 0x51515151;
/** Each read has a slot: status block, event, data. */
const SLOT = 1024;
const EVENT_AT = 64;
const DATA_AT = 256;

export interface CancelWork {
  readonly rounds: number;
  readonly seed: number;
}

export interface CancelCounts {
  succeeded: number;
  cancelled: number;
}

/** A small generator of numbers: the same for the same seed. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

function openFile(at: number, index: number): number {
  const status = createFile(at, at + 8, {
    path: `C:\\cancel${index}`, desiredAccess: GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE,
    fileAttributes: 0x80, shareAccess: 7, disposition: FILE_OPEN_IF, options: 0, mode: 1,
  });
  if (status !== STATUS_SUCCESS) throw new Error(`open: 0x${(status >>> 0).toString(16)}`);
  return i32[at >> 2]!;
}

function settle(slot: number, counts: CancelCounts, wait: boolean): void {
  if (wait) waitForObject(slot + EVENT_AT, Executive);
  const status = i32[slot >> 2]!;
  if (status === STATUS_CANCELLED) {
    counts.cancelled++;
    return;
  }
  const read = u32[(slot + DATA_AT) >> 2];
  if (status !== STATUS_SUCCESS || i32[(slot + 4) >> 2] !== LENGTH || read !== STAMP) {
    throw new Error(`a read ended with 0x${(status >>> 0).toString(16)}, data ` +
      `0x${read?.toString(16)}`);
  }
  counts.succeeded++;
}

function round(handle: number, base: number, next: () => number, counts: CancelCounts): void {
  const pending: boolean[] = [];
  for (let n = 0; n < READS; n++) {
    const slot = base + n * SLOT;
    u32[(slot + DATA_AT) >> 2] = 0;
    i32[slot >> 2] = STATUS_PENDING;
    KeInitializeEvent(slot + EVENT_AT, NotificationEvent, false);
    const status = NtReadFile(handle, slot + EVENT_AT, slot, slot + DATA_AT, LENGTH, 0);
    pending.push(status === STATUS_PENDING);
  }
  for (let n = 0; n < READS; n++) {
    if (next() % 2 === 0) NtCancelIoFileEx(handle, base + (next() % READS) * SLOT);
  }
  for (let n = 0; n < READS; n++) settle(base + n * SLOT, counts, pending[n] === true);
}

/** Runs the rounds; returns how the reads ended. */
export function cancelWork(data: CancelWork, context: WorkloadContext): CancelCounts {
  const base = MIB + context.index * MIB;
  const next = random(data.seed * 977 + context.index);
  const handle = openFile(base, context.index);
  const slot = base + READS * SLOT;
  u32.fill(STAMP, (slot + DATA_AT) >> 2, (slot + DATA_AT + LENGTH) >> 2);
  KeInitializeEvent(slot + EVENT_AT, NotificationEvent, false);
  const written = NtWriteFile(handle, slot + EVENT_AT, slot, slot + DATA_AT, LENGTH, 0);
  if (written === STATUS_PENDING) waitForObject(slot + EVENT_AT, Executive);
  const counts = { succeeded: 0, cancelled: 0 };
  for (let n = 0; n < data.rounds; n++) round(handle, base, next, counts);
  NtClose(handle);
  return counts;
}
