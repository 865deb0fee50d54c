// The five documents that the machine was built from, statement by statement in our own words. A
// test shows a statement when its name holds the statement's id: `S2.14`.

export interface Seed {
  /** The prefix of the statements' ids. */
  readonly id: string;
  readonly title: string;
  /** Statement n of the list has the id `id.n`. */
  readonly statements: readonly string[];
}

/** What both editions of the article on post-operation callbacks say, in its order. */
const postOperation: readonly string[] = [
  'A minifilter filters operations with one or more post-operation callbacks',
  'A callback may do its completion work itself, at DISPATCH_LEVEL or below',
  'It may move the work to a safe IRQL: it queues a worker and answers that more is to be done',
  'The worker ends with FltCompletePendedPostOperation, and post-operation processing goes on',
  'It may cancel a create that succeeded',
  'It resembles the completion routine of a legacy filter driver',
  'It is registered by major function, like a pre-operation callback, in the table that ' +
    'DriverEntry ' +
    'gives to FltRegisterFilter',
  'A minifilter gets only the operations that it registered a callback for',
  'A pre-operation callback may be registered without a post-operation callback',
  'A post-operation callback may be registered without a pre-operation callback',
  'It gets Data, FltObjects, CompletionContext and Flags, and answers with a status',
  'It is called at DISPATCH_LEVEL or below',
  'It is called in an arbitrary thread',
  'It cannot call routines for lower levels: FltLockUserBuffer',
  'It cannot call routines for lower levels: RtlCompareUnicodeString',
  'What it uses is allocated from nonpaged pool',
  'After FLT_PREOP_SYNCHRONIZE for an IRP-based operation it runs at APC_LEVEL or below',
  'After FLT_PREOP_SYNCHRONIZE it runs in the thread of the pre-operation callback',
  'After fast I/O it runs at PASSIVE_LEVEL in the thread of the pre-operation callback',
  'After a create it runs at PASSIVE_LEVEL in the thread that issued the create',
  'The minifilter controls the operation from the call on',
  'It gives control back by answering FLT_POSTOP_FINISHED_PROCESSING',
  'It gives control back by FltCompletePendedPostOperation from the work routine of an IRP-based ' +
    'operation that the callback pended',
  'Completing, pending and failing an operation in the callback are possible',
];

