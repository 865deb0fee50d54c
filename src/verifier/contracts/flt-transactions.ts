// Contracts: transactions.
import { APC, PASSIVE, family, row } from './contract.ts';
import type { Row } from './contract.ts';

const ENLISTMENT = 'Instance* Transaction* TransactionContext?';

/** A routine that says that a pended notification is done. */
function complete(irql: number, notification: string): Row {
  return row(ENLISTMENT, irql, `Says that a pended ${notification} is done.`,
    { statuses: 'STATUS_NOT_FOUND', rules: '9.5' });
}

const fltkernel = family('fltkernel', {
  FltCommitComplete: complete(PASSIVE, 'TRANSACTION_NOTIFY_COMMIT'),
  FltCommitFinalizeComplete: complete(APC, 'TRANSACTION_NOTIFY_COMMIT_FINALIZE'),
  FltEnlistInTransaction: row(
    'Instance* Transaction* TransactionContext* NotificationMask', APC,
    'Enlists the caller in a transaction.', {
      statuses: 'STATUS_FLT_ALREADY_ENLISTED STATUS_FLT_DELETING_OBJECT ' +
        'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER STATUS_INVALID_PARAMETER_4',
      rules: '9.5',
    }),
  FltPrePrepareComplete: complete(APC, 'TRANSACTION_NOTIFY_PREPREPARE'),
  FltPrepareComplete: complete(APC, 'TRANSACTION_NOTIFY_PREPARE'),
  FltRollbackComplete: complete(PASSIVE, 'TRANSACTION_NOTIFY_ROLLBACK'),
  FltRollbackEnlistment: row(ENLISTMENT, APC, 'Rolls a transaction back.',
    { statuses: 'STATUS_NOT_FOUND', rules: '9.5' }),
});

export const fltTransactions = fltkernel;
