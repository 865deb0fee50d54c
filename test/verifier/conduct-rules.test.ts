// What callbacks do while they run: each fault with a filter that commits it and a twin that only
// looks as if it did.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExInitializeWorkItem, ExQueueWorkItem, KDEFERRED_ROUTINE, KDPC, KTIMER, KeCancelTimer,
  KeInitializeDpc, KeInitializeTimer, KeSetTimer, PWORKER_THREAD_ROUTINE, WORK_QUEUE_ITEM,
  DelayedWorkQueue, ExAcquireFastMutex, ExAcquirePushLockExclusive, ExAcquirePushLockShared,
  ExAllocatePool2, ExFreePoolWithTag, ExInitializeFastMutex, ExInitializePushLock,
  ExReleaseFastMutex, ExReleasePushLockExclusive, ExReleasePushLockShared,
  FltAllocateDeferredIoWorkItem, FltAllocateGenericWorkItem, FltCompletePendedPreOperation,
  FltFreeDeferredIoWorkItem, FltFreeGenericWorkItem, FltQueueDeferredIoWorkItem, FltReadFile,
  IoSetTopLevelIrp, KeEnterCriticalRegion, KeLeaveCriticalRegion, KeLowerIrql,
  KeRaiseIrqlToDpcLevel, PFLT_COMPLETED_ASYNC_IO_CALLBACK, PFLT_DEFERRED_IO_WORKITEM_ROUTINE,
  POOL_FLAG_NON_PAGED, RtlCompareMemory, localBytes, poolTag, u8 }
  from '#src/fltKernel.ts';
import { IRP_PAGING_IO } from '#src/ntos/io/types.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { forgetLocks } from '#src/verifier/lock/held-locks.ts';
import { BUFFER, FINISHED, NO_CALLBACK, PENDING, ProbeMachine, WITH_CALLBACK }
  from '../fltmgr/probe-machine.ts';
import { allocate } from './memory.ts';
import { asDriver, unloadDriver } from './as-driver.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import type { FltCallbackData } from '#src/image/role.ts';

const TAG = poolTag('Test');
let m: ProbeMachine;
let isBroken: boolean;
beforeEach(() => {
  isBroken = false;
  forgetLocks();
  m = new ProbeMachine();
});
afterEach(() => {
  if (!isBroken) m.end();
});
function broken(act: () => unknown): [number, number] {
  isBroken = true;
  return bugCheckOf(act);
}
function aTimer(): { timer: number; dpc: number } {
  const Expired = KDEFERRED_ROUTINE('Expired', () => undefined);
  const timer = allocate(KTIMER.size);
  const dpc = allocate(KDPC.size);
  KeInitializeTimer(timer);
  KeInitializeDpc(dpc, Expired, 0);
  return { timer, dpc };
}
const rules = (): string[] => loggedFindings().map(({ rule }) => rule);

describe('lock-usage.held-across-io', () => {
  type Objects = { Instance: number; FileObject: number };
  const readBelow = ({ Instance, FileObject }: Objects, done = 0): void => {
    FltReadFile(Instance as never, FileObject as never, 0, 16, BUFFER, 0, 0, done as never, 0);
  };
  /** Runs `act` with a push lock held in a way. */
  const filterThat = (act: (objects: Objects) => void, isShared = false): void => {
    const lock = ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, TAG);
    ExInitializePushLock(lock);
    m.filter('a', '100', (_data, objects) => {
      KeEnterCriticalRegion();
      if (isShared) ExAcquirePushLockShared(lock);
      else ExAcquirePushLockExclusive(lock);
      act(objects as never);
      if (isShared) ExReleasePushLockShared(lock);
      else ExReleasePushLockExclusive(lock);
      KeLeaveCriticalRegion();
      return NO_CALLBACK;
    });
    m.read();
    m.read();
    m.work();
    ExFreePoolWithTag(lock, TAG);
  };

  test('a push lock held across FltReadFile is reported once, and the machine goes on', () => {
    filterThat(readBelow);
    expect(rules()).toEqual(['lock-usage.held-across-io']);
    expect(loggedFindings()[0]!.cause).toMatch(
      /a\d+Pre calls FltReadFile.*push lock.*held exclusively/);
  });

  test('what only looks like it: a read that is only started', () => {
    const done = PFLT_COMPLETED_ASYNC_IO_CALLBACK('ConductRead', () => undefined);
    filterThat((objects) => readBelow(objects, done));
    expect(rules()).toEqual([]);
  });

  test('what only looks like it: held shared', () => {
    filterThat(readBelow, true);
    expect(rules()).toEqual([]);
  });

  test('what only looks like it: released before', () => {
    m.filter('b', '90', (_data, objects) => {
      readBelow(objects as never);
      return NO_CALLBACK;
    });
    filterThat(() => undefined);
    expect(rules()).toEqual([]);
  });
});

