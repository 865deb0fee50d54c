// Lock order and lock usage, each with a driver that breaks the rule and a twin that only looks as
// if. One thread is enough: an order is wrong before anybody hangs.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '../support/boot-inline.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '#src/ntos/ke/apc.ts';
import { BugCheck } from '#src/ntos/ke/bug-check.ts';
import { KeInitializeMutex, KeReleaseMutex } from '#src/ntos/ke/mutex.ts';
import { Executive, waitForObject } from '#src/ntos/ke/dispatcher.ts';
import { KeAcquireInStackQueuedSpinLock, KeReleaseInStackQueuedSpinLock }
  from '#src/ntos/ke/queued-spin-lock.ts';
import { KeInitializeSpinLock, KeReleaseSpinLock, KfAcquireSpinLock }
  from '#src/ntos/ke/spin-lock.ts';
import { ExAcquireFastMutex, ExInitializeFastMutex, ExReleaseFastMutex,
  ExTryToAcquireFastMutex } from '#src/ntos/ex/lock/fast-mutex.ts';
import { ExAcquirePushLockExclusive, ExAcquirePushLockShared, ExInitializePushLock,
  ExReleasePushLockExclusive, ExReleasePushLockShared, ExTryAcquirePushLockExclusive }
  from '#src/ntos/ex/lock/push-lock.ts';
import { ExAcquireResourceExclusiveLite, ExAcquireResourceSharedLite, ExDeleteResourceLite,
  ExInitializeResourceLite, ExReleaseResourceLite } from '#src/ntos/ex/lock/resource.ts';
import { enterDriver, leaveDriver } from '#src/verifier/driver-frames.ts';
import { windowOf } from '#src/verifier/images.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { setSuppressions } from '#src/verifier/policy.ts';
import { forgetLocks } from '#src/verifier/lock/held-locks.ts';
import { allocate, free } from './memory.ts';

interface Lock {
  readonly name: string;
  readonly size: number;
  make(at: number): void;
  take(at: number): void;
  drop(at: number): void;
  unmake?(at: number): void;
}

const resource: Lock = {
  name: 'ERESOURCE', size: 64, make: ExInitializeResourceLite,
  take: (at) => void ExAcquireResourceExclusiveLite(at, true), drop: ExReleaseResourceLite,
  unmake: ExDeleteResourceLite,
};
const sharedResource: Lock = {
  ...resource, name: 'ERESOURCE shared', take: (at) => void ExAcquireResourceSharedLite(at, true),
};
const push: Lock = {
  name: 'push lock', size: 8, make: ExInitializePushLock, take: ExAcquirePushLockExclusive,
  drop: ExReleasePushLockExclusive,
};
const sharedPush: Lock = {
  ...push, name: 'push lock shared', take: ExAcquirePushLockShared, drop: ExReleasePushLockShared,
};
const mutex: Lock = {
  name: 'KMUTEX', size: 32, make: KeInitializeMutex,
  take: (at) => void waitForObject(at, Executive), drop: (at) => void KeReleaseMutex(at),
};
const fast: Lock = {
  name: 'fast mutex', size: 32, make: ExInitializeFastMutex, take: ExAcquireFastMutex,
  drop: ExReleaseFastMutex,
};
const spin: Lock = {
  name: 'spin lock', size: 8, make: KeInitializeSpinLock, take: KfAcquireSpinLock,
  drop: (at) => KeReleaseSpinLock(at, 2),
};
const queued: Lock = {
  name: 'queued spin lock', size: 32, make: KeInitializeSpinLock,
  take: (at) => KeAcquireInStackQueuedSpinLock(at, at + 8),
  drop: (at) => KeReleaseInStackQueuedSpinLock(at + 8),
};

/** What these tests do, a driver's routine does. */
const driver = windowOf(15);
let shutdown: () => void;
const made: (() => void)[] = [];

function make(lock: Lock): number {
  const at = allocate(lock.size);
  lock.make(at);
  made.push(() => {
    lock.unmake?.(at);
    free(at);
  });
  return at;
}

beforeEach(() => {
  shutdown = bootInline();
  enterDriver(driver, 0, 0);
  KeEnterCriticalRegion();
});
afterEach(() => {
  leaveDriver(driver);
  setSuppressions([]);
  forgetLocks();
  for (const undo of made.splice(0).toReversed()) {
    try {
      undo();
    } catch {
      // A lock that a test broke on purpose stays as it is.
    }
  }
});

function both(a: Lock, at: number, b: Lock, to: number): void {
  a.take(at);
  b.take(to);
  b.drop(to);
  a.drop(at);
}

function caught(work: () => void): BugCheck {
  try {
    work();
  } catch (error) {
    if (error instanceof BugCheck) return error;
    throw error;
  }
  throw new Error('no bug check came');
}

