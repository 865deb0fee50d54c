// The feature checklist of the research (section 13): what a user of the machine looks for. A row
// is shown when tests show all of its facts or statements, or when a passing test names the row:
// F-40.

export type Priority = 'core' | 'expected' | 'beyond';

export interface Feature {
  /** `F-1` to `F-231`. */
  readonly id: string;
  readonly group: string;
  readonly priority: Priority;
  /** Fact and statement ids; none: only a test that names the row shows it. */
  readonly refs: string;
  readonly text: string;
}

const C = 'core';
const E = 'expected';
const B = 'beyond';

type Row = readonly [priority: Priority, refs: string, text: string];

const lifecycle: readonly Row[] = [
  [C, 'LC-10 LC-11', 'A filter registers: size, version, flags, tables, callbacks'],
  [C, 'LC-3', 'One table entry per major function, closed by an end mark'],
  [C, 'LC-3 PRE-9', 'Only one of the two callbacks registered'],
  [C, 'LC-2', 'Only registered majors are delivered'],
  [C, 'LC-7', 'Flags that skip paging, cached, file and other non-cached I/O'],
  [C, 'LC-11', 'Statuses of a bad registration'],
  [C, 'LC-12 LC-13', 'FltStartFiltering'],
  [C, 'LC-15', 'FltUnregisterFilter waits for what is outstanding'],
  [C, 'ALT-1', 'Altitudes are parsed and compared as decimals'],
  [E, 'ALT-5', 'Load order groups and their ranges'],
  [C, 'LC-2', 'Pre-operation from high to low, post-operation from low to high'],
  [C, '', 'Instance setup: refusing, flags'],
  [C, 'LC-13', 'Automatic attachment, default instance names'],
  [E, 'ATT-1 ATT-2', 'Attaching by hand, with collisions'],
  [C, 'TD-1', 'Query teardown, by hand only, and its refusal'],
  [C, 'TD-1 TD-2 TD-3 TD-5 TD-7', 'Teardown start and complete, with reasons'],
  [C, 'TD-4 POST-8', 'Draining'],
  [E, 'TD-6', 'Operations with swapped buffers are cancelled instead'],
  [C, 'LC-17', 'The unload callback, mandatory or not'],
  [E, '', 'A filter without an unload callback stays'],
  [B, 'LC-18', 'Loading and unloading other filters'],
  [E, 'TD-8', 'FltDetachVolume'],
  [C, 'LC-5', 'References on filters, volumes and instances'],
  [E, 'LC-6', 'References that routines add'],
  [B, 'LC-4', 'Frames and legacy filters'],
  [E, 'LC-1', 'Several instances of a filter on a volume'],
  [B, '', 'Enumeration and information'],
];

const operations: readonly Row[] = [
  [C, '', 'Major codes and the Filter Manager\'s own'],
  [C, 'OP-1', 'Three kinds of operations and their macros'],
  [C, '', 'Members and flags of callback data'],
  [C, '', 'Members of the parameter block'],
  [C, '', 'Parameters of each major'],
  [C, '', 'The related objects'],
  [C, 'OP-13', 'The dirty mark'],
  [C, 'OP-23', 'Who sees changed parameters'],
  [C, 'PRE-5', 'IoStatus needs no dirty mark'],
  [C, 'OP-13 OP-19', 'What cannot be changed'],
  [B, 'OP-20 OP-21 OP-22', 'Redirecting an operation'],
  [E, 'OP-15', 'Tag data of a reparse'],
  [E, '', 'How buffers travel, per operation'],
  [E, '', 'IRP flags and operation flags'],
  [C, '', 'FltIsOperationSynchronous'],
  [C, 'OP-4 PRE-10', 'Disallowed fast I/O comes again as an IRP'],
  [E, 'OP-6 OP-7 OP-8', 'FSFilter callbacks'],
  [E, 'OP-9 OP-10', 'The two quick queries'],
  [C, 'OP-11 PRE-4', 'Cleanup and close cannot fail'],
  [C, 'S2.6', 'Paging I/O as a class of its own'],
  [B, '', 'Mount, dismount, shutdown'],
  [C, 'OP-17', 'Callback data in nonpaged pool'],
];

