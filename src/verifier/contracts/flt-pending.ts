// Contracts: operations that a callback keeps, work items, cancelling.
import { ANY, APC, DISPATCH, PASSIVE, COMPLETING, PAGING_IO, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltAllocateDeferredIoWorkItem: row('', DISPATCH,
    'Allocates a deferred I/O work item from nonpaged pool.', {
      returns: 'the item; NULL without memory',
      takes: 'deferred work item result: FltFreeDeferredIoWorkItem',
      rules: 'PEND-8',
    }),
  FltAllocateGenericWorkItem: row('', DISPATCH,
    'Allocates a generic work item from nonpaged pool.', {
      returns: 'the item; NULL without memory',
      takes: 'generic work item result: FltFreeGenericWorkItem',
      rules: 'PEND-16',
    }),
  FltCancelFileOpen: row('Instance* FileObject*', PASSIVE,
    'Closes a file that a create has just opened.', {
      thread: 'the post-create callback, or the worker it posted the create to',
      rules: 'DIS-5 POST-18..22',
    }),
  FltCancelIo: row('CallbackData*', DISPATCH,
    'Asks that an operation which the filter initiated end early.', {
      returns: 'TRUE only when a driver below had a cancel routine, which was called; FALSE ' +
        'when only the cancel flag was set, when it was set before, or when nothing is under ' +
        'way (PEND-30)',
      rules: 'IO-11 PEND-30 TD-2',
    }),
  FltCbdqDisable: row('Cbdq*', DISPATCH,
    'Makes the queue refuse operations.', { rules: 'PEND-24 TD-2' }),
  FltCbdqEnable: row('Cbdq*', DISPATCH,
    'Lets the queue take operations again.', { rules: 'PEND-24' }),
  FltCbdqInitialize: row('Instance* Cbdq* CbdqInsertIo* CbdqRemoveIo* CbdqPeekNextIo* ' +
                       'CbdqAcquire* CbdqRelease* CbdqCompleteCanceledIo*', ANY,
    'Makes a callback data queue of the filter\'s own six routines; it is enabled.',
    { rules: 'PEND-18 PEND-26' }),
  FltCbdqInsertIo: row('Cbdq* Cbd* Context? InsertContext?', DISPATCH,
    'Puts an operation into the queue; the caller then pends it.', {
      statuses: 'STATUS_FLT_CBDQ_DISABLED STATUS_PENDING',
      gives: 'operation Cbd',
      rules: 'PEND-20 PEND-21',
    }),
  FltCbdqRemoveIo: row('Cbdq* Context*', DISPATCH,
    'Takes a particular operation out.', {
      returns: 'the operation, which is the caller\'s now; NULL when it was removed before ' +
        'or cancelled',
      takes: 'operation result: FltCompletePendedPreOperation',
      rules: 'PEND-22',
    }),
  FltCbdqRemoveNextIo: row('Cbdq* PeekContext?', DISPATCH,
    'Takes the next matching operation out that is not cancelled.', {
      returns: 'the operation, or NULL',
      takes: 'operation result: FltCompletePendedPreOperation',
      rules: 'PEND-23 PEND-24',
    }),
  FltClearCancelCompletion: row('CallbackData*', ANY,
    'Takes the cancel routine of an operation away again; the worker does so before it ' +
      'completes the operation.', {
      statuses: 'STATUS_CANCELLED',
      returns: 'STATUS_SUCCESS: the operation is the caller\'s. STATUS_CANCELLED: no routine ' +
        'was set, or cancelling has begun and completes the operation.',
      rules: 'PEND-29',
    }),
  FltCompletePendedPostOperation: row('Data*', DISPATCH,
    'Completes an operation that the filter pended in its post-operation callback.', {
      thread: 'any; also before the callback has returned FLT_POSTOP_MORE_PROCESSING_REQUIRED',
      gives: 'operation Data',
      rules: 'PEND-2 PEND-13 POST-3 POST-4 POST-13 TD-2 5.1',
    }),
  FltCompletePendedPreOperation: row('Data* CallbackStatus Context?', COMPLETING,
    'Completes an operation that the filter pended in its pre-operation callback.', {
      thread: 'any; also before the callback has returned FLT_PREOP_PENDING',
      gives: 'operation Data',
      rules: 'DIS-7 PEND-1..6 PEND-13 PEND-26 PRE-1 PRE-14 PRE-15 TD-2 5.1',
    }),
  FltDoCompletionProcessingWhenSafe: row('Data* FltObjects* CompletionContext? Flags ' +
                                       'SafePostCallback* RetPostOperationStatus>', ANY,
    'Runs the rest of a post-operation callback where it may block and touch paged data: at ' +
      'once, or in a system worker.', {
      returns: 'BOOLEAN. FALSE: the safe callback neither ran nor will, and ' +
        'CompletionContext is still the caller\'s. The caller returns ' +
        '*RetPostOperationStatus in any case.',
      thread: 'a post-operation callback of an IRP-based operation that is not draining',
      rules: 'POST-7 POST-9 POST-12..17 4.4',
    }),
  FltFreeDeferredIoWorkItem: row('FltWorkItem*', DISPATCH,
    'Frees a deferred work item that is not queued.',
    { gives: 'deferred work item FltWorkItem', rules: 'PEND-8 PEND-13 PEND-15' }),
  FltFreeGenericWorkItem: row('FltWorkItem*', DISPATCH,
    'Frees a generic work item that is not queued.',
    { gives: 'generic work item FltWorkItem', rules: 'PEND-16' }),
  FltQueueDeferredIoWorkItem: row(
    'FltWorkItem* Data* WorkerRoutine* QueueType Context?', DISPATCH,
    'Posts an operation to a system thread.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_FLT_NOT_SAFE_TO_POST_OPERATION',
      thread: 'any; the caller has the operation and is about to pend it',
      rules: 'KRN-45 PEND-9..15 PEND-28 POST-9 TD-10 5.2',
    }),
  FltQueueGenericWorkItem: row(
    'FltWorkItem* FltObject* WorkerRoutine* QueueType Context?', DISPATCH,
    'Queues work that belongs to no operation.',
    { statuses: 'STATUS_FLT_DELETING_OBJECT', rules: 'KRN-42 LC-15 PEND-17' }),
  FltReissueSynchronousIo: row('InitiatingInstance* CallbackData*', PAGING_IO,
    'Sends an operation again, below InitiatingInstance only, and waits.', {
      thread: 'a post-operation callback of a synchronised operation or a create; or after ' +
        'FltPerformSynchronousIo',
      rules: 'IO-10 POST-6 POST-23..29 PRE-18 4.6',
    }),
  FltRequestOperationStatusCallback: row('CallbackData* CallbackRoutine* RequesterContext?', APC,
    'Asks to be told what the file system returned for the operation.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_PARAMETER',
      thread: 'a pre-operation callback',
      rules: 'OPL-20 PEND-33..35 TD-10',
    }),
  FltSetCancelCompletion: row('CallbackData* CanceledCallback*', DISPATCH,
    'Sets the routine that is called when the operation is cancelled.', {
      statuses: 'STATUS_CANCELLED STATUS_INVALID_PARAMETER',
      thread: 'any; the caller has the operation and is about to post it',
      rules: 'KRN-18 PEND-27 PEND-28',
    }),
});

export const fltPending = fltkernel;
