// IRPs that a processor keeps for itself are nobody's meanwhile: not in the pool's books, not to be
// freed again, zeroed when they are taken, and out of the way where memory is to be short.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootInline } from '#test/support/boot-inline.ts';
import { poolUsage, setAllocationGate } from '#src/ntos/ex/pool/pool.ts';
import { IoAllocateIrp, IoFreeIrp, IoSizeOfIrp } from '#src/ntos/io/irp/irp.ts';
import { IRP } from '#src/ntos/io/types.ts';
import { fillBytes, i32 } from '#src/mem/memory.ts';
import { bugCheckOf } from '#test/ntos/ob/support.ts';

const { StackCount } = IRP.bound;
let shutdown: () => void;

beforeEach(() => { shutdown = bootInline(); });
afterEach(() => {
  setAllocationGate(null);
  shutdown();
});

function irpsInPool(): number {
  return poolUsage().find(({ tag }) => tag === 'Irp ')?.blocks ?? 0;
}

test('an IRP that was given back is in nobody\'s books, and is an IRP like any other when it is ' +
  'taken again', () => {
  const before = irpsInPool();
  const irp = IoAllocateIrp(3);
  fillBytes(irp, 0xaa, IoSizeOfIrp(3) - 200);
  IRP.bound.set_StackCount(irp, 3);
  expect(irpsInPool()).toBe(before + 1);
  IoFreeIrp(irp);
  expect(irpsInPool()).toBe(before);
  const again = IoAllocateIrp(3);
  expect(irpsInPool()).toBe(before + 1);
  expect(StackCount(again)).toBe(3);
  expect(i32[(again + IoSizeOfIrp(3) - 4) >> 2]).toBe(0);
  expect(IRP.bound.MdlAddress(again)).toBe(0);
  IoFreeIrp(again);
  const longer = IoAllocateIrp(4);
  expect(longer).not.toBe(again);
  IoFreeIrp(longer);
});

test('KRN-48: an IRP that is freed twice is found out', () => {
  const irp = IoAllocateIrp(2);
  IoFreeIrp(irp);
  expect(bugCheckOf(() => IoFreeIrp(irp))[0]).toBe(0xc2);
});

test('where allocations are to fail the IRPs at hand do not help', () => {
  IoFreeIrp(IoAllocateIrp(2));
  setAllocationGate(() => false);
  expect(IoAllocateIrp(2)).toBe(0);
  setAllocationGate(null);
  IoFreeIrp(IoAllocateIrp(2));
});
