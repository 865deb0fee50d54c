// Contexts on a stream: found by owner and instance, freed once each when the stream goes.
import { beforeEach, describe, expect, test } from 'vitest';
import { bootBelow } from '#test/fs/support/boot-ramfs.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { fillBytes } from '#src/mem/memory.ts';
import { NONPAGED } from '#src/mem/memory-map.ts';
import { ExAllocatePoolZero } from '#src/ntos/ex/pool/pool.ts';
import { poolTag } from '#src/ntos/ex/pool/pool-tags.ts';
import { NonPagedPool, FAST_MUTEX } from '#src/ntos/ex/types.ts';
import { ExInitializeFastMutex } from '#src/ntos/ex/lock/fast-mutex.ts';
import { KiStopProcessor } from '#src/ntos/ke/thread.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '#src/ntos/io/types.ts';
import { FSRTL_PER_STREAM_CONTEXT, FsRtlInsertPerStreamContext, FsRtlLookupPerStreamContext,
  FsRtlRemovePerStreamContext, FsRtlSetupAdvancedHeader, FsRtlTeardownPerStreamContexts }
  from '#src/ntos/fsrtl/filter-context.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS } from '#src/ntos/status-codes.ts';
import type { PFAST_MUTEX } from '#src/ntos/ex/types.ts';
import type { PFSRTL_PER_STREAM_CONTEXT } from '#src/ntos/fsrtl/filter-context.ts';

const TAG = poolTag('Test');
const c = FSRTL_PER_STREAM_CONTEXT.bound;
const freed: number[] = [];
const free = kernelRoutine('TestFreeContext', (given) => {
  freed.push(given!);
  return 0;
});

let header = 0;
beforeEach(() => {
  bootBelow();
  freed.length = 0;
  header = ExAllocatePoolZero(NonPagedPool, FSRTL_ADVANCED_FCB_HEADER.size, TAG);
  const mutex = ExAllocatePoolZero(NonPagedPool, FAST_MUTEX.size, TAG);
  ExInitializeFastMutex(mutex as PFAST_MUTEX);
  FsRtlSetupAdvancedHeader(header, mutex);
  return () => KiStopProcessor();
});

function context(owner: number, instance: number): PFSRTL_PER_STREAM_CONTEXT {
  const at = ExAllocatePoolZero(NonPagedPool, FSRTL_PER_STREAM_CONTEXT.size, TAG) as
    PFSRTL_PER_STREAM_CONTEXT;
  c.set_OwnerId(at, owner);
  c.set_InstanceId(at, instance);
  c.set_FreeCallback(at, free);
  return at;
}

describe('a context on a stream', () => {
  test('is found by its owner, and by its instance when one is given', () => {
    const one = context(1, 10);
    const two = context(1, 20);
    expect(FsRtlInsertPerStreamContext(header, one)).toBe(STATUS_SUCCESS);
    expect(FsRtlInsertPerStreamContext(header, two)).toBe(STATUS_SUCCESS);
    expect(FsRtlLookupPerStreamContext(header, 1, 10)).toBe(one);
    expect(FsRtlLookupPerStreamContext(header, 1, 20)).toBe(two);
    expect(FsRtlLookupPerStreamContext(header, 1)).toBe(two);
    expect(FsRtlLookupPerStreamContext(header, 2)).toBe(0);
  });

  test('is removed once, and belongs to its remover', () => {
    const one = context(1, 10);
    FsRtlInsertPerStreamContext(header, one);
    expect(FsRtlRemovePerStreamContext(header, 1, 10)).toBe(one);
    expect(FsRtlRemovePerStreamContext(header, 1, 10)).toBe(0);
    FsRtlTeardownPerStreamContexts(header);
    expect(freed).toEqual([]);
  });

  test('is freed exactly once when the stream goes', () => {
    const all = [context(1, 1), context(2, 2), context(3, 3)];
    for (const one of all) FsRtlInsertPerStreamContext(header, one);
    FsRtlTeardownPerStreamContexts(header);
    FsRtlTeardownPerStreamContexts(header);
    expect(freed.toSorted()).toEqual(all.toSorted());
  });

  test('cannot be put on a stream that supports none', () => {
    const plain = ExAllocatePoolZero(NonPagedPool, FSRTL_ADVANCED_FCB_HEADER.size, TAG);
    fillBytes(plain, 0, FSRTL_ADVANCED_FCB_HEADER.size);
    expect(FsRtlInsertPerStreamContext(plain, context(1, 1))).toBe(STATUS_INVALID_DEVICE_REQUEST);
    expect(FsRtlLookupPerStreamContext(plain, 1)).toBe(0);
    expect(plain).toBeGreaterThan(NONPAGED.start);
  });
});
