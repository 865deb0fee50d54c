// Facts: operations and callbacks.
import type { Area } from './area.ts';

export const operations: readonly Area[] = [
  { id: 'OP', title: 'Operations', pages: 'fltkernel: _flt_callback_data, ' +
    '_flt_io_parameter_block, ' +
    '_flt_parameters, flt_is_irp_operation; ifs: modifying-parameters',
  facts: [
    'Exactly one of three flags says whether an operation is an IRP, fast I/O or an FSFilter ' +
      'callback; the macros give the masked bit.',
    'Only IRP-based operations can be pended, synchronised, cancelled, reissued, queued, ' +
      'initiated or checked for oplocks.',
    'Fast I/O is synchronous: both callbacks in the caller\'s thread, no MDL, cached, buffers as ' +
      'the caller gave them.',
    'Fast I/O that a filter disallows may come again as an IRP, which every filter sees anew.',
    'MDL reads and writes fail as fast I/O while the file is not cached; the issuer decides how ' +
      'to go on.',
    'FSFilter operations have no buffers; acquiring for a section may be failed only when a ' +
      'section is being created.',
    'Releasing for the modified page writer runs in a special kernel APC at APC_LEVEL and may ' +
      'interrupt code of its own thread.',
    'Acquiring for the modified page writer tells before which resource to take, after which one ' +
      'was taken.',
    'QUERY_OPEN may be refused before and after; the I/O manager then opens, queries and closes.',
    'NETWORK_QUERY_OPEN may be refused before only; its file object lies on the stack and has no ' +
      'contexts.',
    'Cleanup and close cannot be failed: they are pended, passed on, or completed with success.',
    'Some members of LockControl mean something for fast I/O only; for IRPs the flags say it.',
    'A filter may change everything but Thread and RequestorMode, and other changes than ' +
      'IoStatus count only after FltSetCallbackDataDirty.',
    'IoStatus is written by whoever completes: before FLT_PREOP_COMPLETE, in a post-operation ' +
      'callback, or for a pended operation.',
    'TagData is there after a create that met a reparse point; whoever replaces it frees the old ' +
      'buffer first.',
    'The queue members and FilterContext lie on top of each other and are the filter\'s while it ' +
      'has the operation.',
    'Callback data lies in nonpaged pool.',
    'A filter frees only callback data that it allocated.',
    'The major function of a passing operation cannot be changed; minor function, flags, targets ' +
      'and parameters can.',
    'A new target instance is one of the same filter at the same altitude on another volume ' +
      'whose stack is deep enough.',
    'A new target file object is on the volume of the target instance.',
    'FltObjects.FileObject is the target on entry; after a change lower filters see the new one.',
    'A changed parameter is seen by those below in both callbacks, never by the filter\'s own ' +
      'post-operation callback nor above.',
    'IrpFlags and OperationFlags mean something for IRP-based operations only.',
  ] },
  { id: 'PRE', title: 'Pre-operation callbacks', pages: 'fltkernel: pflt_pre_operation_callback; ' +
    'ifs: writing-preoperation-callback-routines, returning-flt-preop-synchronize',
  facts: [
    'The filter has the operation from the call on until it returns, or, pending, until it ' +
      'completes it.',
    'They run at PASSIVE_LEVEL or APC_LEVEL, nearly always the first.',
    'They run in the issuing thread unless a higher filter pended; who asked must be asked of ' +
      'the ' +
      'callback data.',
    'Whoever completes sets a final status, never STATUS_PENDING or STATUS_FLT_DISALLOW_FAST_IO; ' +
      'cleanup and close succeed.',
    'Changing IoStatus needs no dirty mark; changing Iopb does.',
    'Wanting a post-operation callback that is not registered is bug check 0xF5/0x66.',
    'The completion context reaches the post-operation callback unchanged; left with another ' +
      'answer it is lost, which is a broken rule.',
    'The completion context is NULL when the callback is entered.',
    'A filter with a post-operation callback alone takes part, with a NULL context.',
    'Disallowing fast I/O ends only that attempt; those above see STATUS_FLT_DISALLOW_FAST_IO.',
    'Synchronising blocks the thread until the operation is done below and runs the ' +
      'post-operation callback there, unless the instance drains.',
    'Creates need no synchronising; asynchronous transfers, oplock requests, directory ' +
      'notifications and lock waits must not be synchronised.',
    'No lock is held from a pre- to a post-operation callback.',
    'A pended operation is completed exactly once, and possibly before the callback has returned ' +
      'FLT_PREOP_PENDING.',
    'What an oplock routine answers is what the callback returns; an operation pended for a ' +
      'break is finished by the filter itself.',
    'File, stream and stream handle contexts do not exist before a create or after a close.',
    'A swapped buffer is as large as the transfer rounded up to sectors.',
    'Retried fast I/O starts at the top; reissued and initiated operations start below their ' +
      'initiator.',
    'An answer that is none of the seven is reported.',
  ] },
  { id: 'POST', title: 'Post-operation callbacks', pages: 'fltkernel: ' +
    'pflt_post_operation_callback, fltdocompletionprocessingwhensafe, fltcancelfileopen, ' +
    'fltreissuesynchronousio; ifs: writing-postoperation-callback-routines',
  facts: [
    'An ordinary IRP is completed at DISPATCH_LEVEL in another thread often enough that filters ' +
      'meet it.',
    'They are called from the lowest altitude up for those whose pre-operation callback asked, ' +
      'or who have only this one.',
    'The filter has the operation until it returns FINISHED or completes what it kept.',
    'After MORE_PROCESSING_REQUIRED nothing more happens to the operation, even when it failed.',
    'At DISPATCH_LEVEL nothing with a lower limit may be called and nothing paged touched; ' +
      'contexts may be released only; spin locks are fine.',
    'IoStatus may be changed; parameters show as the own pre-operation callback got them.',
    'A user buffer is reached through an MDL, in the caller\'s thread for fast I/O, or after ' +
      'moving to a safe level and locking it.',
    'A teardown calls the callback early with the draining flag and a copy of the data.',
    'While draining only cleaning up is allowed, and the answer is FINISHED.',
    'The real completion passes over a drained instance: each context arrives exactly once.',
    'What the filter pended is not drained; the teardown waits for the filter.',
    'FltDoCompletionProcessingWhenSafe\'s caller returns the status it was given; TRUE does not ' +
      'mean done.',
    'After a queued safe callback has finished the Filter Manager goes on by itself; only one ' +
      'that asked for more owes a completion.',
    'An inline safe callback\'s answer is passed through.',
    'The routine is for post-operation callbacks of IRPs that are not draining; paging I/O, a ' +
      'top-level IRP and teardown cannot be posted.',
    'After FALSE the completion context is still the caller\'s.',
    'Whether the safe callback runs inline is decided by IRQL alone.',
    'Failing a create takes FltCancelFileOpen, a failing status and no information; others just ' +
      'a failing status; nothing is undone.',
    'FltCancelFileOpen is for post-create alone.',
    'Cancelling an open that has handles is bug check 0xF5/0x6A.',
    'A cancelled open is marked so and closed; those above see a failed create, those below a ' +
      'successful one and a close.',
    'A create that met a reparse point opened nothing and is not cancelled.',
    'A create whose open was cancelled cannot be sent again.',
    'Reissuing answers through IoStatus; APC_LEVEL for paging I/O, else PASSIVE_LEVEL.',
    'Only IRPs that were synchronised, creates and own data after a synchronous send can be ' +
      'reissued.',
    'The initiating instance of a reissue is the one that sent before.',
    'A reissue goes below only, marked as such, with fresh callbacks.',
    'Changed parameters of a reissue need the dirty mark.',
    'Reissuing a create out of a reparse frees the tag data.',
    'The callback sees the original buffer; its own travels in the completion context.',
    'FltGetSwappedBufferMdlAddress gives the MDL of the swapped buffer, afterwards only.',
    'The MDL of a swapped buffer is freed for the filter unless it retains it; the buffer never.',
    'FltGetNewSystemBufferAddress tells where a replaced system buffer went.',
  ] },
];