describe('F-226, VER-5: lock-order: two orders of two locks are reported before anybody ' +
  'hangs', () => {
  const pairs = [[resource, push], [push, fast], [mutex, resource], [sharedResource, push],
    [sharedPush, mutex], [resource, fast], [push, mutex]] as const;
  test.each(pairs.map(([a, b]) => ({ a, b })))('0xC4/0x1001: $a.name and $b.name', ({ a, b }) => {
    const at = make(a);
    const to = make(b);
    both(a, at, b, to);
    both(a, at, b, to);
    const bugCheck = caught(() => both(b, to, a, at));
    expect([bugCheck.code, bugCheck.parameters[0]]).toEqual([0xc4, 0x1001]);
    const [finding] = loggedFindings();
    const rule = [a, b].some(({ name }) => name.startsWith('ERESOURCE'))
      ? 'lock-order.resource' : 'lock-order';
    expect(finding).toMatchObject({ rule, reaction: 'break', filter: 'image 15' });
    expect(finding!.stacks.map(({ title }) => title).join('\n')).toMatch(/was acquired[^]*wanted/);
    for (const { frames } of finding!.stacks) expect(frames.join()).toContain('lock-rules.test');
  });

  test('at DISPATCH_LEVEL: a spin lock and a queued one', () => {
    const a = make(spin);
    const b = make(queued);
    both(spin, a, queued, b);
    expect(caught(() => both(queued, b, spin, a)).parameters[0]).toBe(0x1001);
  });

  test('a cycle of three, none of whose pairs is reversed', () => {
    const a = make(push);
    const b = make(push);
    const c = make(resource);
    both(push, a, push, b);
    both(push, b, resource, c);
    const bugCheck = caught(() => both(resource, c, push, a));
    expect(bugCheck.parameters[0]).toBe(0x1001);
    expect(loggedFindings()[0]!.cause).toMatch(/^3 locks/);
  });

  test('an order learnt from one object is judged for another of the same kind', () => {
    const stream = (): number => make(push);
    const list = make(resource);
    both(push, stream(), resource, list);
    expect(caught(() => both(resource, list, push, stream())).parameters[0]).toBe(0x1001);
  });
});

describe('lock-order: what only looks like it', () => {
  test('the second lock is asked for without waiting', () => {
    const a = make(push);
    const b = make(fast);
    both(push, a, fast, b);
    expect(ExTryToAcquireFastMutex(b)).toBe(true);
    expect(ExTryAcquirePushLockExclusive(a)).toBe(true);
    ExReleasePushLockExclusive(a);
    ExReleaseFastMutex(b);
    expect(loggedFindings()).toEqual([]);
  });

  test('both orders under one outer lock', () => {
    const gate = make(resource);
    const a = make(push);
    const b = make(fast);
    resource.take(gate);
    both(push, a, fast, b);
    both(fast, b, push, a);
    resource.drop(gate);
    expect(loggedFindings()).toEqual([]);
    // Once one of the orders is seen without the outer lock, nothing keeps the two apart.
    expect(caught(() => both(push, a, fast, b)).parameters[0]).toBe(0x1001);
  });

  test('locks of one kind in one order of objects', () => {
    const locks = [0, 1, 2].map(() => make(push));
    both(push, locks[0]!, push, locks[1]!);
    both(push, locks[1]!, push, locks[2]!);
    both(push, locks[0]!, push, locks[2]!);
    expect(loggedFindings()).toEqual([]);
    expect(caught(() => both(push, locks[2]!, push, locks[0]!)).parameters[0]).toBe(0x1001);
  });

  test('memory of a lock that is used for another lock', () => {
    const at = allocate(64);
    const other = make(resource);
    ExInitializePushLock(at);
    both(push, at, resource, other);
    free(at);
    const again = allocate(64);
    expect(again).toBe(at);
    ExInitializeFastMutex(again);
    both(resource, other, fast, again);
    expect(loggedFindings()).toEqual([]);
    free(again);
  });
});

describe('lock-usage: recursion', () => {
  test.each([
    { lock: push, code: [0xc4, 0x1000] }, { lock: fast, code: [0xc4, 0x1000] },
    { lock: spin, code: [0x0f] }, { lock: queued, code: [0x0f] },
  ])('KRN-15, KRN-23, KRN-34: $lock.name by its holder', ({ lock, code }) => {
    const at = make(lock);
    lock.take(at);
    const bugCheck = caught(() => lock.take(at));
    expect([bugCheck.code, bugCheck.parameters[0]].slice(0, code.length)).toEqual(code);
    expect(loggedFindings()[0]).toMatchObject({ rule: 'lock-usage.recursion' });
    expect(loggedFindings()[0]!.stacks[1]).toMatchObject({ title: 'acquired first' });
  });

  test('KRN-28: a resource exclusively by a thread that has it shared', () => {
    const at = make(resource);
    sharedResource.take(at);
    expect(caught(() => resource.take(at)).parameters[0]).toBe(0x1000);
  });

  test('KRN-34: a push lock shared twice is reported, and the machine goes on', () => {
    const at = make(push);
    for (let n = 0; n < 3; n++) {
      sharedPush.take(at);
      sharedPush.take(at);
      sharedPush.drop(at);
      sharedPush.drop(at);
    }
    expect(loggedFindings()).toMatchObject([
      { rule: 'lock-usage.shared-recursion', reaction: 'report', count: 3 }]);
  });

  test('what only looks like it: a resource and a mutex, again and again', () => {
    const r = make(resource);
    const m = make(mutex);
    both(resource, r, resource, r);
    both(resource, r, sharedResource, r);
    both(sharedResource, r, sharedResource, r);
    both(mutex, m, mutex, m);
    expect(loggedFindings()).toEqual([]);
  });
});

