// Contracts: the file system library.
import { ANY, APC, PASSIVE, family, row } from './contract.ts';

const ntifs = family('ntifs', {
  FsRtlDissectName: row('Path* FirstName> RemainingName>', PASSIVE,
    'Splits a path into its first component and the rest, which begins behind the backslash.'),
  FsRtlDoesNameContainWildCards: row('Name*', PASSIVE,
    'Whether a name contains one of the five wild cards.', { returns: 'BOOLEAN' }),
  FsRtlEnterFileSystem: row('', APC,
    'Disables normal kernel APCs while a file system\'s locks are held.',
    { takes: 'critical region result: FsRtlExitFileSystem', rules: 'KRN-6' }),
  FsRtlExitFileSystem: row('', APC,
    'Undoes one FsRtlEnterFileSystem.', { gives: 'critical region result', rules: 'KRN-6' }),
  FsRtlGetPerStreamContextPointer: row('FileObject*', APC,
    'The head of the stream that a file object is open on.'),
  FsRtlInsertPerFileContext: row('PerFileContextPointer? Context*', APC,
    'Hangs a context on a file.',
    { statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_DEVICE_REQUEST' }),
  FsRtlInsertPerStreamContext: row('Header* Context*', APC,
    'Hangs a context on a stream.', { statuses: 'STATUS_INVALID_DEVICE_REQUEST' }),
  FsRtlIsNameInExpression: row('Expression* Name* IgnoreCase UpcaseTable?', PASSIVE,
    'Whether a name matches a pattern.',
    { returns: 'FALSE when exactly one of the two is empty, TRUE when both are' }),
  FsRtlIsNtstatusExpected: row('Exception', ANY,
    'FALSE for what only a bug raises (an access violation), TRUE for all others.',
    { returns: 'BOOLEAN' }),
  FsRtlLookupPerFileContext: row('PerFileContextPointer? OwnerId? InstanceId?', APC,
    'Finds a context of a file.'),
  FsRtlLookupPerStreamContext: row('Header* OwnerId? InstanceId?', APC,
    'Finds a context of a stream.'),
  FsRtlNormalizeNtstatus: row('Exception GenericException', ANY,
    'The status itself when it is expected, else the generic one.'),
  FsRtlRemovePerFileContext: row('PerFileContextPointer? OwnerId? InstanceId?', APC,
    'Takes a context off a file.'),
  FsRtlRemovePerStreamContext: row('Header* OwnerId? InstanceId?', APC,
    'Takes a context off a stream.'),
  FsRtlSetupAdvancedHeader: row('Header* FastMutex?', APC,
    'Makes a head ready: no contexts, guarded by the given mutex.'),
  FsRtlSetupAdvancedHeaderEx: row('Header* FastMutex? FileContextSupportPointer?', PASSIVE,
    'Makes a head ready for contexts of the stream and, when FileContextSupportPointer is ' +
      'not NULL, of its file.'),
  FsRtlSupportsPerFileContexts: row('FileObject*', ANY,
    'Whether the file system of a file object supports contexts on files.',
    { returns: 'BOOLEAN' }),
  FsRtlTeardownPerFileContexts: row('PerFileContextPointer*', APC,
    'Frees every context of a file whose control block goes: each is taken off the list and ' +
      'its FreeCallback called.'),
  FsRtlTeardownPerStreamContexts: row('Header*', APC,
    'Frees every context of a stream whose control block goes: each is taken off the list ' +
      'and its FreeCallback called.'),
});

const other = family('', {
  FsRtlGetPerFileContextPointer: row('FileObject*', APC,
    'The address of the pointer of a file object\'s file.'),
  FsRtlSupportsPerStreamContexts: row('FileObject*', APC,
    'Whether the file system of a file object supports contexts on streams.',
    { returns: 'BOOLEAN' }),
});

export const fsrtl = { ...ntifs, ...other };
