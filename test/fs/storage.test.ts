// The disk's promises under the hostile policy: every request ends exactly once, some at once,
// some later, at PASSIVE and at DISPATCH level, out of order, and the same way for the same seed.
// @alone: its storage is hostile.
import { HOSTILE } from '#test/fs/support/hostile-boot.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { bootBelow } from '#test/fs/support/boot-ramfs.ts';
import { KiStopProcessor } from '#src/ntos/ke/thread.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { DISPATCH_LEVEL, KeGetCurrentIrql, PASSIVE_LEVEL } from '#src/ntos/ke/irql.ts';
import { IoAllocateIrp, IoFreeIrp, IoSetCompletionRoutine, IoSetNextIrpStackLocation }
  from '#src/ntos/io/irp/irp.ts';
import { IRP } from '#src/ntos/io/types.ts';
import { STATUS_MORE_PROCESSING_REQUIRED, STATUS_PENDING, STATUS_SUCCESS }
  from '#src/ntos/status-codes.ts';
import { FsCompleteRequest, drainStorage, isStorageIdle, storageCounters }
  from '#src/fs/storage.ts';
import type { PIRP } from '#src/ntos/io/types.ts';

interface End {
  readonly context: number;
  readonly irql: number;
  readonly information: number;
}
const ends: End[] = [];
const { IoStatus_Information } = IRP.bound;

const record = kernelRoutine('TestStorageEnd', (_device, irp, context) => {
  ends.push({ context: context!, irql: KeGetCurrentIrql(),
    information: IoStatus_Information(irp as PIRP) });
  return STATUS_MORE_PROCESSING_REQUIRED;
});

const COUNT = 500;

/** Gives the disk many requests, lets it end them all, and says how each ended. */
function run(): { ends: End[]; pended: number } {
  bootBelow();
  ends.length = 0;
  let pended = 0;
  const irps: PIRP[] = [];
  for (let i = 0; i < COUNT; i++) {
    const irp = IoAllocateIrp(2);
    irps.push(irp);
    IoSetNextIrpStackLocation(irp);
    IoSetCompletionRoutine(irp, record, i, true, true, true);
    IoSetNextIrpStackLocation(irp);
    if (FsCompleteRequest(irp, STATUS_SUCCESS, i * 2) === STATUS_PENDING) pended++;
    if (i % 50 === 49) drainStorage();
  }
  drainStorage();
  expect(isStorageIdle()).toBe(true);
  for (const irp of irps) IoFreeIrp(irp);
  expect(storageCounters()).toEqual({ taken: COUNT, completed: COUNT, inFlight: 0 });
  KiStopProcessor();
  return { ends: [...ends], pended };
}

let first: { ends: End[]; pended: number };
beforeEach(() => {
  first = run();
});

describe('a hostile disk', () => {
  test('ends each request exactly once, with its own result', () => {
    expect(HOSTILE).toBe(true);
    expect(first.ends.map((end) => end.context).toSorted((a, b) => a - b))
      .toEqual(Array.from({ length: COUNT }, (_, i) => i));
    for (const end of first.ends) expect(end.information).toBe(end.context * 2);
  });

  test('ends some at once and most later, at both levels, and out of order', () => {
    expect(first.pended).toBeGreaterThan(COUNT / 2);
    expect(first.pended).toBeLessThan(COUNT);
    const levels = new Set(first.ends.map((end) => end.irql));
    expect([...levels].toSorted()).toEqual([PASSIVE_LEVEL, DISPATCH_LEVEL]);
    const order = first.ends.map((end) => end.context);
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  test('does the same again for the same seed', () => {
    expect(run()).toEqual(first);
  });
});
