// What the answers of pre- and post-operation callbacks mean (sections 3.1 and 4.1 of the
// research).

export interface Answer {
  readonly name: string;
  readonly value: number;
  readonly text: string;
  /** Operations that it may be given for. */
  readonly legal: string;
  readonly rules: string;
}

const a = (name: string, value: number, legal: string, text: string, rules: string): Answer =>
  ({ name, value, legal, text, rules });

export const answers: readonly Answer[] = [
  a('FLT_PREOP_SUCCESS_WITH_CALLBACK', 0, 'all',
    'Goes on; the filter\'s post-operation callback will be called, with the completion context.',
    'PRE-6 PRE-7 3.1'),
  a('FLT_PREOP_SUCCESS_NO_CALLBACK', 1, 'all',
    'Goes on; the filter\'s post-operation callback is not called.', 'PRE-9 3.1'),
  a('FLT_PREOP_PENDING', 2, 'IRP-based',
    'Nothing happens until the filter calls FltCompletePendedPreOperation.',
    'PRE-1 PRE-14 PEND-2 PEND-3 3.1'),
  a('FLT_PREOP_DISALLOW_FASTIO', 3, 'fast I/O, but not shutdown, mount and dismount',
    'Ends the fast I/O with STATUS_FLT_DISALLOW_FAST_IO; the issuer may come again with an IRP.',
    'PRE-10 OP-4 DIS-19 3.1'),
  a('FLT_PREOP_COMPLETE', 4, 'all',
    'Ends the operation with IoStatus, which the filter has set; lower filters and the file ' +
      'system do not see it, higher filters\' post-operation callbacks do.',
    'PRE-4 OP-14 3.1'),
  a('FLT_PREOP_SYNCHRONIZE', 5, 'IRP-based; others are taken as SUCCESS_WITH_CALLBACK',
    'Waits in this thread until the operation is done below, and calls the post-operation ' +
      'callback here, at APC_LEVEL or below.',
    'PRE-6 PRE-11 PRE-12 3.1'),
  a('FLT_PREOP_DISALLOW_FSFILTER_IO', 6, 'IRP_MJ_QUERY_OPEN',
    'Refuses the quick query; the I/O manager opens, queries and closes.', 'OP-9 3.1'),
  a('FLT_POSTOP_FINISHED_PROCESSING', 0, 'all',
    'The filter is done; the next higher post-operation callback is called.', 'POST-3 4.1'),
  a('FLT_POSTOP_MORE_PROCESSING_REQUIRED', 1, 'IRP-based, posted to a worker',
    'Nothing happens until the filter calls FltCompletePendedPostOperation.',
    'POST-3 POST-4 DIS-1 4.1'),
  a('FLT_POSTOP_DISALLOW_FSFILTER_IO', 2, 'IRP_MJ_QUERY_OPEN',
    'Refuses the quick query after all.', 'OP-9 4.1'),
];
