// Contracts: objects to wait for, timers, DPCs, time, the end of the machine.
import { ANY, APC, DISPATCH, PASSIVE, WITH_WAIT, WITH_WAIT_PASSIVE, ZERO_TIMEOUT, family, row
} from './contract.ts';

const ntddk = family('ntddk', {
  KeBugCheck: row('BugCheckCode', ANY, 'Stops the machine, without parameters.'),
  KeGetCurrentProcessorNumber: row('', ANY, 'The number of the processor that runs this.'),
  KePulseEvent: row('Event*', DISPATCH,
    'Releases who waits right now and leaves the event not signaled.',
    { rules: 'KRN-10 KRN-20' }),
});

const wdm = family('wdm', {
  KeBugCheckEx: row('BugCheckCode Parameter1 Parameter2 Parameter3 Parameter4 Evidence?', ANY,
    'Stops the machine.'),
  KeCancelTimer: row('Timer*', DISPATCH, 'Stops a timer.', { returns: 'BOOLEAN' }),
  KeClearEvent: row('Event*', DISPATCH, 'KeResetEvent without the answer.', { rules: 'KRN-20' }),
  KeDelayExecutionThread: row('WaitMode Alertable Interval*', APC,
    'Makes this thread wait for a time.', {
      statuses: 'STATUS_ALERTED STATUS_USER_APC',
      breach: [0xc4, 0x121],
      rules: 'KRN-4 KRN-10 KRN-11',
    }),
  KeGetCurrentProcessorNumberEx: row('ProcNumber>?', ANY,
    'KeGetCurrentProcessorNumber, and its group (always 0) and number where ProcNumber is given.'),
  KeGetCurrentThread: row('', ANY,
    'This thread, as the kernel calls it.', { returns: 'the thread' }),
  KeInitializeDpc: row('Dpc* Routine* Context?', ANY, 'Makes a DPC.'),
  KeInitializeEvent: row('Event* Type State', ANY, 'Makes an event.', { rules: 'KRN-20' }),
  KeInitializeMutex: row('Mutex* Level', ANY,
    'Makes a mutex that nobody owns.', { rules: 'KRN-22' }),
  KeInitializeSemaphore: row('Semaphore* Count Limit', PASSIVE,
    'Makes a semaphore with Count permits of at most Limit.', { rules: 'KRN-21' }),
  KeInitializeTimer: row('Timer*', DISPATCH, 'Makes a notification timer.'),
  KeInitializeTimerEx: row('Timer* Type', DISPATCH,
    'Makes a timer that is not signaled and does not run.'),
  KeInsertQueueDpc: row('Dpc* Arg1 Arg2', ANY, 'Queues a DPC.', { returns: 'BOOLEAN' }),
  KeQueryActiveProcessorCount: row('ActiveProcessors>?', ANY,
    'How many processors the machine has.'),
  KeQueryInterruptTime: row('', ANY, 'The time since boot in units of 100 ns.'),
  KeQuerySystemTime: row('CurrentTime>', ANY, 'Stores the system time: 100 ns since 1601 (UTC).'),
  KeQuerySystemTimePrecise: row('CurrentTime>', ANY,
    'Stores the system time: 100 ns since 1601 (UTC), to a millisecond here.'),
  KeQueryTickCount: row('CurrentCount>', ANY, 'Stores the number of clock ticks since boot.'),
  KeQueryTimeIncrement: row('', ANY, 'How many 100 ns units a clock tick has.'),
  KeReadStateEvent: row('Event*', DISPATCH,
    'The signal state of an event, read without a lock.', { rules: 'KRN-20' }),
  KeReadStateMutex: row('Mutex*', ANY,
    'Whether the mutex is free (1) or owned (less).', { rules: 'KRN-22' }),
  KeReadStateSemaphore: row('Semaphore*', ANY,
    'The permits of a semaphore, read without a lock.', { rules: 'KRN-21' }),
  KeReadStateTimer: row('Timer*', DISPATCH,
    'Whether the timer is signaled.', { returns: 'BOOLEAN' }),
  KeReleaseMutex: row('Mutex* Wait', DISPATCH,
    'Releases one acquisition.', { thread: 'the owner', rules: 'KRN-22' }),
  KeReleaseSemaphore: row('Semaphore* Increment Adjustment Wait', WITH_WAIT_PASSIVE,
    'Gives back Adjustment permits and returns the count before.', { rules: 'KRN-21' }),
  KeRemoveQueueDpc: row('Dpc*', ANY, 'Takes a DPC back.', { returns: 'BOOLEAN' }),
  KeResetEvent: row('Event*', DISPATCH, 'Makes the event not signaled.', { rules: 'KRN-20' }),
  KeSetEvent: row('Event* Increment Wait', WITH_WAIT,
    'Signals an event and returns whether it was signaled before (1) or not (0).',
    { breach: [0xc4, 0x80], rules: 'KRN-20 VER-8' }),
  KeSetTargetProcessorDpc: row('Dpc* Number', ANY, 'Chooses the processor a DPC runs on.'),
  KeSetTimer: row('Timer* DueTime Dpc?', DISPATCH,
    'KeSetTimerEx without a period.', { returns: 'BOOLEAN' }),
  KeSetTimerEx: row('Timer* DueTime Period Dpc?', DISPATCH,
    'Starts a timer.', { returns: 'BOOLEAN' }),
  KeWaitForMultipleObjects: row('Count Object* WaitType WaitReason WaitMode Alertable ' +
                              'Timeout? WaitBlockArray?', ZERO_TIMEOUT,
    'Waits for one or all of several objects.', {
      statuses: 'STATUS_ABANDONED STATUS_ALERTED STATUS_TIMEOUT STATUS_USER_APC',
      thread: 'a thread that may wait',
      breach: [0xc4, 0x121],
      rules: 'KRN-4 KRN-10..12',
    }),
  KeWaitForSingleObject: row('Object* WaitReason WaitMode Alertable Timeout?', ZERO_TIMEOUT,
    'Waits for a dispatcher object.', {
      statuses: 'STATUS_ABANDONED STATUS_ALERTED STATUS_TIMEOUT STATUS_USER_APC',
      thread: 'a thread that may wait',
      breach: [0xc4, 0x121],
      rules: 'KRN-4 KRN-10 KRN-11',
    }),
});

const ntifs = family('ntifs', {
  KeQueryPerformanceCounter: row('PerformanceFrequency>?', ANY, 'A counter in 100 ns units.'),
});

export const keObjects = { ...ntddk, ...wdm, ...ntifs };
