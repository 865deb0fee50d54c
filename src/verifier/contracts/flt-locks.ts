// Contracts: locks and waits that the Filter Manager wraps, byte-range locks.
import { APC, DISPATCH, IRP_DATA, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltAcquirePushLockExclusive: row('PushLock*', APC,
    'Enters a critical region and acquires a push lock exclusively.', {
      takes: 'push lock PushLock: FltReleasePushLock',
      breach: [0x192, 0],
      rules: 'KRN-8 KRN-33..36',
    }),
  FltAcquirePushLockExclusiveEx: row('PushLock* Flags', APC,
    'FltAcquirePushLockExclusive.', {
      takes: 'push lock PushLock: FltReleasePushLockEx',
      breach: [0x192, 0],
      inferred: true,
      rules: 'KRN-8 KRN-33..36',
    }),
  FltAcquirePushLockShared: row('PushLock*', APC,
    'Enters a critical region and acquires a push lock shared.', {
      takes: 'push lock PushLock: FltReleasePushLock',
      breach: [0x192, 0],
      rules: 'KRN-8 KRN-33..36',
    }),
  FltAcquirePushLockSharedEx: row('PushLock* Flags', APC,
    'FltAcquirePushLockShared with flags, which have no effect here.', {
      takes: 'push lock PushLock: FltReleasePushLockEx',
      breach: [0x192, 0],
      inferred: true,
      rules: 'KRN-8 KRN-33..36',
    }),
  FltAcquireResourceExclusive: row('Resource*', APC,
    'Enters a critical region and acquires an ERESOURCE exclusively.',
    { takes: 'resource Resource: FltReleaseResource', rules: 'KRN-8 KRN-27 KRN-28 KRN-32' }),
  FltAcquireResourceShared: row('Resource*', APC,
    'Enters a critical region and acquires an ERESOURCE shared.',
    { takes: 'resource Resource: FltReleaseResource', rules: 'KRN-8 KRN-27 KRN-28 KRN-32' }),
  FltAllocateFileLock: row('CompleteLockCallbackDataRoutine? UnlockRoutine?', APC,
    'Allocates a FILE_LOCK from paged pool.', {
      returns: 'the lock; NULL without memory',
      takes: 'file lock result: FltFreeFileLock',
      rules: 'LOCK-1 LOCK-4',
    }),
  FltCancellableWaitForMultipleObjects: row('Count ObjectArray* WaitType Timeout? ' +
                                          'WaitBlockArray? CallbackData?', IRP_DATA,
    'Waits for one or all of several objects, as FltCancellableWaitForSingleObject.', {
      statuses: 'STATUS_ABANDONED_WAIT_0 STATUS_ABANDONED_WAIT_63 STATUS_CANCELLED ' +
        'STATUS_THREAD_IS_TERMINATING STATUS_TIMEOUT STATUS_WAIT_0 STATUS_WAIT_63',
      rules: 'PEND-32',
    }),
  FltCancellableWaitForSingleObject: row('Object* Timeout? CallbackData?', IRP_DATA,
    'Waits for a dispatcher object, until the operation is cancelled or the thread is ended.', {
      statuses: 'STATUS_ABANDONED_WAIT_0 STATUS_CANCELLED STATUS_THREAD_IS_TERMINATING ' +
        'STATUS_TIMEOUT',
      rules: 'PEND-32',
    }),
  FltCheckLockForReadAccess: row('FileLock* CallbackData*', APC,
    'Whether locks allow the read.', { returns: 'BOOLEAN', rules: 'LOCK-5 OPL-23' }),
  FltCheckLockForWriteAccess: row('FileLock* CallbackData*', APC,
    'Whether locks allow the write.', { returns: 'BOOLEAN', rules: 'LOCK-5' }),
  FltDeletePushLock: row('PushLock*', APC, 'Before its memory is freed.', { rules: 'KRN-36' }),
  FltFreeFileLock: row('FileLock*', APC,
    'Uninitialises and frees what FltAllocateFileLock made.',
    { gives: 'file lock FileLock', rules: 'LOCK-1' }),
  FltInitializeFileLock: row('FileLock*', APC,
    'Makes a FILE_LOCK without locks and without routines.',
    { takes: 'initialised file lock FileLock: FltUninitializeFileLock', rules: 'LOCK-1' }),
  FltInitializePushLock: row('PushLock*', APC, 'Makes a push lock.', { rules: 'KRN-33' }),
  FltProcessFileLock: row('FileLock* CallbackData* Context?', APC,
    'Carries out an IRP_MJ_LOCK_CONTROL, IRP-based or fast I/O, in a pre-operation callback, ' +
      'which returns what this returns.', {
      returns: 'FLT_PREOP_COMPLETE with the result in IoStatus; FLT_PREOP_PENDING when an ' +
        'IRP has to wait; FLT_PREOP_DISALLOW_FASTIO when fast I/O would have to',
      thread: 'a pre-operation callback of IRP_MJ_LOCK_CONTROL',
      rules: 'LOCK-2..4',
    }),
  FltReleasePushLock: row('PushLock*', APC,
    'Releases a push lock, however it is held, and leaves the critical region.',
    { gives: 'push lock PushLock', rules: 'KRN-33 KRN-36' }),
  FltReleasePushLockEx: row('PushLock* Flags', APC,
    'FltReleasePushLock with flags, which have no effect here.',
    { gives: 'push lock PushLock', inferred: true, rules: 'KRN-33 KRN-36' }),
  FltReleaseResource: row('Resource*', DISPATCH,
    'Releases an ERESOURCE and leaves the critical region.',
    { gives: 'resource Resource', rules: 'KRN-30 KRN-32' }),
  FltUninitializeFileLock: row('FileLock*', APC,
    'Removes every lock.', { gives: 'initialised file lock FileLock', rules: 'LOCK-1' }),
});

export const fltLocks = fltkernel;
