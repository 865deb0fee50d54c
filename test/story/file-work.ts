// A small application for stories on real threads: each requestor writes files of its own and
// reads them back, some with the others at the same time. Everything read is checked by content.
import { KTHREAD, currentThread } from '../../src/ntos/ke/prcb.ts';
import { NtClose, createFile } from '../../src/ntos/io/service/nt-create.ts';
import { NtReadFile, NtWriteFile } from '../../src/ntos/io/service/nt-read-write.ts';
import { IO_STATUS_BLOCK } from '../../src/ntos/io/types.ts';
import { FILE_OPEN_IF, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
  FILE_SYNCHRONOUS_IO_NONALERT, GENERIC_READ, GENERIC_WRITE, SYNCHRONIZE }
  from '../../src/ntos/io/file-constants.ts';
import { local, out } from '../../src/image/out.ts';
import { u32 } from '../../src/mem/memory.ts';
import { MIB } from '../../src/mem/param.ts';
import { popFrame, pushFrame } from '../../src/mem/stack.ts';
import type { WorkloadContext } from '../../workers/requestor.ts';

const { OperationsIssued, set_OperationsIssued, OperationsCompleted, set_OperationsCompleted } =
  KTHREAD.bound;
const me = currentThread;
const CHUNK = 4096;

function counted<T>(operation: () => T): T {
  set_OperationsIssued(me, OperationsIssued(me) + 1);
  const result = operation();
  set_OperationsCompleted(me, OperationsCompleted(me) + 1);
  return result;
}

function expectOk(status: number, what: string): void {
  if (status < 0) throw new Error(`${what} failed with 0x${(status >>> 0).toString(16)}`);
}

export interface FileWork {
  readonly rounds: number;
  readonly files: number;
  readonly letter: string;
}

function openFile(path: string): number {
  const handle = out();
  const iosb = local(IO_STATUS_BLOCK);
  const status = counted(() => createFile(handle.address, iosb.address, {
    path,
    desiredAccess: GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE,
    fileAttributes: 0x80,
    shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
    disposition: FILE_OPEN_IF,
    options: FILE_SYNCHRONOUS_IO_NONALERT,
    mode: 1,
  }));
  expectOk(status, `create ${path}`);
  return handle.value;
}

function round(context: WorkloadContext, work: FileWork, n: number, buffer: number): void {
  const frame = pushFrame();
  const iosb = local(IO_STATUS_BLOCK);
  const shared = n % 4 === 0;
  const name = shared ? `shared${n % work.files}` : `own${context.index}_${n % work.files}`;
  const handle = openFile(`${work.letter}:\\${name}`);
  // A shared file has one content for all its writers; an own file changes each round.
  const stamp = shared ? 0xabcd0000 + (n % work.files) : ((context.index + 1) << 20) + n;
  const offset = (n % 7) * CHUNK;
  u32.fill(stamp, buffer >> 2, (buffer + CHUNK) >> 2);
  expectOk(counted(() => NtWriteFile(handle, 0, iosb.address, buffer, CHUNK, offset)), 'write');
  u32.fill(0, buffer >> 2, (buffer + CHUNK) >> 2);
  expectOk(counted(() => NtReadFile(handle, 0, iosb.address, buffer, CHUNK, offset)), 'read');
  for (let i = 0; i < CHUNK / 4; i++) {
    const got = u32[(buffer >> 2) + i];
    if (got !== stamp >>> 0) {
      throw new Error(`${name} round ${n}: word ${i} is 0x${got?.toString(16)}, ` +
        `written was 0x${(stamp >>> 0).toString(16)}`);
    }
  }
  expectOk(counted(() => NtClose(handle)), 'close');
  popFrame(frame);
}

/** Runs the rounds; returns how many. */
export function fileWork(data: FileWork, context: WorkloadContext): number {
  const buffer = MIB + context.index * MIB;
  for (let n = 0; n < data.rounds; n++) round(context, data, n, buffer);
  return data.rounds;
}