describe('lock-usage: releases', () => {
  test.each([
    { lock: push, code: 0x162 }, { lock: fast, code: 0xc4 }, { lock: spin, code: 0x10 },
    { lock: mutex, code: 0x11 }, { lock: resource, code: 0xe3 },
  ])('KRN-15, KRN-22, KRN-23, KRN-30, KRN-36: $lock.name that nobody holds', ({ lock, code }) => {
    const at = make(lock);
    lock.take(at);
    lock.drop(at);
    if (lock === fast) lock.take(make(fast));
    if (lock === spin) lock.take(make(spin));
    expect(caught(() => lock.drop(at)).code).toBe(code);
    expect(loggedFindings()[0]).toMatchObject({ rule: 'lock-usage.wrong-owner' });
  });

  test('0xC4/0x100B: a lock that is held is deleted', () => {
    const at = make(resource);
    resource.take(at);
    expect(caught(() => ExDeleteResourceLite(at)).parameters[0]).toBe(0x100b);
  });

  test('releases in another order than the acquisitions are no fault', () => {
    const a = make(resource);
    const b = make(push);
    resource.take(a);
    push.take(b);
    resource.drop(a);
    push.drop(b);
    expect(loggedFindings()).toEqual([]);
  });
});

describe('VER-4: suppressions', () => {
  test('`ignore` records it as suppressed, `once` reports it, `remove` does not look', () => {
    const at = make(push);
    const outcome = (action: 'ignore' | 'once' | 'remove'): unknown => {
      setSuppressions([{ action, rule: 'lock-usage' }]);
      shutdown = bootInline();
      KeEnterCriticalRegion();
      sharedPush.take(at);
      sharedPush.take(at);
      sharedPush.drop(at);
      sharedPush.drop(at);
      return loggedFindings().map(({ reaction }) => reaction);
    };
    expect(outcome('ignore')).toEqual(['ignore']);
    expect(outcome('once')).toEqual(['report']);
    expect(outcome('remove')).toEqual([]);
  });

  test('`break` ends the machine for a rule that would only report', () => {
    setSuppressions([{ action: 'break', rule: 'lock-usage.shared-recursion' }]);
    const at = make(push);
    sharedPush.take(at);
    expect(caught(() => sharedPush.take(at)).parameters[0]).toBe(0x1000);
  });

  test('DIS-27: whether resources take part in the orders is an option', () => {
    setSuppressions([{ action: 'remove', rule: 'lock-order.resource' }]);
    shutdown = bootInline();
    KeEnterCriticalRegion();
    const [a, b, c] = [make(push), make(resource), make(fast)];
    both(push, a, resource, b);
    both(resource, b, push, a);
    expect(loggedFindings()).toEqual([]);
    // What Windows looks for in a resource of its own is found all the same ...
    sharedResource.take(b);
    expect(caught(() => resource.take(b)).parameters[0]).toBe(0x1000);
    resource.drop(b);
    // ... and so are other locks, with a shorter way round through a resource, too.
    const [d, e] = [make(mutex), make(push)];
    both(push, a, mutex, d);
    both(mutex, d, push, e);
    both(push, e, fast, c);
    both(resource, b, fast, c);
    expect(caught(() => both(fast, c, push, a)).parameters[0]).toBe(0x1001);
  });

  test('DIS-27: unless told otherwise, resources take part, by a rule of their own', () => {
    const [a, b] = [make(push), make(resource)];
    both(push, a, resource, b);
    expect(caught(() => both(resource, b, push, a)).parameters[0]).toBe(0x1001);
    expect(loggedFindings()).toMatchObject([{ rule: 'lock-order.resource', reaction: 'break' }]);
  });

  test('a suppression for a filter leaves others alone', () => {
    setSuppressions([{ action: 'remove', rule: 'lock-order', filter: 'other' }]);
    const a = make(push);
    const b = make(resource);
    both(push, a, resource, b);
    expect(caught(() => both(resource, b, push, a)).parameters[0]).toBe(0x1001);
  });
});

test('a clean machine shuts down with nothing found', () => {
  const a = make(resource);
  const b = make(push);
  both(resource, a, push, b);
  for (const undo of made.splice(0).toReversed()) undo();
  KeLeaveCriticalRegion();
  shutdown();
  expect(loggedFindings()).toEqual([]);
});
