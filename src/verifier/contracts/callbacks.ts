// Contracts: the callbacks that a driver gives to the kernel. Here the level is the highest one at
// which the kernel calls, and the statuses are what the callback may answer.
import { APC, DISPATCH, PASSIVE, family, row } from './contract.ts';

const OPERATION = 'Data* FltObjects* CompletionContext';

const fltkernel = family('fltkernel', {
  PFLT_PRE_OPERATION_CALLBACK: row(`${OPERATION}>`, APC,
    'Is called before an operation goes further down; from the highest altitude to the lowest.', {
      returns: 'FLT_PREOP_SUCCESS_WITH_CALLBACK, FLT_PREOP_SUCCESS_NO_CALLBACK, ' +
        'FLT_PREOP_PENDING, FLT_PREOP_DISALLOW_FASTIO, FLT_PREOP_COMPLETE, ' +
        'FLT_PREOP_SYNCHRONIZE, FLT_PREOP_DISALLOW_FSFILTER_IO',
      thread: 'the one that issued the operation, unless a higher filter pended it',
      rules: 'PRE-1..19 OP-13 OP-14 3.1',
    }),
  PFLT_POST_OPERATION_CALLBACK: row(`${OPERATION}? Flags`, DISPATCH,
    'Is called when an operation has been completed below; from the lowest altitude up.', {
      returns: 'FLT_POSTOP_FINISHED_PROCESSING, FLT_POSTOP_MORE_PROCESSING_REQUIRED, ' +
        'FLT_POSTOP_DISALLOW_FSFILTER_IO',
      thread: 'any, up to DISPATCH_LEVEL; for a create the issuing thread at PASSIVE_LEVEL; for ' +
        'fast I/O the pre-operation callback\'s at PASSIVE_LEVEL; after FLT_PREOP_SYNCHRONIZE ' +
        'the pre-operation callback\'s up to APC_LEVEL; while draining up to APC_LEVEL',
      rules: 'POST-1..11 4.1 4.2',
    }),
  PFLT_FILTER_UNLOAD_CALLBACK: row('Flags', PASSIVE,
    'Is asked to unload the filter: closes its port, unregisters it and cleans up.', {
      statuses: 'STATUS_FLT_DO_NOT_DETACH',
      thread: 'a system thread',
      rules: 'LC-14 LC-15 LC-17 1.4',
    }),
  PFLT_INSTANCE_SETUP_CALLBACK: row(
    'FltObjects* Flags VolumeDeviceType VolumeFilesystemType', PASSIVE,
    'Is asked whether an instance may be attached to a volume.', {
      statuses: 'STATUS_FLT_DO_NOT_ATTACH',
      thread: 'the one that starts filtering, attaches, or sends the first operation',
      rules: 'LC-12 LC-13 DIS-17 1.6',
    }),
  PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK: row('FltObjects* Flags', PASSIVE,
    'Is asked whether an instance may be detached by hand.',
    { statuses: 'STATUS_FLT_DO_NOT_DETACH', rules: 'TD-1 1.7' }),
  PFLT_INSTANCE_TEARDOWN_CALLBACK: row('FltObjects* Reason', PASSIVE,
    'Is told that an instance goes: at the start to let operations go, at the end to close files.',
    { rules: 'TD-1..7 1.7' }),
  PFLT_CONTEXT_CLEANUP_CALLBACK: row('Context* ContextType', APC,
    'Cleans a context up right before its memory is freed.', {
      thread: 'the one that released last, or a system worker',
      rules: 'CTX-5 CTX-14',
    }),
  PFLT_COMPLETED_ASYNC_IO_CALLBACK: row('CallbackData* Context?', DISPATCH,
    'Is called when I/O that the filter initiated has ended, whatever the outcome.',
    { thread: 'any', rules: 'IO-8 IO-9' }),
  PFLT_GET_OPERATION_STATUS_CALLBACK: row(
    'FltObjects* IopbSnapshot* OperationStatus RequesterContext?', APC,
    'Is told what the file system returned for an operation.',
    { thread: 'the one that passed the operation down', rules: 'PEND-33..35' }),
  PFLT_DEFERRED_IO_WORKITEM_ROUTINE: row('FltWorkItem* CallbackData* Context?', PASSIVE,
    'Works on an operation that was posted, completes it, and frees the work item.',
    { thread: 'a system worker', rules: 'PEND-9 PEND-13 PEND-15' }),
  PFLT_GENERIC_WORKITEM_ROUTINE: row('FltWorkItem* FltObject* Context?', PASSIVE,
    'Does work that belongs to no operation.',
    { thread: 'a system worker', rules: 'PEND-17' }),
  PFLT_COMPLETE_CANCELED_CALLBACK: row('CallbackData*', DISPATCH,
    'Completes an operation that was cancelled while the filter kept it.',
    { thread: 'any; no lock is held', rules: 'PEND-28 PEND-29' }),
  PFLT_CALLBACK_DATA_QUEUE_INSERT_IO: row('Cbdq* Cbd* InsertContext?', DISPATCH,
    'Puts an operation into the filter\'s own list; the queue is locked.', {
      returns: 'the same success status always, or a failure: nothing is queued then',
      rules: 'PEND-18..20',
    }),
  PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO: row('Cbdq* Cbd*', DISPATCH,
    'Takes an operation out of the filter\'s own list; the queue is locked.',
    { rules: 'PEND-18 PEND-19' }),
  PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO: row('Cbdq* Cbd? PeekContext?', DISPATCH,
    'Finds the next operation that matches; the queue is locked.',
    { returns: 'the operation, or NULL', rules: 'PEND-18 PEND-19 PEND-23' }),
  PFLT_CALLBACK_DATA_QUEUE_ACQUIRE: row('Cbdq* Irql>?', DISPATCH,
    'Takes the lock of the queue.', { rules: 'PEND-18 PEND-19 PEND-25' }),
  PFLT_CALLBACK_DATA_QUEUE_RELEASE: row('Cbdq* Irql', DISPATCH,
    'Releases the lock of the queue.', { rules: 'PEND-18 PEND-19 PEND-25' }),
  PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO: row('Cbdq* Cbd*', DISPATCH,
    'Completes an operation that was cancelled in the queue and has been taken out of it.',
    { thread: 'any; the queue is not locked', rules: 'PEND-19 PEND-21 PEND-26' }),
  PFLT_GENERATE_FILE_NAME: row(
    'Instance* FileObject* Data? NameOptions CacheFileNameInformation> FileName*', PASSIVE,
    'Makes the name of a file for who asks from above the name provider.',
    { thread: 'the one that asks for the name', rules: 'NAM-10' }),
  PFLT_NORMALIZE_NAME_COMPONENT: row(
    'Instance* ParentDirectory* VolumeNameLength Component* ExpandComponentName* ' +
      'ExpandComponentNameLength Flags NormalizationContext>', PASSIVE,
    'Expands one component of a name.',
    { thread: 'the one that asks for the name', rules: 'NAM-10' }),
  PFLT_NORMALIZE_NAME_COMPONENT_EX: row(
    'Instance* FileObject* ParentDirectory* VolumeNameLength Component* ExpandComponentName* ' +
      'ExpandComponentNameLength Flags NormalizationContext>', PASSIVE,
    'Expands one component of the name of a file.',
    { thread: 'the one that asks for the name', rules: 'NAM-10' }),
  PFLT_NORMALIZE_CONTEXT_CLEANUP: row('NormalizationContext>', PASSIVE,
    'Cleans up what the normalisation of a name has left.', { rules: 'NAM-10' }),
  PFLT_CONNECT_NOTIFY: row(
    'ClientPort* ServerPortCookie? ConnectionContext? SizeOfContext ConnectionPortCookie>', PASSIVE,
    'Is asked whether an application may connect; remembers its port.', {
      returns: 'a failing status refuses the connection',
      takes: 'client port ClientPort: FltCloseClientPort',
      thread: 'the application\'s',
      rules: 'PORT-3',
    }),
  PFLT_DISCONNECT_NOTIFY: row('ConnectionCookie?', PASSIVE,
    'Is told that an application is gone, or that the filter unloads; closes the client port.',
    { rules: 'PORT-4' }),
  PFLT_MESSAGE_NOTIFY: row(
    'PortCookie? InputBuffer? InputBufferLength OutputBuffer? OutputBufferLength ' +
      'ReturnOutputBufferLength>', PASSIVE,
    'Gets a message of an application; both buffers are user addresses, to be probed.',
    { thread: 'the application\'s', rules: 'PORT-5' }),
  PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE: row('Context? CallbackData*', APC,
    'Is told the status of an IRP-based lock operation.',
    { returns: 'a failing status takes the granted lock away', rules: 'LOCK-4' }),
  PFLT_TRANSACTION_NOTIFICATION_CALLBACK: row(
    'FltObjects* TransactionContext? NotificationMask', PASSIVE,
    'Is told what becomes of a transaction that the filter is enlisted in.', {
      returns: 'STATUS_PENDING when one of the Complete routines follows',
      rules: '9.5',
    }),
  PFLTOPLOCK_WAIT_COMPLETE_ROUTINE: row('CallbackData* Context?', APC,
    'Is called when the operation need not wait any more for the break of an oplock; looks at ' +
      'IoStatus first.',
    { thread: 'any; also before the check routine has returned', rules: 'OPL-5 OPL-7 OPL-8' }),
  PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE: row('CallbackData* Context?', APC,
    'Is called right before an operation is pended for the break of an oplock.',
    { thread: 'the one that called the check routine', rules: 'OPL-5 OPL-9' }),
}, 'callback');