describe('PEND-11: contract.queue-refused', () => {
  const finish = PFLT_DEFERRED_IO_WORKITEM_ROUTINE('ConductFinish', (item, data) => {
    FltFreeDeferredIoWorkItem(item);
    FltCompletePendedPreOperation(data.address, NO_CALLBACK, 0);
  });
  const poster = (answerOf: (status: number) => number) => (data: FltCallbackData): number => {
    const item = FltAllocateDeferredIoWorkItem();
    const status = FltQueueDeferredIoWorkItem(item, data, finish, DelayedWorkQueue, 0);
    if (status !== 0) FltFreeDeferredIoWorkItem(item);
    return answerOf(status);
  };
  const paging = (): void => {
    m.filter('flag', '200', (data) => {
      data.Iopb.IrpFlags |= IRP_PAGING_IO;
      data.Flags |= 0x80000000;
      return NO_CALLBACK;
    });
  };

  test('an operation that could not be queued is kept all the same', () => {
    paging();
    m.filter('a', '100', poster(() => PENDING));
    expect(broken(() => m.read())).toEqual([0xc4, 0xf513]);
    expect(rules()).toEqual(['contract.queue-refused']);
  });

  test('what only looks like it: it goes into a queue of the filter\'s own', () => {
    paging();
    const mutex = ExAllocatePool2(POOL_FLAG_NON_PAGED, 32, TAG);
    ExInitializeFastMutex(mutex);
    let parked = 0;
    const post = poster(() => PENDING);
    m.filter('a', '100', (data) => {
      const answer = post(data);
      ExAcquireFastMutex(mutex);
      parked = data.address;
      ExReleaseFastMutex(mutex);
      return answer;
    });
    m.read();
    FltCompletePendedPreOperation(parked as never, NO_CALLBACK, 0);
    ExFreePoolWithTag(mutex, TAG);
    expect(rules()).toEqual([]);
  });

  test('what only looks like it: the status is looked at', () => {
    paging();
    m.filter('a', '100', poster((status) => (status === 0 ? PENDING : NO_CALLBACK)));
    m.read();
    m.work();
    expect(rules()).toEqual([]);
  });
});

describe('POST-9: drain-teardown.normal-processing', () => {
  const detachWhileBelow = (post: (flags: number) => void): void => {
    const made = m.filter('a', '100', () => WITH_CALLBACK, (_data, _objects, _context, flags) => {
      post(flags);
      return FINISHED;
    });
    m.keep(3);
    m.read();
    m.remove(made);
    m.fs.complete();
  };

  test('a draining callback that allocates a work item', () => {
    expect(broken(() => detachWhileBelow(() =>
      FltFreeGenericWorkItem(FltAllocateGenericWorkItem())))).toEqual([0xc4, 0xf511]);
    expect(rules()).toEqual(['drain-teardown.normal-processing']);
    expect(loggedFindings()[0]!.cause).toContain('was called to drain and calls ' +
      'FltAllocateGeneric');
  });

  test('what only looks like it: it frees what it has', () => {
    const block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 8, TAG);
    detachWhileBelow((flags) => {
      expect(flags).toBe(1);
      ExFreePoolWithTag(block, TAG);
    });
    expect(rules()).toEqual([]);
  });
});

describe('KRN-43: contract.top-level-irp', () => {
  test('left behind', () => {
    expect(bugCheckOf(() => asDriver(() => IoSetTopLevelIrp(4)))).toEqual([0xc4, 0xf500]);
    expect(rules()).toEqual(['contract.top-level-irp']);
    IoSetTopLevelIrp(0);
  });

  test('what only looks like it: set and set back', () => {
    asDriver(() => {
      IoSetTopLevelIrp(4);
      IoSetTopLevelIrp(0);
    });
    expect(rules()).toEqual([]);
  });
});

