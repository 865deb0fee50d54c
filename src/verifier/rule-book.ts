// The rules that the verifier judges by: one row each with what a finding says beside its own
// cause. A rule's name begins with the kind of fault that it detects. Plain data: reports, SARIF
// and the check of suppression files read it on the host, the judge in the machine.
import * as code from '../ntos/ke/bug-check-codes.ts';

/** What happens when a rule is broken, unless a suppression says otherwise. */
export type Reaction =
  /** The machine ends with the bug check. */
  | 'break'
  /** It is reported once and the machine goes on: Windows would notice nothing, or later. */
  | 'once';

export interface RuleRow {
  /** One line: what the rule wants. */
  readonly title: string;
  readonly reaction: Reaction;
  /** The bug check that Windows raises, or would if it looked. */
  readonly code: number;
  /** Fact ids and documents. */
  readonly source: string;
  /** What to do. */
  readonly advice: string;
}

const verifier = code.DRIVER_VERIFIER_DETECTED_VIOLATION;

/** Every rule by name. */
export const ruleBook = {
  'lock-order': {
    title: 'Locks are acquired in one order everywhere',
    reaction: 'break', code: verifier, source: 'Driver Verifier deadlock detection, 0xC4/0x1001',
    advice: 'decide on one order for these locks and keep to it, or acquire the second one with ' +
      'a routine that does not wait and let go of the first when it fails',
  },
  'lock-order.resource': {
    title: 'Resources are acquired in one order with all other locks',
    reaction: 'break', code: verifier, source: 'DIS-27; Driver Verifier, 0xC4/0x1001',
    advice: 'decide on one order, as for any lock; where what Windows does matters more than a ' +
      'deadlock that it does not look for, remove the rule by a suppression',
  },
  'lock-usage.recursion': {
    title: 'A lock that is not recursive is not acquired by its holder',
    reaction: 'break', code: verifier, source: 'KRN-15, KRN-16, KRN-23, KRN-28, KRN-34',
    advice: 'release the lock before calling what acquires it, or split the inner routine into ' +
      'one that expects the lock to be held',
  },
  'lock-usage.shared-recursion': {
    title: 'A push lock is not acquired shared by a thread that has it shared',
    reaction: 'once', code: verifier, source: 'KRN-34',
    advice: 'acquire it once per thread: the second request stops behind an exclusive waiter, ' +
      'who waits for the first',
  },
  'lock-usage.wrong-owner': {
    title: 'A lock is released by the thread that acquired it',
    reaction: 'break', code: verifier, source: 'KRN-15, KRN-22, KRN-23, KRN-30, KRN-36',
    advice: 'release in the thread that acquired; a post-operation callback may run anywhere, so ' +
      'hold a reference or a rundown protection across an operation instead of a lock',
  },
  'lock-usage.held-across-return': {
    title: 'A driver routine returns with the locks that it was entered with',
    reaction: 'break', code: verifier, source: '12.1 violation 29, KRN-2',
    advice: 'release on every way out of the routine, errors and exceptions included',
  },
  'lock-usage.held-across-io': {
    title: 'A driver does not hold a lock exclusively while it waits for I/O of its own',
    reaction: 'once', code: verifier, source: 'KRN-25, performing I/O with locks held',
    advice: 'mark the object busy, release the lock, do the I/O, acquire it again and look at ' +
      'the state anew: what is below may need the same lock in another thread',
  },
  'lock-usage.memory-freed': {
    title: 'Memory that contains a held lock is not freed, a held lock is not deleted',
    reaction: 'break', code: verifier, source: '0xC4/0x100B',
    advice: 'release the lock before the memory goes',
  },
  'lock-usage.kept-at-unload': {
    title: 'A driver unloads with none of its locks held',
    reaction: 'break', code: verifier, source: '0xC4/0x100A',
    advice: 'find who acquired it, and release it before the unload callback returns',
  },
  'paged-memory': {
    title: 'Pageable memory is not touched at DISPATCH_LEVEL or above',
    reaction: 'break', code: code.DRIVER_IRQL_NOT_LESS_OR_EQUAL, source: 'KRN-3, POST-5, 12.2',
    advice: 'allocate what a post-operation callback needs from nonpaged pool, or defer the work ' +
      'to PASSIVE_LEVEL (FltDoCompletionProcessingWhenSafe, a work item)',
  },
  'lifetime.use-after-free': {
    title: 'Pool is not touched after it was freed',
    reaction: 'break', code: code.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL,
    source: '12.2 special pool, 0xCC, 0xD5',
    advice: 'find who freed it and who still has the pointer; a reference or a lock has to keep ' +
      'one from the other',
  },
  'lifetime.overrun': {
    title: 'A block of pool is not touched beyond its end',
    reaction: 'break', code: code.DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION,
    source: '12.2 special pool, 0xCD, 0xD6',
    advice: 'allocate as much as is used, and check lengths before copying',
  },
  'lifetime.underrun': {
    title: 'A block of pool is not touched before its start',
    reaction: 'break', code: code.DRIVER_PAGE_FAULT_BEYOND_END_OF_ALLOCATION,
    source: '12.2 special pool, 0xCD, 0xD6',
    advice: 'look for an offset that became negative, or a pointer to the wrong structure',
  },
  'lifetime.callback-data': {
    title: 'Callback data is touched only by the filter that has the operation',
    reaction: 'break', code: code.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL,
    source: '2.3, PRE-14, POST-3, 12.1 violation 24',
    advice: 'copy what is needed later while the callback runs; a pointer to callback data is ' +
      'worth nothing once the operation has left the filter',
  },
  'lifetime.reference': {
    title: 'Only references that were taken are dropped',
    reaction: 'break', code: verifier, source: 'LC-5, VER-3',
    advice: 'call FltObjectDereference once for each successful FltObjectReference and for each ' +
      'object that a routine gave with a reference; not for those in FLT_RELATED_OBJECTS',
  },
  'lifetime.given-away': {
    title: 'Callback data is not touched after the operation was given to another thread',
    reaction: 'break', code: code.DRIVER_PAGE_FAULT_IN_FREED_SPECIAL_POOL, source: 'PRE-14, PEND-2',
    advice: 'write every field before queueing, and return at once: the worker may have ' +
      'completed the operation already',
  },
  'double-complete.two-owners': {
    title: 'A callback that gave its operation away says so by its answer',
    reaction: 'break', code: verifier, source: 'PEND-3, 12.1 violation 28',
    advice: 'return FLT_PREOP_PENDING or FLT_POSTOP_MORE_PROCESSING_REQUIRED once the operation ' +
      'is queued or parked, whatever happens then',
  },
  'contract.null-pointer': {
    title: 'The NULL page is not touched',
    reaction: 'break', code: code.KMODE_EXCEPTION_NOT_HANDLED, source: 'STATUS_ACCESS_VIOLATION',
    advice: 'look at the status of the routine that should have given the pointer before using it',
  },
  'leak.pool': {
    title: 'A driver that unloads has freed all pool that it allocated',
    reaction: 'break', code: verifier, source: '12.2 pool tracking, 0xC4/0x62',
    advice: 'free on every way out, and what is still in lists before the unload returns',
  },
  'contract.queue-refused': {
    title: 'An operation that could not be queued is not kept',
    reaction: 'break', code: verifier, source: 'PEND-10, PEND-11',
    advice: 'look at the status of FltQueueDeferredIoWorkItem: item and operation are still the ' +
      'callback\'s when it failed; go on inline, or choose FLT_PREOP_SYNCHRONIZE beforehand',
  },
  'contract.foreign-instance': {
    title: 'I/O of a filter begins at one of its own instances',
    reaction: 'break', code: verifier, source: 'IO-1, IO-13, FltAllocateCallbackData',
    advice: 'pass FltObjects->Instance: filters above must not see the request, and those below ' +
      'must; the instance of another filter makes it pass the wrong ones',
  },
  'contract.create-not-cancelled': {
    title: 'A create that succeeded and is failed afterwards is taken back',
    reaction: 'break', code: verifier, source: 'POST-18, POST-21, FltCancelFileOpen',
    advice: 'call FltCancelFileOpen in post-create before the failing status is set: the file ' +
      'stays open below otherwise, with its share access',
  },
  'contract.oplock-break-unread': {
    title: 'After an oplock check that may skip its wait, the status is looked at',
    reaction: 'once', code: verifier, source: 'OPL-11, FltCheckOplockEx',
    advice: 'test IoStatus.Status for STATUS_OPLOCK_BREAK_IN_PROGRESS before relying on what the ' +
      'holder of the oplock may still change',
  },
  'oplock-state.unchecked': {
    title: 'A filter that owns an oplock checks it in every operation that can break it',
    reaction: 'once', code: verifier, source: 'OPL-4',
    advice: 'call FltCheckOplockEx in the pre-operation callbacks of cleanup, create, ' +
      'file-system control, flush, lock control, read, set information, write and section ' +
      'synchronisation',
  },
  'toctou.name': {
    title: 'What was decided on a name holds for the file that is opened',
    reaction: 'once', code: verifier, source: 'names in pre-create, CVE-2020-17103 and its kin',
    advice: 'decide in post-create on the file that was opened, and take the open back with ' +
      'FltCancelFileOpen; before the create the name may still come to mean another file',
  },
  'buffer.foreign-context': {
    title: 'A user address is touched only where it means something',
    reaction: 'break', code: code.PAGE_FAULT_IN_NONPAGED_AREA, source: 'BUF-2, 0x50, 0xC4/0xE0',
    advice: 'lock the buffer in the context of the request (FltLockUserBuffer) and use the ' +
      'address that MmGetSystemAddressForMdlSafe gives in any other thread',
  },
  'contract.top-level-irp': {
    title: 'TopLevelIrp is given back as it was',
    reaction: 'break', code: verifier, source: 'KRN-43, KRN-45',
    advice: 'save what IoGetTopLevelIrp says and set it again on every way out',
  },
  'drain-teardown.normal-processing': {
    title: 'A draining callback only cleans up',
    reaction: 'break', code: verifier, source: 'POST-9, 4.3',
    advice: 'test FLTFL_POST_OPERATION_DRAINING first; free the completion context and return ' +
      'FLT_POSTOP_FINISHED_PROCESSING',
  },
  'drain-teardown.pending-at-unload': {
    title: 'A driver unloads with nothing of its own queued',
    reaction: 'break', code: code.DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
    source: 'KRN-42, 0xCE',
    advice: 'queue work with FltQueueGenericWorkItem, which keeps the driver, or hold a rundown ' +
      'reference per item and wait for it in the unload callback; cancel timers there',
  },
  'drain-teardown.called-after-unload': {
    title: 'Nothing of a driver runs after it was unloaded',
    reaction: 'break', code: code.DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
    source: 'KRN-42, 0xCE',
    advice: 'queue work with FltQueueGenericWorkItem, which keeps the driver, or hold a rundown ' +
      'reference per item and wait for it in the unload callback',
  },
  'stack-depth': {
    title: 'Driver routines inside of each other fit on a kernel stack',
    reaction: 'break', code: code.UNEXPECTED_KERNEL_MODE_TRAP, source: 'IO-1, 0x7F/0x8',
    advice: 'name the own instance when opening a file, so that the open starts below it, or ' +
      'hand the inner operation to a work item',
  },
  'starvation.dispatch': {
    title: 'A driver does not work long at DISPATCH_LEVEL',
    reaction: 'once', code: code.DPC_WATCHDOG_VIOLATION, source: 'KRN-15, 0x133',
    advice: 'hand the work to a work item, or to FltDoCompletionProcessingWhenSafe',
  },
  'leak.reference': {
    title: 'Every reference to a filter, instance or volume is dropped',
    reaction: 'break', code: verifier, source: 'LC-5, LC-15, VER-3',
    advice: 'pair FltObjectReference, and every routine that gives a referenced object, with ' +
      'FltObjectDereference on every way out: the unload waits for it',
  },
  'deadlock': {
    title: 'Threads do not wait for each other',
    reaction: 'break', code: code.MANUALLY_INITIATED_CRASH, source: 'KRN-23, KRN-34, KRN-39',
    advice: 'break the cycle at the step that is easiest to change: one order of locks, no lock ' +
      'held across a wait, a wait with a limit, an operation that is pended instead of waited for',
  },
  'work-queue': {
    title: 'A work routine does not wait for another item of its own queue',
    reaction: 'break', code: code.MANUALLY_INITIATED_CRASH, source: 'KRN-39',
    advice: 'go on in the other item instead of waiting for it, or use a thread of your own: the ' +
      'number of system workers is limited',
  },
  'lost-wakeup': {
    title: 'Who waits for an event is signaled after it began to wait, or finds it signaled',
    reaction: 'break', code: code.MANUALLY_INITIATED_CRASH, source: 'KRN-20',
    advice: 'test the condition again under the lock that guards it right before waiting; use a ' +
      'notification event where several wait, and never KePulseEvent',
  },
  'never-complete': {
    title: 'Every operation that a filter pends is completed',
    reaction: 'break', code: code.MANUALLY_INITIATED_CRASH, source: 'PEND-3',
    advice: 'complete on every way out of the routine that has the operation, also where ' +
      'queueing failed and where the operation is cancelled',
  },
  'irql-rule.return': {
    title: 'A driver routine returns at the IRQL at which it was called',
    reaction: 'break', code: code.IRQL_UNEXPECTED_VALUE, source: 'KRN-2, 12.1 violation 29',
    advice: 'lower the IRQL, or release the spin lock, on every way out of the routine',
  },
  'irql-rule.apc-count': {
    title: 'A driver routine leaves as many regions as it entered',
    reaction: 'break', code: verifier, source: 'KRN-9, 12.1 violation 29, 0xC4/0xC5',
    advice: 'pair KeEnterCriticalRegion with KeLeaveCriticalRegion, and FltAcquireResource with ' +
      'FltReleaseResource rather than ExReleaseResourceLite, on every way out',
  },
} as const satisfies Record<string, RuleRow>;

export type RuleName = keyof typeof ruleBook;

/** Whether a text names a rule, or a kind of fault with rules in it. */
export function isRule(text: string): boolean {
  return ruleNames.some((name) => name === text || name.startsWith(`${text}.`));
}

/** All rules, in the order of the book. */
export const ruleNames = Object.keys(ruleBook) as RuleName[];
