// What a driver's routine must leave as it found it: the IRQL, the regions, the locks. Each with a
// routine that breaks the rule and one that only looks as if.
// @alone: its machine is a checked one.
import '../ntos/ex/verifier-on.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootInline } from '../support/boot-inline.ts';
import { bugCheckOf } from '../ntos/ex/support.ts';
import { routineTable } from '#src/mem/routine.ts';
import { PFLT_CALLBACK_DATA_QUEUE_ACQUIRE, PFLT_GENERIC_WORKITEM_ROUTINE, role }
  from '#src/image/role.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '#src/ntos/ke/apc.ts';
import { KeLowerIrql, KfRaiseIrql } from '#src/ntos/ke/irql.ts';
import { KeInitializeSpinLock, KeReleaseSpinLock, KfAcquireSpinLock }
  from '#src/ntos/ke/spin-lock.ts';
import { ExAcquireResourceExclusiveLite, ExInitializeResourceLite, ExReleaseResourceLite }
  from '#src/ntos/ex/lock/resource.ts';
import { loggedFindings } from '#src/verifier/finding/finding-log.ts';
import { forgetLocks } from '#src/verifier/lock/held-locks.ts';
import { allocate } from './memory.ts';

const Callback = role();
let count = 0;

/** Runs `body` as a driver's routine. */
function asDriver(body: () => void, kind = Callback): void {
  const id = kind(`Routine${count++}`, body);
  routineTable[id]!(0, 0, 0);
}

beforeEach(() => void bootInline());
afterEach(() => forgetLocks());

describe('12.1 violation 29: locks', () => {
  test('PRE-13: ' +
    'a routine that returns with a resource held is named, and where it was acquired', () => {
    const at = allocate(64);
    ExInitializeResourceLite(at);
    KeEnterCriticalRegion();
    const code = bugCheckOf(() => asDriver(() => void ExAcquireResourceExclusiveLite(at, true)));
    expect(code).toEqual([0xc4, 0xc5]);
    const [finding] = loggedFindings();
    expect(finding).toMatchObject({ rule: 'lock-usage.held-across-return' });
    expect(finding!.cause).toMatch(/^Routine\d+ returned with ERESOURCE/);
    expect(finding!.stacks[1]!.title).toBe('ERESOURCE acquired');
    expect(finding!.stacks[1]!.frames.join()).toContain('nt!ExAcquireResourceExclusiveLite');
  });

  test('KRN-2: one that returns with a spin lock held is at another level, and the lock is why', () => {
    const at = allocate(8);
    KeInitializeSpinLock(at);
    expect(bugCheckOf(() => asDriver(() => void KfAcquireSpinLock(at)))).toEqual([0xc8, 0x20001]);
    const [finding] = loggedFindings();
    expect(finding).toMatchObject({ rule: 'irql-rule.return' });
    expect(finding!.cause).toMatch(/returned at IRQL 2, with spin lock .*held$/);
    expect(finding!.stacks[1]!.title).toBe('spin lock acquired');
    KeReleaseSpinLock(at, 0);
  });

  test('what only looks like it: a lock that the caller held, a queue\'s acquire routine', () => {
    const resource = allocate(64);
    ExInitializeResourceLite(resource);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(resource, true);
    asDriver(() => {
      ExAcquireResourceExclusiveLite(resource, true);
      ExReleaseResourceLite(resource);
    });
    ExReleaseResourceLite(resource);
    KeLeaveCriticalRegion();
    const spin = allocate(8);
    KeInitializeSpinLock(spin);
    asDriver(() => void KfAcquireSpinLock(spin), PFLT_CALLBACK_DATA_QUEUE_ACQUIRE as never);
    KeReleaseSpinLock(spin, 0);
    expect(loggedFindings()).toEqual([]);
  });
});

describe('KRN-2, KRN-9: the level and the regions', () => {
  test('0xC8: a routine that returns at another level', () => {
    expect(bugCheckOf(() => asDriver(() => void KfRaiseIrql(2)))).toEqual([0xc8, 0x20001]);
    KeLowerIrql(0);
  });

  test('0xE1: a work routine that does', () => {
    const code = bugCheckOf(() => asDriver(() => void KfRaiseIrql(1),
      PFLT_GENERIC_WORKITEM_ROUTINE as never));
    expect(code[0]).toBe(0xe1);
    KeLowerIrql(0);
  });

  test('0xC4/0xC5 and 0x01: a routine that leaves fewer regions than it entered', () => {
    expect(bugCheckOf(() => asDriver(KeEnterCriticalRegion))).toEqual([0xc4, 0xc5]);
    KeLeaveCriticalRegion();
    expect(bugCheckOf(() => asDriver(KeEnterCriticalRegion,
      PFLT_GENERIC_WORKITEM_ROUTINE as never))[0]).toBe(0x01);
    KeLeaveCriticalRegion();
    expect(loggedFindings().map(({ rule }) => rule))
      .toEqual(['irql-rule.apc-count', 'irql-rule.apc-count']);
  });

  test('what only looks like it: raised and lowered, entered and left', () => {
    asDriver(() => {
      KeEnterCriticalRegion();
      const old = KfRaiseIrql(2);
      KeLowerIrql(old);
      KeLeaveCriticalRegion();
    });
    expect(loggedFindings()).toEqual([]);
  });
});

test('a bug check that a room of the kernel raises is a finding too', () => {
  expect(bugCheckOf(() => KeLeaveCriticalRegion())).toEqual([0xc4, 0x3e]);
  expect(loggedFindings()).toMatchObject([{ rule: 'irql-rule', code: 0xc4, source: 'KRN-6',
    reaction: 'break' }]);
});
