// TopLevelIrp: each thread's own, and what may be there instead of an IRP (KRN-43, KRN-44).
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as driver from '#src/fltKernel.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { IoGetTopLevelIrp, IoSetTopLevelIrp } from '#src/ntos/io/irp/top-level-irp.ts';
import { withPuppets } from '../ex/puppets.ts';

beforeEach(() => initializePool());
afterEach(() => IoSetTopLevelIrp(0));

test('KRN-43: is a pointer per thread, NULL for nobody; what one sets no other sees', async () => {
  expect(IoGetTopLevelIrp()).toBe(0);
  IoSetTopLevelIrp(0x12340);
  await withPuppets(2, async (troupe) => {
    for (const index of [0, 1]) expect(await troupe.ask(index, 'IoGetTopLevelIrp', 0)).toBe(0);
    await troupe.ask(0, 'IoSetTopLevelIrp', 0x5670);
    expect(await troupe.ask(0, 'IoGetTopLevelIrp', 0)).toBe(0x5670);
    expect(await troupe.ask(1, 'IoGetTopLevelIrp', 0)).toBe(0);
    expect(IoGetTopLevelIrp()).toBe(0x12340);
    await troupe.ask(0, 'IoSetTopLevelIrp', 0);
  });
});

test('KRN-44: the values that stand for no IRP in particular', () => {
  expect([driver.FSRTL_FSP_TOP_LEVEL_IRP, driver.FSRTL_CACHE_TOP_LEVEL_IRP,
    driver.FSRTL_MOD_WRITE_TOP_LEVEL_IRP, driver.FSRTL_FAST_IO_TOP_LEVEL_IRP,
    driver.FSRTL_MAX_TOP_LEVEL_IRP_FLAG]).toEqual([1, 2, 3, 4, 0xffff]);
  for (const value of [1, 2, 3, 4]) {
    driver.IoSetTopLevelIrp(value);
    expect(driver.IoGetTopLevelIrp()).toBe(value);
  }
});
