// Memory is out, and the paging path goes on (KRN-53): with the sheets that are kept back, with the
// blocks for parameters that are kept back, and by waiting for one when these are out, too.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { later } from '#test/support/later.ts';
import { giveSheetBack } from '#src/fltmgr/walk/back-pocket.ts';
import { allocateSheet, freeSheet, popReservedSheet } from '#src/fltmgr/walk/irp-ctrl.ts';
import { FltSetCallbackDataDirty } from '#src/fltmgr/data.ts';
import { i32 } from '#src/mem/memory.ts';
import { MIB } from '#src/mem/param.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool } from '#src/ntos/ex/types.ts';
import { IRP_NOCACHE, IRP_PAGING_IO } from '#src/ntos/io/types.ts';
import { NtReadFile } from '#src/ntos/io/service/nt-read-write.ts';
import { FsRtlAcquireFileForModWrite, FsRtlReleaseFileForModWrite }
  from '#src/ntos/io/service/section-sync.ts';
import { MACHINE_CRASHED, machineState } from '#src/ntos/ke/bug-check.ts';
import { statusName } from '#src/ntos/status.ts';
import { FastProbe } from './fast-probe.ts';
import { BUFFER, FINISHED, ProbeMachine, READ, WITH_CALLBACK } from './probe-machine.ts';
import { stopAt } from '../verifier/support.ts';
import type { PIRP_CTRL } from '#src/fltmgr/walk/irp-ctrl.ts';

const TAG = poolTag('Thog');
const IOSB = 0x2_8000;
const PAGING = IRP_PAGING_IO | IRP_NOCACHE;
let m: ProbeMachine;
let taken: PIRP_CTRL[] = [];
let hogged: number[] = [];

beforeEach(() => {
  m = new ProbeMachine({ fast: new FastProbe().table });
});
afterEach(() => {
  for (const sheet of taken.splice(0)) freeSheet(sheet);
  if (machineState() !== MACHINE_CRASHED) m.end();
});

/** Takes every ordinary sheet, as that many operations under way would. */
function takeSheets(): void {
  for (let sheet = allocateSheet(); sheet !== 0; sheet = allocateSheet()) taken.push(sheet);
}

/** Takes all of the nonpaged pool, large pieces first. */
function hog(): void {
  for (const bytes of [16 * MIB, MIB, 65536, 4096, 2048, 1024, 512, 256, 128, 96, 64, 32, 8]) {
    for (;;) {
      const at = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG);
      if (at === 0) break;
      hogged.push(at);
    }
  }
}
function release(): void {
  for (const at of hogged.splice(0)) ExFreePoolWithTag(at, TAG);
}

function read(irpFlags: number): string {
  const handle = m.handles[0] ?? m.open();
  i32[IOSB >> 2] = 0x103;
  return statusName(NtReadFile(handle, 0, IOSB, BUFFER, 512, 0, 0, irpFlags)).slice(7);
}

/** A filter that logs the callbacks of reads. */
function logger(): void {
  m.filter('log', '100', () => (m.log.push('pre'), WITH_CALLBACK),
    () => (m.log.push('post'), FINISHED));
}

describe('every sheet is out', () => {
  test('KRN-53: paging I/O goes through the filters all the same; other I/O fails', () => {
    logger();
    m.open();
    takeSheets();
    expect(taken.length).toBeGreaterThan(1000);
    expect(read(0)).toBe('INSUFFICIENT_RESOURCES');
    expect(m.log).toEqual([]);
    for (let n = 0; n < 100; n++) expect(read(PAGING)).toBe('SUCCESS');
    expect(m.log).toHaveLength(200);
  });

  test('KRN-53: what the system asks before it writes pages goes through them, too', () => {
    const major = 0xfd;
    m.filter('log', '100', () => (m.log.push('acquire'), WITH_CALLBACK),
      () => (m.log.push('acquired'), FINISHED), major);
    m.open();
    takeSheets();
    const file = m.fs.files.at(-1)!;
    const words = ExAllocatePoolWithTag(NonPagedPool, 16, TAG);
    FsRtlAcquireFileForModWrite(file, words, words + 8);
    FsRtlReleaseFileForModWrite(file, i32[(words + 8) >> 2]!);
    ExFreePoolWithTag(words, TAG);
    expect(m.log).toEqual(['acquire', 'acquired']);
  });

  test('KRN-53: when these are out as well, paging I/O waits for one', () => {
    logger();
    m.open();
    takeSheets();
    const reserved: PIRP_CTRL[] = [];
    for (let at = popReservedSheet(); at !== 0; at = popReservedSheet()) reserved.push(at);
    expect(reserved.length).toBeGreaterThan(8);
    later(10, () => {
      m.log.push('given back');
      giveSheetBack(reserved.pop()!);
    });
    expect(read(PAGING)).toBe('SUCCESS');
    expect(m.log).toEqual(['given back', 'pre', 'post']);
    for (const sheet of reserved) giveSheetBack(sheet);
  });

  test('KRN-53, TD-4: a filter that goes is drained all the same', () => {
    const made = m.filter('log', '100', () => WITH_CALLBACK, (_data, _objects, _context, flags) => {
      m.log.push(`post ${flags}`);
      return FINISHED;
    });
    m.keep(READ);
    m.read();
    takeSheets();
    m.remove(made);
    expect(m.log).toEqual(['post 1']);
    while (m.fs.kept.length > 0) m.fs.complete();
    expect(m.log).toEqual(['post 1']);
  });
});

describe('the pool is out', () => {
  /** A filter that changes the length of reads after everything is allocated. */
  function changer(): void {
    m.filter('change', '100', (data) => {
      hog();
      data.Iopb.Parameters.Read.Length = 256;
      FltSetCallbackDataDirty(data.address);
      return WITH_CALLBACK;
    }, (data) => {
      m.log.push(`${data.Iopb.Parameters.Read.Length}`);
      release();
      return FINISHED;
    });
    m.open();
  }

  test('KRN-53: parameters of paging I/O may be changed, and are given back', () => {
    changer();
    for (let n = 0; n < 3; n++) expect(read(PAGING)).toBe('SUCCESS');
    expect(m.fs.lengths).toEqual([256, 256, 256]);
    expect(m.log).toEqual(['512', '512', '512']);
  });

  test('0xF5/0x67: no memory for what is no paging I/O', () => {
    changer();
    const stop = stopAt(0, () => read(0));
    expect([stop?.code, stop?.parameters[0]]).toEqual([0xf5, 0x67]);
    release();
    m = new ProbeMachine();
  });
});
