// The application of these tests: opens, writes and reads in all the ways that the rules speak of,
// and checks what it reads.
import { KTHREAD, currentThread } from '../../src/ntos/ke/prcb.ts';
import { createProcess, exitProcess } from '../../src/ntos/ob/process.ts';
import { NtClose } from '../../src/ntos/io/service/nt-create.ts';
import { NtReadFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { FILE_OPEN_IF } from '../../src/ntos/io/file-constants.ts';
import { IoPageRead } from '../../src/ntos/io/service/paging-io.ts';
import { fileByHandle, releaseFile } from '../../src/ntos/io/service/service.ts';
import { IRP_NOCACHE } from '../../src/ntos/io/types.ts';
import { IoSetTopLevelIrp } from '../../src/ntos/io/irp/top-level-irp.ts';
import { Executive, waitForObject } from '../../src/ntos/ke/dispatcher.ts';
import { KeInitializeEvent, NotificationEvent } from '../../src/ntos/ke/event.ts';
import { KEVENT } from '../../src/ntos/ke/types.ts';
import { i32, u8 } from '../../src/mem/memory.ts';
import { MIB } from '../../src/mem/param.ts';
import { popFrame, pushFrame, stackAlloc } from '../../src/mem/stack.ts';
import { STATUS_PENDING } from '../../src/ntos/status-codes.ts';
import { open } from '../support/open-file.ts';
import { openShared, readAt, writeAt } from '../support/ramfs-volume.ts';
import type { PFILE_OBJECT } from '../../src/ntos/io/types.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

const LENGTH = 1024;
const { OperationsIssued, set_OperationsIssued, set_OperationsCompleted, set_Process } =
  KTHREAD.bound;

/** The watchdog of a machine wants to see that something moves. */
function count(): void {
  const n = OperationsIssued(currentThread) + 1;
  set_OperationsIssued(currentThread, n);
  set_OperationsCompleted(currentThread, n);
}

function check(what: string, bytes: Uint8Array, stamp: number): void {
  if (bytes.length === LENGTH && bytes.every((byte) => byte === stamp)) return;
  throw new Error(`${what}: ${bytes.length} bytes, the first ${bytes[0]}, expected ${stamp}`);
}

/** Reads on an asynchronous handle and waits for the event. */
function readLater(handle: number, buffer: number, stamp: number): void {
  const frame = pushFrame();
  const event = stackAlloc(KEVENT.size);
  const iosb = stackAlloc(8);
  KeInitializeEvent(event, NotificationEvent, false);
  u8.fill(0, buffer, buffer + LENGTH);
  const status = NtReadFile(handle, event, iosb, buffer, LENGTH, 0);
  if (status === STATUS_PENDING) waitForObject(event, Executive);
  check('asynchronous', u8.slice(buffer, buffer + i32[(iosb + 4) >> 2]!), stamp);
  popFrame(frame);
}

/** Reads as a page fault does. */
function readPages(handle: number, buffer: number, stamp: number): void {
  const frame = pushFrame();
  const iosb = stackAlloc(8);
  const file = fileByHandle(handle, 0) as PFILE_OBJECT;
  u8.fill(0, buffer, buffer + LENGTH);
  const status = IoPageRead(file, buffer, LENGTH, 0, iosb);
  releaseFile(file);
  if (status < 0) throw new Error(`paging read: 0x${(status >>> 0).toString(16)}`);
  check('paging', u8.slice(buffer, buffer + i32[(iosb + 4) >> 2]!), stamp);
  popFrame(frame);
}

function round(index: number, n: number): void {
  const stamp = (index * 31 + n) & 0xff;
  const name = `C:\\rule${index}_${n % 3}`;
  const { handle, status } = openShared(name, FILE_OPEN_IF);
  if (handle === 0) throw new Error(`open ${name}: ${status}`);
  const written = writeAt(handle, 0, new Uint8Array(LENGTH).fill(stamp));
  if (written !== 'STATUS_SUCCESS') throw new Error(`write ${name}: ${written}`);
  check('cached', readAt(handle, 0, LENGTH).bytes, stamp);
  check('fast', readAt(handle, 0, LENGTH).bytes, stamp);
  check('not cached', readAt(handle, 0, LENGTH, IRP_NOCACHE).bytes, stamp);
  readPages(handle, MIB + index * MIB, stamp);
  // As a file system in the middle of its work would.
  IoSetTopLevelIrp(1);
  check('recursive', readAt(handle, 0, LENGTH, IRP_NOCACHE).bytes, stamp);
  IoSetTopLevelIrp(0);
  const later = open(name, { options: 0, shareAccess: 7 }).handle;
  readLater(later, MIB + index * MIB, stamp);
  NtClose(later);
  NtClose(handle);
  count();
}

/** Runs the rounds in a process of its own; returns how many. */
export function ruleWork(data: { readonly rounds: number }, context: WorkloadContext): number {
  const process = createProcess({ id: 1000 + context.index * 4, image: 'rule.exe' });
  set_Process(currentThread, process);
  for (let n = 0; n < data.rounds; n++) round(context.index, n);
  set_Process(currentThread, 0);
  exitProcess(process);
  return data.rounds;
}
