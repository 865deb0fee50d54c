// Special pool and pool tracking: each fault with a driver that commits it and one that only looks
// as if it did. The driver uses what fltKernel publishes: views, arrays, routines.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '../support/boot-inline.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import { asDriver, unloadDriver } from './as-driver.ts';
import { ExAcquireFastMutex, ExAllocatePool2, ExAllocatePoolWithTag, ExFreePoolWithTag,
  ExDeletePagedLookasideList, ExInitializeFastMutex, ExInitializePagedLookasideList,
  ExReleaseFastMutex, InitializeListHead, InsertHeadList, InsertTailList, IsListEmpty, KeLowerIrql,
  IoAllocateMdl, IoFreeMdl, KeRaiseIrqlToDpcLevel, MmGetSystemAddressForMdlSafe,
  MmProbeAndLockPages, MmUnlockPages, POOL_FLAG_NON_PAGED, POOL_FLAG_PAGED, RemoveEntryList, RemoveHeadList,
  RtlCopyMemory, RtlZeroMemory, localBytes, poolTag, u8 } from '#src/fltKernel.ts';
import { views } from '#src/mem/memory.ts';
import { struct } from '#src/mem/struct.ts';
import { ULONG } from '#src/mem/field.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { forgetLocks } from '#src/verifier/lock/held-locks.ts';

import type { PIRP, PMDL } from '#src/ntos/io/types.ts';

const TAG = poolTag('Zoo1');
const RECORD = struct('TEST_RECORD', { First: ULONG, Second: ULONG });

let shutdown: () => void;
beforeEach(() => {
  forgetLocks();
  shutdown = bootInline();
});

const take = (bytes: number, flags = POOL_FLAG_NON_PAGED): number =>
  ExAllocatePool2(flags, bytes, TAG);
const rules = (): string[] => loggedFindings().map(({ rule }) => rule);

