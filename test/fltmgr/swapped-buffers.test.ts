// Buffers that a filter puts in the place of the caller's (BUF-4): what the file system gets, who
// frees what, and what a checked machine says about swaps that cannot work.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, expect, test } from 'vitest';
import { open } from '#test/support/open-file.ts';
import { FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { fillBytes, u8 } from '#src/mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag, poolUsage }
  from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '#src/ntos/ex/types.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '#src/ntos/io/file-constants.ts';
import { IoAllocateMdl, MmBuildMdlForNonPagedPool, MmGetSystemAddressForMdlSafe }
  from '#src/ntos/io/irp/mdl.ts';
import { DO_BUFFERED_IO, DO_DIRECT_IO, FILE_OBJECT, IRP } from '#src/ntos/io/types.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import { FastProbe } from './fast-probe.ts';
import { BUFFER, FINISHED, NO_CALLBACK, ProbeMachine, READ, WITH_CALLBACK }
  from './probe-machine.ts';
import { stopAt } from '../verifier/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';
import type { PMDL } from '#src/ntos/io/types.ts';

const TAG = poolTag('Tswp');
const LENGTH = 64;
const IOSB = 0x2_8000;
let m: ProbeMachine;
afterEach(() => {
  if (machineState() !== MACHINE_CRASHED) m.end();
});

interface Swap {
  /** What the filter puts into MdlAddress: an MDL for its buffer, NULL, or what was there. */
  readonly mdl: 'own' | 'none' | 'old';
  readonly answer?: number;
  readonly pool?: number;
}

/** Adds a filter that swaps the buffer of reads and copies the data back; where its buffer is. */
function swapper({ mdl, answer = WITH_CALLBACK, pool = NonPagedPool }: Swap): { buffer: number } {
  const mine = { buffer: 0 };
  m.filter('swap', '100', (data: FltCallbackData) => {
    const { Read } = data.Iopb.Parameters;
    mine.buffer = ExAllocatePoolWithTag(pool, LENGTH, TAG);
    Read.ReadBuffer = mine.buffer;
    if (mdl !== 'old') Read.MdlAddress = 0 as PMDL;
    if (mdl === 'own') {
      const own = IoAllocateMdl(mine.buffer, LENGTH);
      MmBuildMdlForNonPagedPool(own);
      Read.MdlAddress = own;
    }
    FltSetCallbackDataDirty(data.address);
    return answer;
  }, (data) => {
    // The caller's own buffer and MDL are back.
    const { ReadBuffer, MdlAddress } = data.Iopb.Parameters.Read;
    const to = MdlAddress === 0 ? ReadBuffer : MmGetSystemAddressForMdlSafe(MdlAddress);
    expect(to).not.toBe(mine.buffer);
    u8.copyWithin(to, mine.buffer, mine.buffer + LENGTH);
    ExFreePoolWithTag(mine.buffer, TAG);
    return FINISHED;
  });
  return mine;
}

/** Writes where a file system would: through the MDL, the system buffer, or the caller's. */
function fileSystemReads(): number {
  const irp = m.fs.kept[0]!;
  const i = IRP.bound;
  const mdl = i.MdlAddress(irp);
  const at = mdl === 0
    ? i.AssociatedIrp_SystemBuffer(irp) || i.UserBuffer(irp) : MmGetSystemAddressForMdlSafe(mdl);
  fillBytes(at, 0x58, LENGTH);
  m.fs.complete(STATUS_SUCCESS, LENGTH);
  return at;
}

test.each([['neither', 0, 'own'], ['direct', DO_DIRECT_IO, 'own'], ['buffered', DO_BUFFERED_IO, 'none'],
] as const)('BUF-4: %s I/O: the file system gets the filter\'s buffer, the caller its data', (
  _name, deviceFlags, mdl) => {
  m = new ProbeMachine({ deviceFlags });
  const mine = swapper({ mdl });
  m.keep(READ);
  fillBytes(BUFFER, 0, LENGTH);
  m.read(LENGTH);
  expect(fileSystemReads()).toBe(mine.buffer);
  expect(m.outcome).toEqual({ status: STATUS_SUCCESS, information: LENGTH });
  expect([u8[BUFFER], u8[BUFFER + LENGTH - 1]]).toEqual([0x58, 0x58]);
  // The filter freed its buffer, the Filter Manager the MDL: m.end() finds the pools empty.
});

test('BUF-4: the MDL is gone when the filter\'s post-operation is: a filter above sees none', () => {
  m = new ProbeMachine();
  const mdls = (): number =>
    poolUsage().filter(({ tag }) => tag === 'Mdl ').reduce((sum, { blocks }) => sum + blocks, 0);
  const seen: number[] = [];
  m.filter('above', '200', () => WITH_CALLBACK, () => {
    seen.push(mdls());
    return FINISHED;
  });
  swapper({ mdl: 'own' });
  m.keep(READ);
  m.read(LENGTH);
  expect(mdls()).toBe(1);
  fileSystemReads();
  expect(seen).toEqual([0]);
});

test('BUF-4: fast I/O: a buffer without an MDL', () => {
  const fast = new FastProbe();
  m = new ProbeMachine({ fast: fast.table });
  const mine = swapper({ mdl: 'none' });
  const { handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
  m.handles.push(handle);
  FILE_OBJECT.bound.set_PrivateCacheMap(m.fs.files.at(-1)!, 1);
  fast.information = LENGTH;
  expect(NtReadFile(handle, 0, IOSB, BUFFER, LENGTH, 0)).toBe(STATUS_SUCCESS);
  expect(m.fs.seen).not.toContain(READ);
  expect(fast.last('FastIoRead')[5]).toBe(mine.buffer);
});

const wrong = [
  ['neither I/O without an MDL', 0, { mdl: 'none' }, /needs an MDL of its own/],
  ['direct I/O without an MDL', DO_DIRECT_IO, { mdl: 'none' }, /needs an MDL of its own/],
  ['direct I/O with the caller\'s MDL', DO_DIRECT_IO, { mdl: 'old' }, /needs an MDL of its own/],
  ['buffered I/O with paged memory', DO_BUFFERED_IO, { mdl: 'none', pool: PagedPool }, /nonpaged/],
  ['a swap without a post-operation', 0, { mdl: 'own', answer: NO_CALLBACK },
    /post-operation callback/],
] as const;
test.each(wrong)('BUF-4: a checked machine finds %s', (_name, deviceFlags, swap, why) => {
  m = new ProbeMachine({ deviceFlags });
  swapper(swap);
  const stop = stopAt(0, () => m.read(LENGTH));
  expect([stop?.code, stop?.parameters[0]]).toEqual([0xc4, 0xf500]);
  expect(stop?.text).toMatch(why);
  m = new ProbeMachine();
});

test('BUF-4: a checked machine finds an MDL for fast I/O', () => {
  const fast = new FastProbe();
  m = new ProbeMachine({ fast: fast.table });
  swapper({ mdl: 'own' });
  const { handle } = open('P:\\f', { options: FILE_SYNCHRONOUS_IO_NONALERT });
  FILE_OBJECT.bound.set_PrivateCacheMap(m.fs.files.at(-1)!, 1);
  const stop = stopAt(0, () => NtReadFile(handle, 0, IOSB, BUFFER, LENGTH, 0));
  expect(stop?.text).toMatch(/fast I\/O has no MDL/);
  m = new ProbeMachine();
});
