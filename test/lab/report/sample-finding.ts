// A finding of the verifier to print in tests.
import type { LoggedFinding } from '#src/verifier/finding/finding-log.ts';

export function sampleFinding(more: Partial<LoggedFinding> = {}): LoggedFinding {
  return {
    rule: 'lock-usage.held-across-return', reaction: 'break', filter: 'leaky', count: 1,
    cause: 'LeakyPreWrite returned with push lock 0x2d41008 held',
    code: 0xc4, codeName: 'DRIVER_VERIFIER_DETECTED_VIOLATION',
    parameters: [0xc5, 0x1001, 0x2d41008, 6], source: 'KRN-2', processor: 4,
    advice: 'release on every way out of the routine',
    stacks: [
      { title: 'caught here', frames: ['fltmgr!visit (callbacks.js:140)'] },
      { title: 'push lock acquired', frames: ['nt!ExAcquirePushLockExclusive (push-lock.js:50)',
        'leaky!LeakyPreWrite (leaky.js:31)', 'fltmgr!visit (callbacks.js:134)'] },
    ],
    threads: [
      { processor: 0, role: 'control', irql: 0, state: 'idle', routine: '', locks: [] },
      { processor: 4, role: 'requestor', irql: 0, state: 'running', routine: 'LeakyPreWrite',
        locks: [{ kind: 'push lock', address: 0x2d41008, shared: false,
          stack: ['nt!ExAcquirePushLockExclusive (push-lock.js:50)',
            'leaky!LeakyPreWrite (leaky.js:31)'] }] },
      { processor: 5, role: 'requestor', irql: 0, state: 'waiting', routine: 'LeakyPreWrite',
        waitsFor: 'push lock 0x2d41008', locks: [] },
    ],
    history: ['requestor 4, IRQL 0: leaky!LeakyPreWrite entered'],
    fingerprint: 'lock-usage.held-across-return|leaky|LeakyPreWrite', ...more,
  };
}