describe('stack-depth', () => {
  const nest = (depth: number): void => {
    if (depth > 0) asDriver(() => nest(depth - 1));
  };

  test('0x7F/0x8: driver routines inside of driver routines', () => {
    expect(bugCheckOf(() => nest(20))).toEqual([0x7f, 8]);
    expect(rules()).toEqual(['stack-depth']);
  });

  test('0x7F/0x8: one routine with large locals', () => {
    expect(bugCheckOf(() => asDriver(() => {
      localBytes(24 * 1024);
      KeLowerIrql(KeRaiseIrqlToDpcLevel());
    }))).toEqual([0x7f, 8]);
    expect(loggedFindings()[0]!.cause).toMatch(/24576 of them for locals.*Routine\d+$/);
  });

  test('what only looks like it: large locals one after the other', () => {
    for (let n = 0; n < 5; n++) asDriver(() => localBytes(16 * 1024));
    asDriver(() => KeLowerIrql(KeRaiseIrqlToDpcLevel()));
    expect(rules()).toEqual([]);
  });

  test('what only looks like it: a few inside of each other, many one after the other', () => {
    for (let n = 0; n < 50; n++) nest(5);
    expect(rules()).toEqual([]);
  });
});

describe('0x133: starvation.dispatch', () => {
  const touch = (times: number): void => {
    const block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, TAG);
    const old = KeRaiseIrqlToDpcLevel();
    for (let n = 0; n < times; n++) u8[block]! += 1;
    KeLowerIrql(old);
    ExFreePoolWithTag(block, TAG);
  };

  test('long work at DISPATCH_LEVEL is reported, once', () => {
    asDriver(() => touch(2_001_000));
    expect(loggedFindings()).toMatchObject([{ rule: 'starvation.dispatch', reaction: 'report' }]);
  });

  test('... also when a routine does it: comparing sixteen megabytes', () => {
    const bytes = 64 * 1024;
    const block = ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG);
    const compare = (times: number): void => {
      const old = KeRaiseIrqlToDpcLevel();
      for (let n = 0; n < times; n++) RtlCompareMemory(block, block, bytes);
      KeLowerIrql(old);
    };
    asDriver(() => compare(100));
    asDriver(() => compare(100));
    expect(rules()).toEqual([]);
    asDriver(() => compare(130));
    expect(rules()).toEqual(['starvation.dispatch']);
    ExFreePoolWithTag(block, TAG);
  });

  test('what only looks like it: little before the level is left again', () => {
    asDriver(() => {
      for (let n = 0; n < 2; n++) touch(1_100_000);
    });
    expect(rules()).toEqual([]);
  });
});

describe('KRN-42: drain-teardown.pending-at-unload', () => {
  test('0xCE: a work item that is queued, a timer that runs', () => {
    asDriver(() => 0);
    const Worker = PWORKER_THREAD_ROUTINE('Worker', () => undefined);
    const item = allocate(WORK_QUEUE_ITEM.size);
    ExInitializeWorkItem(item, Worker, 0);
    ExQueueWorkItem(item, DelayedWorkQueue);
    expect(broken(unloadDriver)[0]).toBe(0xce);
    expect(loggedFindings()[0]).toMatchObject({ rule: 'drain-teardown.pending-at-unload' });
    expect(loggedFindings()[0]!.cause).toContain('a work item is queued that will call Worker');
  });

  test('0xCE: a timer that runs, with a routine of the driver', () => {
    asDriver(() => 0);
    const { timer, dpc } = aTimer();
    KeSetTimer(timer, -10_000, dpc);
    expect(broken(unloadDriver)[0]).toBe(0xce);
    expect(loggedFindings()[0]!.cause).toContain('a timer runs that will call Expired');
    KeCancelTimer(timer);
  });

  test('what only looks like it: a timer that was cancelled, one without a routine', () => {
    asDriver(() => 0);
    const { timer, dpc } = aTimer();
    KeSetTimer(timer, -10_000, dpc);
    KeCancelTimer(timer);
    KeSetTimer(timer, -10_000, 0);
    unloadDriver();
    KeCancelTimer(timer);
    ExFreePoolWithTag(timer, TAG);
    ExFreePoolWithTag(dpc, TAG);
    expect(rules()).toEqual([]);
  });
});

describe('KRN-42: drain-teardown.called-after-unload', () => {
  test('0xCE: a routine that runs after the unload', () => {
    asDriver(() => 0);
    unloadDriver();
    expect(broken(() => asDriver(() => 0))[0]).toBe(0xce);
    expect(rules()).toEqual(['drain-teardown.called-after-unload']);
  });

  test('what only looks like it: the last call before the unload', () => {
    asDriver(() => 0);
    asDriver(() => 0);
    unloadDriver();
    expect(rules()).toEqual([]);
  });
});
