// Contracts: rundown protection and work queues.
import { ANY, APC, DISPATCH, resident, family, row } from './contract.ts';

const wdm = family('wdm', {
  ExAcquireRundownProtection: row('RunRef*', resident('RunRef', DISPATCH),
    'Takes one protection.', {
      returns: 'BOOLEAN',
      takes: 'rundown protection RunRef: ExReleaseRundownProtection',
      rules: 'KRN-37',
    }),
  ExAcquireRundownProtectionEx: row('RunRef* Count', resident('RunRef', DISPATCH),
    'Takes Count protections at once.', {
      returns: 'BOOLEAN',
      takes: 'rundown protection RunRef: ExReleaseRundownProtectionEx',
      rules: 'KRN-37',
    }),
  ExAllocateCacheAwareRundownProtection: row('PoolType PoolTag', APC,
    'Makes a reference in nonpaged pool.',
    { takes: 'rundown object result: ExFreeCacheAwareRundownProtection', rules: 'KRN-37' }),
  ExFreeCacheAwareRundownProtection: row('RunRefCacheAware*', APC,
    'Frees a reference that is run down.',
    { gives: 'rundown object RunRefCacheAware', rules: 'KRN-37' }),
  ExGetPreviousMode: row('', DISPATCH,
    'Whether the last request of this thread came from an application.'),
  ExInitializeRundownProtection: row('RunRef*', APC,
    'Makes a reference that protects.', { rules: 'KRN-37' }),
  ExInitializeWorkItem: row('Item* Routine* Parameter?', ANY,
    'Makes a work item.', { rules: 'KRN-39..42' }),
  ExQueueWorkItem: row('Item* QueueType', DISPATCH, 'Queues an item.', { rules: 'KRN-39..42' }),
  ExReInitializeRundownProtection: row('RunRef*', APC,
    'Makes a run-down reference protect again.', { rules: 'KRN-37' }),
  ExReleaseRundownProtection: row('RunRef*', resident('RunRef', DISPATCH),
    'Gives up one protection.', { gives: 'rundown protection RunRef', rules: 'KRN-37' }),
  ExReleaseRundownProtectionEx: row('RunRef* Count', resident('RunRef', DISPATCH),
    'Gives up Count protections.', { gives: 'rundown protection RunRef', rules: 'KRN-37' }),
  ExRundownCompleted: row('RunRef*', APC,
    'Marks a reference as run down after the wait: later waits return at once.',
    { rules: 'KRN-37' }),
  ExWaitForRundownProtectionRelease: row('RunRef*', APC,
    'Refuses protection from now on and waits until all that was given is given up.',
    { rules: 'KRN-37' }),
  ProbeForRead: row('Address? Length Alignment', APC, 'Checks that a buffer lies in user space.'),
  ProbeForWrite: row('Address? Length Alignment', APC,
    'ProbeForRead that also writes to each page of the buffer: one that is not there raises.'),
});

const other = family('', {
  ExAcquireRundownProtectionCacheAware: row('RunRefCacheAware*', DISPATCH,
    'Takes one protection.', {
      returns: 'BOOLEAN',
      takes: 'rundown protection RunRefCacheAware: ExReleaseRundownProtectionCacheAware',
      rules: 'KRN-37',
    }),
  ExReInitializeRundownProtectionCacheAware: row('RunRefCacheAware*', APC,
    'Makes a run-down reference protect again.', { rules: 'KRN-37' }),
  ExReleaseRundownProtectionCacheAware: row('RunRefCacheAware*', DISPATCH,
    'Gives up one protection.',
    { gives: 'rundown protection RunRefCacheAware', rules: 'KRN-37' }),
  ExRundownCompletedCacheAware: row('RunRefCacheAware*', APC,
    'Marks a reference as run down after the wait.', { rules: 'KRN-37' }),
  ExWaitForRundownProtectionReleaseCacheAware: row('RunRefCacheAware*', APC,
    'Refuses protection from now on and waits until all is given up.', { rules: 'KRN-37' }),
});

export const exWork = { ...wdm, ...other };