export const seeds: readonly Seed[] = [
  { id: 'S1', title: 'Writing post-operation callback routines (Japanese edition)',
    statements: [...postOperation,
      'The synchronising answer is spelled FLT_PREOPERATION_SYNCHRONIZE there, which is no ' +
        'constant'] },
  { id: 'S2', title: 'Pending an I/O operation in a post-operation callback routine',
    statements: [
      'A post-operation callback can pend the operation',
      'It allocates a work item with FltAllocateDeferredIoWorkItem',
      'It posts the operation to the system\'s work queue with FltQueueDeferredIoWorkItem',
      'It answers FLT_POSTOP_MORE_PROCESSING_REQUIRED',
      'Queueing fails for an operation that is not IRP-based',
      'Queueing fails for paging I/O',
      'Queueing fails when the thread\'s TopLevelIrp is not NULL',
      'IoGetTopLevelIrp tells the value',
      'Queueing fails when the target instance is being torn down',
      'The Filter Manager says so with the draining flag of the callback',
      'The minifilter has to be prepared for the failure',
      'Who cannot handle it uses FLT_PREOP_SYNCHRONIZE instead of pending',
      'After that answer the completion stands still until FltCompletePendedPostOperation is ' +
        'called',
      'It stands still even when IoStatus holds a failure',
      'The work routine has to call FltCompletePendedPostOperation',
    ] },
  { id: 'S3', title: 'FltCheckOplockEx',
    statements: [
      'It synchronises an IRP-based operation with the oplock state of its file',
      'It takes six parameters and answers with a pre-operation status',
      'The oplock was initialised with FltInitializeOplock',
      'CallbackData is that of the operation',
      'OPLOCK_FLAG_COMPLETE_IF_OPLOCKED (1): the break goes on, the operation neither waits nor ' +
        'pends',
      'OPLOCK_FLAG_OPLOCK_KEY_CHECK_ONLY (2): the key is looked at and added to the file object; ' +
        'nothing breaks',
      'OPLOCK_FLAG_BACK_OUT_ATOMIC_OPLOCK (4): what FltOplockFsctrl set up is taken back',
      'That is for a create with FILE_OPEN_REQUIRING_OPLOCK that failed afterwards',
      'OPLOCK_FLAG_IGNORE_OPLOCK_KEYS (8): everything breaks, whatever the keys',
      'The context is handed to both routines as it is',
      'The wait routine is called when the break that is under way has ended',
      'Without a wait routine the caller waits until then',
      'The wait routine gets the callback data and the context',
      'The wait routine finds an error such as STATUS_CANCELLED in IoStatus and has to act on it',
      'The pre-post routine is called when the operation is taken away, and may be left out',
      'The pre-post routine gets the callback data and the context',
      'FLT_PREOP_COMPLETE: no pool, or FsRtlCheckOplockEx failed; IoStatus.Status says how',
      'FLT_PREOP_PENDING: a break was begun and the operation taken away',
      'FLT_PREOP_SUCCESS_WITH_CALLBACK: not pended, the operation goes on at once',
      'With COMPLETE_IF_OPLOCKED, STATUS_OPLOCK_BREAK_IN_PROGRESS in IoStatus tells of a break',
      'An operation that breaks the oplock begins the break',
      'One that cannot go on before its end is pended, and the pre-post routine called',
      'A minifilter with oplocks calls it from the pre-operation callback of what can break them',
      'IRP_MJ_CLEANUP is such an operation',
      'IRP_MJ_CREATE is such an operation',
      'IRP_MJ_FILE_SYSTEM_CONTROL is such an operation',
      'IRP_MJ_FLUSH_BUFFERS is such an operation',
      'IRP_MJ_LOCK_CONTROL is such an operation',
      'IRP_MJ_READ is such an operation',
      'IRP_MJ_SET_INFORMATION is such an operation',
      'IRP_MJ_WRITE is such an operation',
      'IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION is such an operation',
      'The operation has to be IRP-based; FLT_IS_IRP_OPERATION tells',
      'It must not be called in the wait routine, which may run before the first call has returned',
      'It is called at APC_LEVEL or below',
    ] },
  { id: 'S4', title: 'FltAllocateCallbackData',
    statements: [
      'It allocates callback data with which a minifilter initiates an operation',
      'The instance is required',
      'The file object may be NULL',
      'The address goes to the caller\'s variable',
      'It answers STATUS_SUCCESS or what went wrong',
      'Without pool it answers STATUS_INSUFFICIENT_RESOURCES',
      'Memory for the request itself is not reserved: sending it may fail for want of memory',
      'FltAllocateCallbackDataEx reserves that memory, so that the failure comes at the allocation',
      'Callback data lies in nonpaged pool',
      'Filled in, it is sent with FltPerformSynchronousIo',
      'Filled in, it is sent with FltPerformAsynchronousIo',
      'It reaches the instances below the initiating one and the file system',
      'It does not reach the instances above',
      'Only IRP-based operations can be initiated, neither fast I/O nor FSFilter callbacks',
      'It is for operations without a routine of their own; eight that have one are named',
      'It is given back with FltFreeCallbackData',
      'It is called at APC_LEVEL or below',
      'It can be sent again and used again',
    ] },
  { id: 'S5', title: 'Writing post-operation callback routines (English edition)',
    statements: [...postOperation,
      'The pending answer is spelled FLT_STATUS_MORE_PROCESSING_REQUIRED there, which is no ' +
        'constant'] },
];

/** Statements of the two editions that say the same are shown by the same tests. */
function sameAs(id: string): string {
  const [seed, number = '0'] = id.split('.');
  return seed === 'S5' && Number(number) <= postOperation.length ? `S1.${number}` : id;
}

export interface Statement {
  readonly id: string;
  /** The id that tests name. */
  readonly shownAs: string;
  readonly seed: Seed;
  readonly text: string;
}

/** All statements, in order. */
export const statements: readonly Statement[] = seeds.flatMap((seed) =>
  seed.statements.map((text, i) => {
    const id = `${seed.id}.${i + 1}`;
    return { id, shownAs: sameAs(id), seed, text };
  }));

const known = new Set(statements.map(({ id }) => id));

/** The statements that a test's name holds, ranges (`S3.24..32`) spelled out. */
export function statementsIn(text: string): string[] {
  const found = [...text.matchAll(/\b(S\d)\.(\d+)(?:\.\.(\d+))?/g)].flatMap(
    ([, seed = '', first = '', last = first]) =>
      Array.from({ length: Math.max(1, Number(last) - Number(first) + 1) },
        (_, i) => `${seed}.${Number(first) + i}`));
  return [...new Set(found)].filter((id) => known.has(id));
}