const wdm = family('wdm', {
  PDRIVER_DISPATCH: row('DeviceObject* Irp*', DISPATCH,
    'Handles an IRP of one major function.',
    { returns: 'the status, STATUS_PENDING when it completes later', rules: 'KRN-41' }),
  PIO_COMPLETION_ROUTINE: row('DeviceObject? Irp* Context?', DISPATCH,
    'Is called when the driver below has completed an IRP.', {
      statuses: 'STATUS_MORE_PROCESSING_REQUIRED',
      thread: 'any',
    }),
  PDRIVER_CANCEL: row('DeviceObject? Irp*', DISPATCH,
    'Cancels an IRP; called with the cancel spin lock held, which it releases.',
    { thread: 'the one that cancels', rules: 'KRN-18' }),
  PIO_WORKITEM_ROUTINE: row('IoObject* Context?', PASSIVE,
    'Is the routine of a device\'s work item.',
    { thread: 'a system worker', rules: 'KRN-39..41' }),
  PALLOCATE_FUNCTION: row('PoolType NumberOfBytes Tag', DISPATCH,
    'Allocates an entry of a lookaside list.', { returns: 'the entry, or NULL', rules: 'KRN-49' }),
  PFREE_FUNCTION: row('Buffer*', DISPATCH,
    'Frees an entry of a lookaside list.', { rules: 'KRN-49' }),
  PRTL_QUERY_REGISTRY_ROUTINE: row(
    'ValueName? ValueType ValueData? ValueLength Context? EntryContext?', PASSIVE,
    'Is called for each registry value that was asked for.'),
  KDEFERRED_ROUTINE: row('Dpc* DeferredContext? SystemArgument1? SystemArgument2?', DISPATCH,
    'Is a DPC: it runs at DISPATCH_LEVEL and may not wait.', { thread: 'any', rules: 'KRN-4' }),
}, 'callback');

const ntifs = family('ntifs', {
  PUNLOCK_ROUTINE: row('Context? FileLockInfo*', APC,
    'Is told of each byte-range lock that is removed.', { rules: 'LOCK-4' }),
}, 'callback');

const ntddk = family('ntddk', {
  PRTL_AVL_COMPARE_ROUTINE: row('Table* FirstStruct* SecondStruct*', DISPATCH,
    'Orders two elements of a table.',
    { returns: 'GenericLessThan, GenericGreaterThan, GenericEqual' }),
  PRTL_AVL_ALLOCATE_ROUTINE: row('Table* ByteSize', DISPATCH,
    'Allocates an element of a table.', { returns: 'the memory, or NULL' }),
  PRTL_AVL_FREE_ROUTINE: row('Table* Buffer*', DISPATCH, 'Frees an element of a table.'),
}, 'callback');

const other = family('', {
  PWORKER_THREAD_ROUTINE: row('Parameter?', PASSIVE,
    'Is the routine of a work item; leaves IRQL and APC state as it found them.',
    { thread: 'a system worker', rules: 'KRN-39..41' }),
}, 'callback');

export const callbacks = { ...fltkernel, ...wdm, ...ntifs, ...ntddk, ...other };
