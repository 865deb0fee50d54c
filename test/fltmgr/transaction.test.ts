// Transactions on a system that has none: every routine checks what it can and says what Windows
// says of a transaction without the caller's context (9.5).
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FLT_MAX_TRANSACTION_NOTIFICATIONS, TRANSACTION_NOTIFY_COMMIT,
  TRANSACTION_NOTIFY_COMMIT_FINALIZE, TRANSACTION_NOTIFY_PREPARE, TRANSACTION_NOTIFY_PREPREPARE,
  TRANSACTION_NOTIFY_ROLLBACK } from '#src/fltmgr/constants.ts';
import { instancesOfFilter } from '#src/fltmgr/attach/instance.ts';
import * as tx from '#src/fltmgr/transaction.ts';
import { PFLT_TRANSACTION_NOTIFICATION_CALLBACK } from '#src/image/role.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_4,
  STATUS_NOT_FOUND } from '#src/ntos/status-codes.ts';
import { NO_CALLBACK, ProbeMachine, READ } from './probe-machine.ts';
import { bugCheckAt, bugCheckOf } from '../ntos/ex/support.ts';
import type { PFLT_INSTANCE } from '#src/fltmgr/types.ts';

const CONTEXT = 0x30000;
const ALL = FLT_MAX_TRANSACTION_NOTIFICATIONS;
let m: ProbeMachine;
let notified = 0;
beforeEach(() => {
  m = new ProbeMachine();
  notified = 0;
});
afterEach(() => m.end());

function enlisting(name = 'tx', callback = true, onLeave = (): void => {}): PFLT_INSTANCE {
  const routine = PFLT_TRANSACTION_NOTIFICATION_CALLBACK(`${name}Notify`, () => ++notified);
  const made = m.add({
    name, altitude: callback ? '370000' : '360000', operations: [], teardownStart: onLeave, queryTeardown: () => 0,
    ...(callback && { registration: { TransactionNotificationCallback: routine } }),
  });
  return instancesOfFilter(made.filter)[0]!;
}

test('9.5, F-192: enlisting needs a registered callback and a mask of known notifications', () => {
  const without = enlisting('none', false);
  expect(tx.FltEnlistInTransaction(without, 0, CONTEXT, ALL)).toBe(STATUS_INVALID_PARAMETER);
  expect(tx.FltEnlistInTransaction(without, 0, CONTEXT, 0)).toBe(STATUS_INVALID_PARAMETER);
  const instance = enlisting('more');
  for (const mask of [0, 0x10, ALL | 0x20, -1]) {
    expect(tx.FltEnlistInTransaction(instance, 0, CONTEXT, mask), `mask ${mask}`)
      .toBe(STATUS_INVALID_PARAMETER_4);
  }
});

test.each([['FLT_MAX_TRANSACTION_NOTIFICATIONS', ALL], ['commit', TRANSACTION_NOTIFY_COMMIT],
  ['prepare', TRANSACTION_NOTIFY_PREPARE], ['pre-prepare', TRANSACTION_NOTIFY_PREPREPARE],
  ['rollback', TRANSACTION_NOTIFY_ROLLBACK],
  ['DIS-13: commit finalize', TRANSACTION_NOTIFY_COMMIT_FINALIZE],
])('9.5: the mask %s is right, and NULL is no transaction', (_name, mask) => {
  expect(tx.FltEnlistInTransaction(enlisting(), 0, CONTEXT, mask)).toBe(STATUS_INVALID_PARAMETER);
});

test('9.5: an address that is no transaction is named, never enlisted in', () => {
  const instance = enlisting();
  expect(bugCheckOf(() => tx.FltEnlistInTransaction(instance, 0x40000, CONTEXT, ALL)))
    .toEqual([0xc4, 0xf500]);
});

test('9.5: an instance that is being torn down enlists no more', () => {
  const seen: number[] = [];
  const instance = enlisting('tx', true, () => {
    seen.push(tx.FltEnlistInTransaction(instance, 0, CONTEXT, ALL));
  });
  m.remove(m.filters[0]!);
  expect(seen).toEqual([STATUS_FLT_DELETING_OBJECT]);
});

test('9.5, F-192: ' +
  'without a context on the transaction there is nothing to complete or roll back', () => {
  const instance = enlisting();
  for (const routine of [tx.FltRollbackEnlistment, tx.FltPrePrepareComplete, tx.FltPrepareComplete,
    tx.FltCommitComplete, tx.FltCommitFinalizeComplete, tx.FltRollbackComplete]) {
    expect(routine(instance, 0x40000, 0), routine.name).toBe(STATUS_NOT_FOUND);
  }
  expect(notified).toBe(0);
});

test.each([['FltCommitComplete', tx.FltCommitComplete], ['FltRollbackComplete', tx.FltRollbackComplete],
] as const)(
  'IRQL-4: %s above PASSIVE_LEVEL is violation 22', (_name, routine) => {
    const instance = enlisting();
    expect(bugCheckAt(1, () => routine(instance, 0x40000, 0))).toEqual([0xc4, 0xf516]);
  });

test('2.8: FltObjects.Transaction is NULL in every callback', () => {
  const seen: number[] = [];
  m.filter('looker', '370001', (_data, objects) => {
    seen.push(objects.Transaction, objects.TransactionContext);
    return NO_CALLBACK;
  }, undefined, READ);
  m.read();
  expect(seen).toEqual([0, 0]);
});
