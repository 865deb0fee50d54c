// What memory costs: allocated and freed, from both pools, from a lookaside list, as an IRP and as
// an operation's sheet, against the least that an allocator can do: a private list of blocks.
import { i32 as words } from '../../src/mem/memory.ts';
import { allocateSheet, freeSheet } from '../../src/fltmgr/walk/irp-ctrl.ts';
import { ExAllocateFromNPagedLookasideList, ExFreeToNPagedLookasideList,
  ExInitializeNPagedLookasideList } from '../../src/ntos/ex/lookaside.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '../../src/ntos/ex/types.ts';
import { IoAllocateIrp, IoFreeIrp } from '../../src/ntos/io/irp/irp.ts';
import { bootMachine } from '../../src/machine/boot.ts';
import type { BenchCase, Task } from '../case.ts';

const i32 = words;
const BATCH = 500;
const TAG = 0x68636e62;

/** Each pair is a function of its own text, so that V8 keeps their feedback apart. */
function pair(name: string, both: () => number, yardstick?: string): Task {
  const run = (): number => {
    let done = 0;
    for (let i = 0; i < BATCH; i++) done += both() === 0 ? 0 : 1;
    return done;
  };
  return { name, batch: BATCH, run, checksum: BATCH, ...(yardstick && { yardstick }) };
}

/** A list of blocks that one thread has for itself. */
function privateList(): Task {
  let head = 0;
  for (let i = 0; i < 64; i++) {
    const block = ExAllocatePoolWithTag(NonPagedPool, 64, TAG);
    i32[block >> 2] = head;
    head = block;
  }
  return pair('private list', () => {
    const block = head;
    head = i32[block >> 2]!;
    i32[block >> 2] = head;
    head = block;
    return block;
  });
}

function tasks(): Task[] {
  bootMachine();
  const lookaside = ExAllocatePoolWithTag(NonPagedPool, 256, TAG);
  ExInitializeNPagedLookasideList(lookaside, 0, 0, 0, 96, TAG, 0);
  const poolPair = (pool: number, bytes: number): (() => number) => () => {
    const block = ExAllocatePoolWithTag(pool, bytes, TAG);
    ExFreePoolWithTag(block, TAG);
    return block;
  };
  const list = 'private list';
  return [
    privateList(),
    pair('nonpaged pool, 64 bytes', poolPair(NonPagedPool, 64), list),
    pair('nonpaged pool, 4096 bytes', poolPair(NonPagedPool, 4096), list),
    pair('paged pool, 64 bytes', poolPair(PagedPool, 64), list),
    pair('lookaside list', () => {
      const block = ExAllocateFromNPagedLookasideList(lookaside);
      ExFreeToNPagedLookasideList(lookaside, block);
      return block;
    }, list),
    pair('IRP with 4 stack locations', () => {
      const irp = IoAllocateIrp(4);
      IoFreeIrp(irp);
      return irp;
    }, list),
    pair('callback data (a sheet)', () => {
      const sheet = allocateSheet();
      freeSheet(sheet);
      return sheet;
    }, list),
  ];
}

export default {
  title: 'memory taken and given back',
  tasks,
} satisfies BenchCase;
