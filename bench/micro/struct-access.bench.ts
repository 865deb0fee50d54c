// What a declared structure costs: five fields of an IRP read and written through its accessors,
// against the same words of a typed array with literal offsets.
import { i32 as words } from '../../src/mem/memory.ts';
import { NonPagedPool } from '../../src/ntos/ex/types.ts';
import { ExAllocatePoolWithTag } from '../../src/ntos/ex/pool/pool.ts';
import { IRP } from '../../src/ntos/io/types.ts';
import { bootMachine } from '../../src/machine/boot.ts';
import type { BenchCase } from '../case.ts';
import type { NTSTATUS } from '../../src/ntos/status.ts';
import type { PIRP } from '../../src/ntos/io/types.ts';

const i32 = words;
const BATCH = 1000;
const { Flags, set_Flags, IoStatus_Status, set_IoStatus_Status, UserBuffer } = IRP.bound;

function literal(index: number): number {
  let sum = 0;
  for (let i = 0; i < BATCH; i++) {
    i32[index + 1] = i;
    i32[index + 2] = i & 7;
    sum += i32[index + 1]! + i32[index + 2]! + i32[index + 3]!;
  }
  return sum;
}

function accessors(irp: PIRP): number {
  let sum = 0;
  for (let i = 0; i < BATCH; i++) {
    set_Flags(irp, i);
    set_IoStatus_Status(irp, (i & 7) as NTSTATUS);
    sum += Flags(irp) + IoStatus_Status(irp) + UserBuffer(irp);
  }
  return sum;
}

export default {
  title: 'three fields read and two written, through accessors and by hand',
  tasks: () => {
    bootMachine();
    const at = ExAllocatePoolWithTag(NonPagedPool, 256, 0x68636e62);
    i32.fill(0, at >> 2, (at >> 2) + 64);
    const checksum = (BATCH * (BATCH - 1)) / 2 + 3500;
    return [
      { name: 'by hand', batch: BATCH, run: () => literal(at >> 2), checksum },
      { name: 'accessors', batch: BATCH, run: () => accessors(at as PIRP), checksum,
        yardstick: 'by hand' },
    ];
  },
} satisfies BenchCase;
