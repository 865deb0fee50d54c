// The rules of minifilters that Filter Verifier holds them to, by the number that follows 0xF500 in
// the first parameter of bug check 0xC4: 0xC4/0xF516 is number 22.

/** What is wrong, and the facts that say so. */
export type Violation = readonly [text: string, rules: string];

export const violations: readonly Violation[] = [
  ['A rule of minifilters that stands in no list; the text of the bug check says which', 'VER-2'],
  ['A pre-operation callback answered a status that is none', 'PRE-19'],
  ['A post-operation callback answered a status that is none', '4.1'],
  ['An operation was pended that is not IRP-based', 'OP-2'],
  ['An operation was completed that was never pended', 'PEND-3'],
  ['A pended operation was completed with a status that is not allowed', 'PEND-1 DIS-7'],
  ['A pended operation was sent on at DISPATCH_LEVEL', 'PEND-1'],
  ['FltCompletePendedPostOperation for an operation pended before it was done', 'PEND-3'],
  ['FltCompletePendedPreOperation for an operation pended after it was done', 'PEND-3'],
  ['FLT_PREOP_SYNCHRONIZE without a post-operation callback', 'PRE-6'],
  ['A completion context was left where it is lost', 'PRE-7 VER-7'],
  ['Fast I/O was disallowed for an operation that is none', '3.1'],
  ['Fast I/O was disallowed for shutdown, mount or dismount', '3.1 DIS-19'],
  ['FSFilter I/O was disallowed for another operation than QUERY_OPEN', '3.1 4.1 OP-9'],
  ['An operation was completed with STATUS_PENDING or STATUS_FLT_DISALLOW_FAST_IO', 'PRE-4'],
  ['Cleanup or close was completed with a failure', 'PRE-4 OP-11 DIS-25'],
  ['An operation was synchronised that must not be', 'PRE-12'],
  ['A draining post-operation callback did not answer FINISHED', 'POST-9'],
  ['FltDoCompletionProcessingWhenSafe where it is not allowed', 'POST-15'],
  ['MORE_PROCESSING_REQUIRED for an operation that is not IRP-based', 'OP-2'],
  ['Iopb was changed without FltSetCallbackDataDirty', 'OP-13'],
  ['IoStatus was changed before an operation was passed on', 'OP-14'],
  ['A routine was called above its highest IRQL', 'IRQL-1 POST-5'],
  ['A context, name or object was leaked or released too often', 'CTX-15 CTX-16 VER-3'],
  ['Callback data was freed, reused or sent that is not the filter\'s own', 'OP-18 IO-8'],
  ['A work item was queued twice, or freed while queued', 'PEND-15'],
  ['FltCancelFileOpen outside of post-create, or when nothing is open', 'POST-19 POST-20'],
  ['An oplock was checked inside a wait routine', 'OPL-7'],
  ['A pended operation was completed twice, or never', 'PEND-3 PEND-11'],
  ['A callback returned with a lock held, or at another IRQL or APC state', 'KRN-2 KRN-9'],
  ['A target instance or file object was set that cannot be', 'OP-20 OP-21'],
  ['A swapped buffer is smaller than the rounded transfer', 'PRE-17'],
  ['FltCompletePendedPostOperation after a queued safe callback that had finished', 'POST-13'],
];