const pre: readonly Row[] = [
  [C, 'PRE-8', 'The signature and its out parameter'],
  [C, '', 'FLT_PREOP_SUCCESS_WITH_CALLBACK'],
  [C, '', 'FLT_PREOP_SUCCESS_NO_CALLBACK'],
  [C, 'PRE-14', 'FLT_PREOP_PENDING'],
  [C, '', 'FLT_PREOP_COMPLETE'],
  [C, 'PRE-10', 'FLT_PREOP_DISALLOW_FASTIO and its status'],
  [C, 'PRE-11 PRE-12', 'FLT_PREOP_SYNCHRONIZE'],
  [C, '', 'Synchronising what is no IRP does nothing more'],
  [C, 'PRE-12', 'What must not be synchronised'],
  [E, '', 'FLT_PREOP_DISALLOW_FSFILTER_IO'],
  [C, '', 'Completing: callbacks above run, the own one does not'],
  [C, 'PRE-4', 'Statuses that cannot be final'],
  [C, 'PRE-6', 'Wanting a callback that is not registered: 0xF5/0x66'],
  [C, 'PRE-7', 'A completion context that would be lost'],
  [C, 'PRE-2 PRE-3', 'Level and thread'],
  [C, 'PRE-1', 'Who controls the operation, and until when'],
  [E, 'PRE-19', 'Unknown answers'],
];

const post: readonly Row[] = [
  [C, 'S1.11', 'The signature and its flags'],
  [C, 'S1.22', 'FLT_POSTOP_FINISHED_PROCESSING'],
  [C, 'POST-4', 'FLT_POSTOP_MORE_PROCESSING_REQUIRED'],
  [E, '', 'FLT_POSTOP_DISALLOW_FSFILTER_IO'],
  [C, 'S1.12 S1.13', 'Up to DISPATCH_LEVEL, in any thread'],
  [C, 'S1.17 S1.18', 'Synchronised: APC_LEVEL, the same thread'],
  [C, 'S1.19 DIS-6', 'Fast I/O: PASSIVE_LEVEL, the same thread'],
  [C, 'S1.20', 'Post-create: PASSIVE_LEVEL, the issuing thread'],
  [C, 'POST-5', 'No routines for lower levels'],
  [C, 'S1.16', 'Nonpaged data only'],
  [C, 'POST-5', 'No resources or mutexes; spin locks are fine'],
  [C, 'POST-5 CTX-11', 'Contexts are only released'],
  [C, 'POST-3', 'Control until finished or completed'],
  [C, 'POST-4', 'Nothing goes on, even after a failure'],
  [C, 'POST-8 POST-9', 'Draining: a copy, and cleaning up only'],
  [C, 'POST-14 POST-17', 'Safe completion at once'],
  [C, 'POST-13', 'Safe completion in a worker'],
  [C, 'POST-15 POST-16', 'Safe completion refused'],
  [C, 'POST-18 POST-19 POST-21 POST-22 POST-23', 'FltCancelFileOpen'],
  [E, 'POST-20', 'Cancelling an open with handles: 0xF5/0x6A'],
  [C, 'POST-18', 'Failing an operation'],
  [E, 'POST-24 POST-25 POST-26 POST-27 POST-28 POST-29', 'FltReissueSynchronousIo'],
  [B, 'POST-30 POST-31 POST-32 POST-33', 'Swapped buffers afterwards'],
];

const pending: readonly Row[] = [
  [C, 'PEND-2 S2.13', 'FltCompletePendedPostOperation'],
  [C, 'PEND-1 PEND-4', 'FltCompletePendedPreOperation and its statuses'],
  [C, 'PEND-2', 'Completed before the callback has returned'],
  [C, 'PEND-8', 'Deferred work items are allocated and freed'],
  [C, 'PEND-9', 'Deferred work items run at PASSIVE_LEVEL'],
  [C, 'S2.5', 'Queueing fails: no IRP'],
  [C, 'S2.6', 'Queueing fails: paging I/O'],
  [C, 'S2.7', 'Queueing fails: top-level IRP'],
  [C, 'S2.9', 'Queueing fails: teardown'],
  [C, 'PEND-11', 'The filter handles the failure'],
  [C, 'PEND-9', 'Queue types'],
  [C, 'PEND-13', 'The worker completes the operation'],
  [C, 'PEND-16 PEND-17', 'Generic work items hold their object'],
  [C, 'PEND-18 PEND-19 PEND-20 PEND-23', 'Callback data queues'],
  [E, 'PEND-24', 'Disabling and draining a queue'],
  [C, 'PEND-22', 'Cancelling against removing'],
  [E, 'PEND-28 PEND-29', 'Cancel routines'],
  [E, 'PEND-30 PEND-31', 'FltCancelIo, FltIsIoCanceled'],
  [B, 'PEND-32', 'Cancellable waits'],
  [E, 'PEND-33 PEND-34 PEND-35', 'Status callbacks'],
  [E, 'PEND-11', 'Lost operations are noticed'],
];

