// Transactions. No resource manager runs in the machine and no transaction can be started, so
// FltObjects.Transaction is NULL in every callback. A driver that asks first never gets here; the
// routines check what they can and then say what Windows says of a transaction without the caller's
// context. Nothing is ever notified.
import { STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER_4,
  STATUS_NOT_FOUND } from '../ntos/status-codes.ts';
import { APC_LEVEL, PASSIVE_LEVEL } from '../ntos/ke/irql.ts';
import { FLT_MAX_TRANSACTION_NOTIFICATIONS } from './constants.ts';
import { FLT_FILTER, FLT_INSTANCE } from './attach/object.ts';
import { isLeaving } from './attach/object-reference.ts';
import { RULE_UNLISTED, checkIrql, violation } from './violation.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFLT_INSTANCE } from './types.ts';

const f = FLT_FILTER.bound;
const i = FLT_INSTANCE.bound;

/**
 * Enlists the caller in a transaction. IRQL <= APC_LEVEL. Any thread.
 *
 * @param Transaction NULL or no transaction at all: there is none in this machine.
 * @param TransactionContext the caller's context, never linked.
 * @param NotificationMask TRANSACTION_NOTIFY_*, at least one.
 * @returns STATUS_INVALID_PARAMETER without a TransactionNotificationCallback in the registration,
 *   and for a Transaction of NULL; STATUS_INVALID_PARAMETER_4 for a wrong mask;
 *   STATUS_FLT_DELETING_OBJECT while the instance goes. Never STATUS_SUCCESS; an address that is
 *   not NULL ends the machine, for it can be no transaction.
 * @see section 9.5; flt/fltenlistintransaction
 */
export function FltEnlistInTransaction(
  Instance: PFLT_INSTANCE, Transaction: number, _TransactionContext: number,
  NotificationMask: number,
): NTSTATUS {
  checkIrql('FltEnlistInTransaction', APC_LEVEL);
  if (f.TransactionNotification(i.Filter(Instance)) === 0) return STATUS_INVALID_PARAMETER;
  if (NotificationMask === 0 || (NotificationMask & ~FLT_MAX_TRANSACTION_NOTIFICATIONS) !== 0) {
    return STATUS_INVALID_PARAMETER_4;
  }
  if (isLeaving(Instance)) return STATUS_FLT_DELETING_OBJECT;
  if (Transaction === 0) return STATUS_INVALID_PARAMETER;
  return violation(RULE_UNLISTED, Transaction, 'FltEnlistInTransaction: 0x' +
    `${Transaction.toString(16)} is no transaction; none can exist here (9.5)`);
}

/**
 * Rolls a transaction back on behalf of the caller. IRQL <= APC_LEVEL. Any thread.
 * @returns STATUS_NOT_FOUND: the caller has set no context on the transaction.
 */
export function FltRollbackEnlistment(
  _Instance: PFLT_INSTANCE, _Transaction: number, _TransactionContext: number,
): NTSTATUS {
  checkIrql('FltRollbackEnlistment', APC_LEVEL);
  return STATUS_NOT_FOUND;
}

/**
 * Says that a pended TRANSACTION_NOTIFY_PREPREPARE is done. IRQL <= APC_LEVEL. Any thread.
 * @returns STATUS_NOT_FOUND: the caller has set no context on the transaction.
 */
export function FltPrePrepareComplete(
  _Instance: PFLT_INSTANCE, _Transaction: number, _TransactionContext: number,
): NTSTATUS {
  checkIrql('FltPrePrepareComplete', APC_LEVEL);
  return STATUS_NOT_FOUND;
}

/** The same for TRANSACTION_NOTIFY_PREPARE. IRQL <= APC_LEVEL. STATUS_NOT_FOUND. */
export function FltPrepareComplete(
  _Instance: PFLT_INSTANCE, _Transaction: number, _TransactionContext: number,
): NTSTATUS {
  checkIrql('FltPrepareComplete', APC_LEVEL);
  return STATUS_NOT_FOUND;
}

/** The same for TRANSACTION_NOTIFY_COMMIT. PASSIVE_LEVEL. STATUS_NOT_FOUND. */
export function FltCommitComplete(
  _Instance: PFLT_INSTANCE, _Transaction: number, _TransactionContext: number,
): NTSTATUS {
  checkIrql('FltCommitComplete', PASSIVE_LEVEL);
  return STATUS_NOT_FOUND;
}

/** The same for TRANSACTION_NOTIFY_COMMIT_FINALIZE. IRQL <= APC_LEVEL. STATUS_NOT_FOUND. */
export function FltCommitFinalizeComplete(
  _Instance: PFLT_INSTANCE, _Transaction: number, _TransactionContext: number,
): NTSTATUS {
  checkIrql('FltCommitFinalizeComplete', APC_LEVEL);
  return STATUS_NOT_FOUND;
}

/** The same for TRANSACTION_NOTIFY_ROLLBACK. PASSIVE_LEVEL. STATUS_NOT_FOUND. */
export function FltRollbackComplete(
  _Instance: PFLT_INSTANCE, _Transaction: number, _TransactionContext: number,
): NTSTATUS {
  checkIrql('FltRollbackComplete', PASSIVE_LEVEL);
  return STATUS_NOT_FOUND;
}
