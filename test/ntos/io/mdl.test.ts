// MDLs: who may lock and map what, and that locks are undone once (KRN-51).
import { beforeEach, describe, expect, test } from 'vitest';
import { MmGetSystemAddressForMdlSafe, IoAllocateMdl, IoFreeMdl, MmBuildMdlForNonPagedPool,
  MmProbeAndLockPages, MmUnlockPages } from '#src/ntos/io/irp/mdl.ts';
import { ExAllocatePoolWithTag, initializePool, poolTag, poolUsage, setAllocationGate }
  from '#src/ntos/ex/pool/pool.ts';
import { NonPagedPool, PagedPool } from '#src/ntos/ex/types.ts';
import { atIrql, bugCheckAt, bugCheckOf } from '../ex/support.ts';
import type { PMDL } from '#src/ntos/io/types.ts';

const TAG = poolTag('Tmdl');
const USER_BUFFER = 0x20000;
const KERNEL = 0;
const USER = 1;

beforeEach(() => initializePool());

function lock(buffer: number, mode = USER, length = 100): PMDL {
  const mdl = IoAllocateMdl(buffer, length);
  MmProbeAndLockPages(mdl, mode, 0);
  return mdl;
}

describe('the pages of an MDL', () => {
  test('KRN-51: a bad address raises STATUS_ACCESS_VIOLATION', () => {
    expect(() => lock(0)).toThrow(/ACCESS_VIOLATION/);
    expect(() => lock(0x7fff_f000)).toThrow(/ACCESS_VIOLATION/);
    const kernel = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    expect(() => lock(kernel, USER)).toThrow(/ACCESS_VIOLATION/);
    expect(lock(kernel, KERNEL)).not.toBe(0);
  });

  test('KRN-51: pageable ones are not locked above APC_LEVEL (0x0A), resident ones are', () => {
    const paged = ExAllocatePoolWithTag(PagedPool, 100, TAG);
    const nonpaged = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    expect(bugCheckAt(2, () => lock(paged, KERNEL))).toEqual([0x0a, paged]);
    expect(bugCheckAt(2, () => lock(USER_BUFFER))).toEqual([0x0a, USER_BUFFER]);
    expect(atIrql(1, () => lock(paged, KERNEL))).not.toBe(0);
    expect(atIrql(2, () => lock(nonpaged, KERNEL))).not.toBe(0);
  });

  test('KRN-51: are unlocked as often as they were locked: 0xC4/0x7C, nonpaged pool 0x7D', () => {
    const mdl = lock(USER_BUFFER);
    expect(bugCheckOf(() => MmProbeAndLockPages(mdl, USER, 0))).toEqual([0xc4, 0x7c]);
    atIrql(2, () => MmUnlockPages(mdl));
    expect(bugCheckOf(() => MmUnlockPages(mdl))).toEqual([0xc4, 0x7c]);
    IoFreeMdl(mdl);
    const other = IoAllocateMdl(ExAllocatePoolWithTag(NonPagedPool, 100, TAG), 100);
    MmBuildMdlForNonPagedPool(other);
    expect(bugCheckOf(() => MmUnlockPages(other))).toEqual([0xc4, 0x7d]);
  });
});

describe('a system address', () => {
  test('KRN-51: is NULL when there is none to be had; a mapped MDL keeps its own', () => {
    const [mapped, fresh] = [lock(USER_BUFFER), lock(USER_BUFFER + 0x1010)];
    const address = MmGetSystemAddressForMdlSafe(mapped);
    expect(address).toBe(USER_BUFFER);
    setAllocationGate(() => false);
    expect([MmGetSystemAddressForMdlSafe(mapped), MmGetSystemAddressForMdlSafe(fresh)])
      .toEqual([address, 0]);
    setAllocationGate(null);
    expect(MmGetSystemAddressForMdlSafe(fresh)).toBe(USER_BUFFER + 0x1010);
  });

  test('KRN-51: no MDL without memory', () => {
    setAllocationGate(() => false);
    expect(IoAllocateMdl(USER_BUFFER, 10)).toBe(0);
    setAllocationGate(null);
    expect(poolUsage()).toEqual([]);
  });
});