const initiated: readonly Row[] = [
  [C, 'S4.1', 'FltAllocateCallbackData'],
  [C, 'S4.6', 'No memory, on demand'],
  [E, 'S4.8', 'FltAllocateCallbackDataEx reserves memory'],
  [C, 'S4.10', 'FltPerformSynchronousIo'],
  [C, 'IO-8', 'FltPerformAsynchronousIo calls back in any case'],
  [C, 'IO-1', 'Only below the initiating instance'],
  [C, 'IO-2', 'Only IRP-based operations'],
  [E, 'S4.7', 'No memory when sending'],
  [E, '', 'FltReuseCallbackData'],
  [C, 'S4.16', 'FltFreeCallbackData'],
  [C, 'IO-13 IO-15', 'FltCreateFile and its forms'],
  [C, 'IO-13', 'Without an instance: the whole stack'],
  [C, 'IO-15', 'FltClose'],
  [C, 'IO-23', 'FltReadFile and FltWriteFile, waiting'],
  [E, 'IO-25', 'FltReadFile and FltWriteFile, calling back'],
  [E, '', 'Offsets and positions'],
  [E, 'IO-24', 'Alignment of non-cached transfers'],
  [C, '', 'Querying and setting what is known about a file'],
  [E, '', 'Querying and setting what is known about a volume'],
  [E, '', 'Tagging and untagging files'],
  [E, '', 'Control codes to file system and device'],
  [E, '', 'Flushing'],
  [E, '', 'Directories'],
  [B, '', 'Security, extended attributes, quota'],
  [E, 'IO-6', 'TopLevelIrp and APCs'],
  [E, 'IO-5', 'The file is open'],
  [C, 'IO-12', 'An unload waits'],
  [C, 'IO-3', 'The mark of generated I/O'],
];

const oplocks: readonly Row[] = [
  [C, 'OPL-2', 'Initialising and uninitialising'],
  [C, 'S3.17 S3.18 S3.19', 'The three answers of FltCheckOplockEx'],
  [C, 'S3.5 S3.20', 'COMPLETE_IF_OPLOCKED'],
  [C, 'S3.6', 'OPLOCK_KEY_CHECK_ONLY'],
  [C, 'S3.7 S3.8', 'BACK_OUT_ATOMIC_OPLOCK'],
  [C, 'S3.9', 'IGNORE_OPLOCK_KEYS'],
  [C, 'OPL-6', 'No wait routine: the thread waits'],
  [C, 'OPL-5', 'The pre-post routine comes first'],
  [C, 'OPL-8', 'Errors in the wait routine'],
  [C, 'OPL-7', 'No check in the wait routine'],
  [C, 'OPL-4', 'Operations that are checked'],
  [C, 'OPL-3', 'IRP-based operations only'],
  [C, '', 'FltCheckOplock'],
  [C, 'OPL-15 OPL-16 OPL-17', 'FltOplockFsctrl and its control codes'],
  [E, 'IO-17', 'FILE_OPEN_REQUIRING_OPLOCK'],
  [B, 'IO-18', 'FILE_RESERVE_OPFILTER'],
  [E, 'OPL-14', 'FltOplockBreakH'],
  [E, 'OPL-14', 'FltOplockBreakToNone'],
  [E, '', 'FltOplockIsFastIoPossible'],
  [E, '', 'Shared requests, equal keys'],
  [E, '', 'Which oplock is held'],
  [E, 'OPL-12', 'Oplock keys'],
  [E, 'OPL-21', 'Requests exclude checks'],
  [C, 'OPL-11', 'What FsRtlCheckOplockEx answers becomes'],
  [B, '', 'Oplocks of the parent directory'],
];

const contexts: readonly Row[] = [
  [C, 'CTX-1 CTX-2 CTX-3', 'Registration: sizes and callbacks'],
  [C, 'CTX-6', 'Allocation and its statuses'],
  [C, 'CTX-7 CTX-8', 'Setting: keeping, replacing, the old one'],
  [C, 'CTX-11', 'Getting adds a reference'],
  [C, 'CTX-14', 'Releasing at DISPATCH_LEVEL'],
  [C, 'CTX-18 CTX-19', 'Deleting'],
  [C, 'CTX-5', 'The cleanup callback'],
  [C, 'CTX-21', 'Contexts of instances, volumes, streams, handles, files'],
  [B, 'CTX-20', 'Contexts of transactions and sections'],
  [C, 'CTX-16', 'One release too many, one use too late: 0xF5/0x6D, 0x6E'],
  [E, 'CTX-12', 'Several at once'],
  [E, 'CTX-23', 'Where contexts are supported'],
  [C, 'CTX-9', 'Not before a create, not after a close'],
];