describe('F-223: special pool', () => {
  test('0xD5: a block is read through a view after it was freed; both places are named', () => {
    const code = bugCheckOf(() => asDriver(() => {
      const record = RECORD.at(take(RECORD.size));
      record.First = 1;
      ExFreePoolWithTag(record.address, TAG);
      return record.Second;
    }));
    expect(code[0]).toBe(0xd5);
    const [finding] = loggedFindings();
    expect(finding!.rule).toBe('lifetime.use-after-free');
    expect(finding!.stacks.map(({ title }) => title)).toEqual(['caught here',
      'the block of 8 bytes, tag Zoo1, was allocated', 'and freed']);
    for (const { frames } of finding!.stacks) expect(frames.join()).toContain('pool-rules.test');
  });

  test.each([
    { how: 'an array', read: (at: number) => u8[at] },
    { how: 'RtlCopyMemory', read: (at: number) => RtlCopyMemory(localBytes(8), at, 8) },
  ])('0xD5: ... and through $how', ({ read }) => {
    expect(bugCheckOf(() => asDriver(() => {
      const block = take(64);
      ExFreePoolWithTag(block, TAG);
      read(block + 8);
    }))[0]).toBe(0xd5);
  });

  test('0xD5: ... and through its neighbour in a list, which is unlinked later', () => {
    expect(bugCheckOf(() => asDriver(() => {
      const head = localBytes(8);
      InitializeListHead(head);
      const [first, second] = [take(8), take(8)];
      InsertTailList(head, first);
      InsertTailList(head, second);
      ExFreePoolWithTag(first, TAG);
      RemoveEntryList(second);
    }))[0]).toBe(0xd5);
  });

  test('what only looks like it: an entry that was unlinked before it was freed', () => {
    asDriver(() => {
      const head = localBytes(8);
      InitializeListHead(head);
      const [first, second] = [take(8), take(8)];
      InsertTailList(head, first);
      InsertHeadList(head, second);
      RemoveEntryList(first);
      ExFreePoolWithTag(first, TAG);
      ExFreePoolWithTag(RemoveHeadList(head), TAG);
      if (!IsListEmpty(head)) throw new Error('the list is not empty');
    });
    unloadDriver();
    expect(rules()).toEqual([]);
    shutdown();
  });

  test('what only looks like it: the block that came in its place', () => {
    asDriver(() => {
      const first = take(64);
      ExFreePoolWithTag(first, TAG);
      const second = take(64);
      expect(second).not.toBe(first);
      RtlZeroMemory(second, 64);
      u8[second + 63] = 1;
      ExFreePoolWithTag(second, TAG);
    });
    expect(rules()).toEqual([]);
  });

  test.each([24, 60, 1000, 4000, 5000, 70_000])(
    '0xD6: one byte beyond the end of %i bytes, and one before the start', (bytes) => {
      let block = 0;
      asDriver(() => {
        block = take(bytes);
        RtlZeroMemory(block, bytes);
        u8[block] = u8[block + bytes - 1]!;
      });
      expect(rules()).toEqual([]);
      expect(bugCheckOf(() => asDriver(() => void (u8[block + bytes] = 1)))[0]).toBe(0xd6);
      expect(rules()).toEqual(['lifetime.overrun']);
      if (bytes < 4096) {
        expect(bugCheckOf(() => asDriver(() => u8[block - 1]))[0]).toBe(0xd6);
        expect(rules()).toEqual(['lifetime.overrun', 'lifetime.underrun']);
      }
    });

  test('0xD6: a routine that moves more than there is', () => {
    expect(bugCheckOf(() => asDriver(() => RtlZeroMemory(take(100), 101)))[0]).toBe(0xd6);
  });

  test('0xC1: a write after the free that nobody saw is found when the block is used up', () => {
    let block = 0;
    asDriver(() => {
      block = take(64);
      ExFreePoolWithTag(block, TAG);
    });
    // A plain store of an image that nobody watches.
    RECORD.bind(views).set_Second(block as never, 7);
    const code = bugCheckOf(() => asDriver(() => {
      for (let n = 0; n < 200; n++) ExFreePoolWithTag(take(64), TAG);
    }));
    expect(code).toEqual([0xc1, block]);
    expect(loggedFindings()[0]!.stacks[1]!.title).toContain('was allocated');
  });

  test('0xC2/0x07: freed twice; where it was freed first is named', () => {
    const code = bugCheckOf(() => asDriver(() => {
      const block = take(64);
      ExFreePoolWithTag(block, TAG);
      ExFreePoolWithTag(block, TAG);
    }));
    expect(code).toEqual([0xc2, 0x07]);
    expect(loggedFindings()[0]).toMatchObject({ rule: 'lifetime', code: 0xc2 });
    expect(loggedFindings()[0]!.stacks.map(({ title }) => title)).toContain('and freed');
  });

  test('0xC2/0x0A: freed with another tag; the allocation is named', () => {
    expect(bugCheckOf(() => asDriver(() => ExFreePoolWithTag(take(64), poolTag('Zoo2')))))
      .toEqual([0xc2, 0x0a]);
    expect(loggedFindings()[0]!.stacks[1]!.title).toContain('tag Zoo1, was allocated');
  });

  test('0x1E: the NULL page', () => {
    expect(bugCheckOf(() => asDriver(() => RECORD.at(0).Second))[0]).toBe(0x1e);
    expect(rules()).toEqual(['contract.null-pointer']);
  });
});

