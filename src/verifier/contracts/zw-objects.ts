// Contracts: events, processes and transactions by handle.
import { ANY, PASSIVE, family, row } from './contract.ts';

const ntifs = family('ntifs', {
  IoGetTransactionParameterBlock: row('FileObject*', ANY,
    'The transaction a file object was opened in; NULL, for none ever is.',
    { returns: 'NULL', inferred: true }),
  ZwClearEvent: row('EventHandle', PASSIVE, 'Resets an event.',
    { statuses: 'STATUS_INVALID_HANDLE' }),
  ZwCreateEvent: row('EventHandle> DesiredAccess ObjectAttributes? EventType InitialState',
    PASSIVE, 'Makes an event with a handle.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER STATUS_NOT_IMPLEMENTED',
      takes: 'handle EventHandle: ZwClose',
    }),
  ZwSetEvent: row('EventHandle PreviousState>?', PASSIVE, 'Signals an event.',
    { statuses: 'STATUS_INVALID_HANDLE' }),
  ZwWaitForSingleObject: row('Handle Alertable Timeout?', PASSIVE,
    'Waits for the object of a handle: an event, a thread, a file.',
    { statuses: 'STATUS_OBJECT_TYPE_MISMATCH STATUS_TIMEOUT STATUS_INVALID_HANDLE' }),
});

const ntddk = family('ntddk', {
  ZwOpenProcess: row('ProcessHandle> DesiredAccess ObjectAttributes? ClientId?', PASSIVE,
    'Opens a process by its identity.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_CID STATUS_INVALID_PARAMETER_MIX',
      takes: 'handle ProcessHandle: ZwClose',
    }),
});

const wdm = family('wdm', {
  ZwQueryInformationTransaction: row('TransactionHandle TransactionInformationClass ' +
    'TransactionInformation? TransactionInformationLength ReturnLength>?', PASSIVE,
    'Asks about a transaction; there is none in the machine.',
    { statuses: 'STATUS_INVALID_HANDLE STATUS_OBJECT_TYPE_MISMATCH' }),
});

export const zwObjects = { ...ntifs, ...ntddk, ...wdm };