const others: readonly Row[] = [
  [E, 'NAM-1 NAM-2', 'File names: formats and query methods'],
  [E, 'NAM-3', 'Where a name must not be asked for'],
  [E, 'NAM-7', 'Parsing names'],
  [B, 'NAM-8', 'Tunnelled names'],
  [B, 'NAM-10', 'Name providers'],
  [E, 'PORT-1', 'Server ports'],
  [E, 'PORT-6', 'Sending with a timeout and a reply'],
  [E, 'PORT-7', 'The application\'s side'],
  [E, 'LOCK-2 LOCK-5', 'Byte-range locks'],
  [C, 'BUF-2', 'FltLockUserBuffer'],
  [E, 'BUF-1', 'FltDecodeParameters'],
  [E, 'BUF-4', 'Swapping buffers'],
  [E, '', 'Who asked for the operation'],
  [E, '', 'FltIsDirectory, FltIs32bitProcess'],
  [B, '', 'Extra create parameters'],
  [B, '', 'Transactions'],
  [B, '', 'Data scan sections'],
  [B, '', 'Vetoing bypass I/O'],
  [B, '', 'Priority hints, activity ids'],
  [E, 'BUF-6', 'Aligned pool'],
];

const kernel: readonly Row[] = [
  [C, 'KRN-1', 'IRQL per processor'],
  [C, 'IRQL-1', 'The highest IRQL of each routine, from a table'],
  [C, 'KRN-2', 'Raising and lowering wrongly'],
  [C, 'KRN-3', 'Pageable memory at DISPATCH_LEVEL'],
  [C, 'KRN-13 KRN-14 KRN-15', 'Spin locks'],
  [E, 'KRN-16 KRN-17', 'Queued and reader-writer spin locks'],
  [C, 'KRN-20 KRN-21 KRN-22', 'Events, semaphores, mutexes'],
  [C, 'KRN-23 KRN-24', 'Fast and guarded mutexes'],
  [C, 'KRN-26 KRN-27 KRN-28 KRN-29 KRN-30 KRN-31', 'Resources and their four modes'],
  [C, 'KRN-32', 'FltAcquireResource and FltReleaseResource'],
  [C, 'KRN-33 KRN-34 KRN-36', 'Push locks'],
  [C, 'KRN-37', 'Rundown protection'],
  [C, 'KRN-6 KRN-7', 'Critical and guarded regions'],
  [E, 'KRN-10 KRN-11 KRN-12', 'Waits: alertable, in user mode, with timeouts, for several'],
  [C, 'KRN-39 KRN-40 KRN-41', 'System workers and queues'],
  [C, 'KRN-43 KRN-44 KRN-45', 'The top-level IRP'],
  [C, 'KRN-46 KRN-47 KRN-48', 'Pools with tags'],
  [E, 'KRN-49', 'Lookaside lists'],
  [E, 'KRN-50', 'Interlocked lists'],
  [E, '', 'Unicode strings and their levels'],
  [E, 'KRN-51', 'MDLs'],
  [B, '', 'Timers and DPCs'],
  [C, '', 'Bug checks with code and four parameters'],
];

const verification: readonly Row[] = [
  [C, 'VER-2', 'The rules of Filter Verifier'],
  [E, 'VER-4', 'What happens after a violation'],
  [C, 'VER-3', 'Objects are tracked, leaks told at the unload'],
  [E, '', 'Special pool: overrun, use after free'],
  [C, 'KRN-3', 'Forced IRQL checking'],
  [E, '', 'Low resources, at random and systematically'],
  [E, '', 'Deadlock detection by lock order'],
  [E, '', 'Pool tracking'],
  [B, '', 'Forced pending'],
  [E, '', 'Schedules from a seed'],
  [E, '', 'The trace of an operation'],
  [B, 'VER-7', 'Hints for static rules'],
];

const groups: readonly (readonly [string, readonly Row[]])[] = [
  ['Lifecycle', lifecycle], ['Operations', operations], ['Pre-operation', pre],
  ['Post-operation', post], ['Pending and work items', pending], ['Initiated I/O', initiated],
  ['Oplocks', oplocks], ['Contexts', contexts], ['Names, ports, locks, buffers', others],
  ['Kernel', kernel], ['Verification', verification],
];

/** All rows, in the order of the research. */
export const features: readonly Feature[] = groups
  .flatMap(([group, rows]) => rows.map((row) => [group, row] as const))
  .map(([group, [priority, refs, text]], i) => ({ id: `F-${i + 1}`, group, priority, refs, text }));

/** The rows that a test's name holds. */
export function featuresIn(text: string): string[] {
  const known = new Set(features.map(({ id }) => id));
  return [...text.matchAll(/\bF-\d+\b/g)].map(([id]) => id).filter((id) => known.has(id));
}