describe('KRN-3: paged pool at DISPATCH_LEVEL', () => {
  test('0xD1, and where the block was allocated', () => {
    let block = 0;
    asDriver(() => void (block = take(64, POOL_FLAG_PAGED)));
    expect(bugCheckOf(() => asDriver(() => {
      const old = KeRaiseIrqlToDpcLevel();
      try {
        return RECORD.at(block).First;
      } finally {
        KeLowerIrql(old);
      }
    }))[0]).toBe(0xd1);
    expect(loggedFindings()[0]).toMatchObject({ rule: 'paged-memory' });
    expect(loggedFindings()[0]!.stacks[1]!.title).toContain('was allocated');
  });

  /** Locks the pages of a block of paged pool; what is done then, at DISPATCH_LEVEL. */
  function withLocked(touch: (block: number, mdl: PMDL) => void): void {
    asDriver(() => {
      const block = take(64, POOL_FLAG_PAGED);
      const mdl = IoAllocateMdl(block, 64, false, false, 0 as PIRP);
      MmProbeAndLockPages(mdl, 0, 1);
      touch(block, mdl);
      IoFreeMdl(mdl);
      ExFreePoolWithTag(block, TAG);
    });
  }

  function atDispatch<T>(work: () => T): T {
    const old = KeRaiseIrqlToDpcLevel();
    try {
      return work();
    } finally {
      KeLowerIrql(old);
    }
  }

  test('KRN-51: pages that an MDL has locked are resident: touched through the mapping', () => {
    withLocked((block, mdl) => {
      const mapped = MmGetSystemAddressForMdlSafe(mdl, 0);
      atDispatch(() => {
        RECORD.at(mapped).First = 1;
        u8[mapped + 63] = 2;
        RtlZeroMemory(mapped, 64);
      });
      MmUnlockPages(mdl);
      expect(RECORD.at(block).First).toBe(0);
    });
    expect(rules()).toEqual([]);
  });

  test('KRN-51: unlocked, or on another page than those that are locked, they are not', () => {
    expect(bugCheckOf(() => withLocked((block, mdl) => {
      MmUnlockPages(mdl);
      atDispatch(() => RECORD.at(block).First);
    }))[0]).toBe(0xd1);
    shutdown = bootInline();
    expect(bugCheckOf(() => withLocked(() => {
      const other = take(8000, POOL_FLAG_PAGED);
      atDispatch(() => u8[other + 4096]);
    }))[0]).toBe(0xd1);
  });

  test('KRN-51: a block is not given back at DISPATCH_LEVEL because its pages are locked', () => {
    expect(bugCheckOf(() => withLocked((block) => {
      atDispatch(() => ExFreePoolWithTag(block, TAG));
    }))[0]).toBe(0xc4);
  });

  test('KRN-51: of two locks of one page, one goes on', () => {
    withLocked((block, mdl) => {
      const second = IoAllocateMdl(block, 64, false, false, 0 as PIRP);
      MmProbeAndLockPages(second, 0, 1);
      MmUnlockPages(mdl);
      atDispatch(() => RECORD.at(block).First);
      MmUnlockPages(second);
      IoFreeMdl(second);
    });
    expect(rules()).toEqual([]);
  });

  test('what only looks like it: nonpaged there, paged below', () => {
    asDriver(() => {
      const paged = take(64, POOL_FLAG_PAGED);
      const nonpaged = take(64);
      const old = KeRaiseIrqlToDpcLevel();
      RECORD.at(nonpaged).First = 1;
      KeLowerIrql(old);
      RECORD.at(paged).First = RECORD.at(nonpaged).First;
      ExFreePoolWithTag(paged, TAG);
      ExFreePoolWithTag(nonpaged, TAG);
    });
    expect(rules()).toEqual([]);
  });
});

describe('VER-3, F-227: what a driver leaves behind', () => {
  test('0xC4/0x62: each place that allocated is named with how many', () => {
    asDriver(() => {
      for (let n = 0; n < 3; n++) ExAllocatePoolWithTag(0, 100, TAG);
      ExAllocatePoolWithTag(1, 6000, poolTag('Zoo2'));
    });
    expect(bugCheckOf(unloadDriver)).toEqual([0xc4, 0x62]);
    const [finding] = loggedFindings();
    expect(finding).toMatchObject({ rule: 'leak.pool', parameters: [0x62, 0, 0, 4] });
    expect(finding!.cause).toContain('left 4 blocks of pool (6300 bytes, tags Zoo1, Zoo2)');
    expect(finding!.stacks.slice(1).map(({ title }) => title)).toEqual([
      '3 blocks, 300 bytes, tag Zoo1, by ExAllocatePoolWithTag',
      '1 block, 6000 bytes, tag Zoo2, by ExAllocatePoolWithTag']);
    expect(finding!.stacks[1]!.frames.join()).toContain('pool-rules.test');
  });

  test('what only looks like it: freed by another routine, and the kernel\'s own blocks', () => {
    let block = 0;
    asDriver(() => {
      block = take(100);
      const list = localBytes(256);
      ExInitializePagedLookasideList(list, 0, 0, 0, 32, TAG, 0);
      ExDeletePagedLookasideList(list);
    });
    asDriver(() => ExFreePoolWithTag(block, TAG));
    unloadDriver();
    expect(rules()).toEqual([]);
  });

  test('0xC4/0x100B: memory is freed that contains a held mutex', () => {
    expect(bugCheckOf(() => asDriver(() => {
      const mutex = take(32);
      ExInitializeFastMutex(mutex);
      ExAcquireFastMutex(mutex);
      ExFreePoolWithTag(mutex, TAG);
    }))).toEqual([0xc4, 0x100b]);
    expect(rules()).toEqual(['lock-usage.memory-freed']);
    KeLowerIrql(0);
  });

  test('what only looks like it: the mutex was released before', () => {
    asDriver(() => {
      const mutex = take(32);
      ExInitializeFastMutex(mutex);
      ExAcquireFastMutex(mutex);
      ExReleaseFastMutex(mutex);
      ExFreePoolWithTag(mutex, TAG);
    });
    unloadDriver();
    expect(rules()).toEqual([]);
    shutdown();
  });
});
