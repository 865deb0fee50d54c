// Contracts: oplocks.
import { APC, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltCheckOplock: row('Oplock* CallbackData* Context? WaitCompletionRoutine? ' +
                    'PrePostCallbackDataRoutine?', APC,
    'FltCheckOplockEx without flags; the create option FILE_COMPLETE_IF_OPLOCKED counts.', {
      returns: 'FLT_PREOP_SUCCESS_WITH_CALLBACK: goes on, perhaps with ' +
        'STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus. FLT_PREOP_PENDING: waits for the ' +
        'break. FLT_PREOP_COMPLETE: IoStatus holds the error.',
      thread: 'a pre-operation callback, or a worker with the pended operation; never a wait ' +
        'routine',
      rules: 'DIS-24 OP-2 OPL-1 OPL-3..12 PRE-15',
    }),
  FltCheckOplockEx: row('Oplock* CallbackData* Flags Context? WaitCompletionRoutine? ' +
                      'PrePostCallbackDataRoutine?', APC,
    'Synchronises an IRP-based operation with the oplocks of its stream: breaks what is in ' +
      'its way, and waits or pends until the break is over.', {
      returns: 'FLT_PREOP_SUCCESS_WITH_CALLBACK: goes on, perhaps with ' +
        'STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus. FLT_PREOP_PENDING: waits for the ' +
        'break. FLT_PREOP_COMPLETE: IoStatus holds the error.',
      thread: 'a pre-operation callback, or a worker with the pended operation; never a wait ' +
        'routine',
      rules: 'DIS-3 DIS-4 DIS-24 DIS-26 OPL-1 OPL-3..13',
    }),
  FltCurrentBatchOplock: row('Oplock*', APC,
    'Whether a Batch or a Filter oplock is held, one that is breaking included.',
    { returns: 'BOOLEAN', rules: 'OPL-1 7.4' }),
  FltCurrentOplock: row('Oplock*', APC,
    'Whether any oplock is held, one that is breaking included.',
    { returns: 'BOOLEAN', rules: 'OPL-1 7.4' }),
  FltCurrentOplockH: row('Oplock*', APC,
    'Whether an oplock with the handle level is held, one that is breaking included.',
    { returns: 'BOOLEAN', rules: 'OPL-1 7.4' }),
  FltInitializeOplock: row('Oplock*', APC,
    'Makes the OPLOCK of a stream ready: nobody holds anything.',
    { takes: 'oplock Oplock: FltUninitializeOplock', rules: 'OPL-1 OPL-2' }),
  FltOplockBreakH: row('Oplock* CallbackData* Flags Context? WaitCompletionRoutine? ' +
                     'PrePostCallbackDataRoutine?', APC,
    'Breaks oplocks with the handle level, and only that level: for a create in a share ' +
      'conflict.', {
      returns: 'FLT_PREOP_SUCCESS_WITH_CALLBACK: goes on, perhaps with ' +
        'STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus. FLT_PREOP_PENDING: waits for the ' +
        'break. FLT_PREOP_COMPLETE: IoStatus holds the error.',
      thread: 'a pre-operation callback, or a worker with the pended operation; never a wait ' +
        'routine',
      rules: 'OPL-1 OPL-3 OPL-5..8 OPL-10 OPL-11 OPL-14',
    }),
  FltOplockBreakToNone: row('Oplock* CallbackData* Context? WaitCompletionRoutine? ' +
                          'PrePostCallbackDataRoutine?', APC,
    'Breaks every oplock at once, whatever the keys.', {
      returns: 'FLT_PREOP_SUCCESS_WITH_CALLBACK: goes on, perhaps with ' +
        'STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus. FLT_PREOP_PENDING: waits for the ' +
        'break. FLT_PREOP_COMPLETE: IoStatus holds the error.',
      thread: 'a pre-operation callback, or a worker with the pended operation; never a wait ' +
        'routine',
      rules: 'OPL-1 OPL-3 OPL-5..8 OPL-10 OPL-11 OPL-14',
    }),
  FltOplockBreakToNoneEx: row('Oplock* CallbackData* Flags Context? WaitCompletionRoutine? ' +
                            'PrePostCallbackDataRoutine?', APC,
    'FltOplockBreakToNone with OPLOCK_FLAG_COMPLETE_IF_OPLOCKED, or 0, as flags.', {
      returns: 'FLT_PREOP_SUCCESS_WITH_CALLBACK: goes on, perhaps with ' +
        'STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus. FLT_PREOP_PENDING: waits for the ' +
        'break. FLT_PREOP_COMPLETE: IoStatus holds the error.',
      thread: 'a pre-operation callback, or a worker with the pended operation; never a wait ' +
        'routine',
      rules: 'OPL-1 OPL-3 OPL-5..8 OPL-10 OPL-11 OPL-14',
    }),
  FltOplockFsctrl: row('Oplock* CallbackData* OpenCount', APC,
    'FltOplockFsctrlEx without flags.', {
      returns: 'FLT_PREOP_PENDING: granted, or waiting for a break. FLT_PREOP_COMPLETE: ' +
        'IoStatus holds the result.',
      thread: 'a pre-operation callback of a file-system control or a create',
      rules: 'OP-2 OPL-1 OPL-3 OPL-15..21 PRE-15',
    }),
  FltOplockFsctrlEx: row('Oplock* CallbackData* OpenCount Flags', APC,
    'Carries out an oplock control: a request, an acknowledgement, FSCTL_OPLOCK_BREAK_NOTIFY.', {
      returns: 'FLT_PREOP_PENDING: granted, or waiting for a break. FLT_PREOP_COMPLETE: ' +
        'IoStatus holds the result.',
      thread: 'a pre-operation callback of a file-system control or a create',
      rules: 'OPL-1 OPL-3 OPL-15..21',
    }),
  FltOplockIsFastIoPossible: row('Oplock?', APC,
    'Whether fast I/O may go on: TRUE for NULL, without an oplock, and with an exclusive one ' +
      'whose break is not under way.', { returns: 'BOOLEAN', rules: 'OPL-1 7.4' }),
  FltOplockIsSharedRequest: row('CallbackData*', APC,
    'Whether an operation asks for a shared oplock (Level 2, R, RH), so that OpenCount tells ' +
      'of byte-range locks.', { returns: 'BOOLEAN', rules: 'OPL-1 7.4' }),
  FltOplockKeysEqual: row('Fo1? Fo2?', APC,
    'Whether two file objects are one, or have keys that match.',
    { returns: 'BOOLEAN', rules: 'OPL-1 7.4' }),
  FltUninitializeOplock: row('Oplock*', APC,
    'Ends the OPLOCK of a stream: requests that pend are completed as broken, operations ' +
      'that wait go on.', { gives: 'oplock Oplock', rules: 'OPL-1 OPL-2' }),
});

export const fltOplocks = fltkernel;
