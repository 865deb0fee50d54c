// Contracts: names of files.
import { ANY, APC, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltCheckAndGrowNameControl: row('NameCtrl* NewSize', APC,
    'Sees to it that a name control has room.',
    { statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER', rules: 'NAM-11' }),
  FltGetDestinationFileNameInformation: row('Instance* FileObject* RootDirectory FileName* ' +
                                          'FileNameLength NameOptions ' +
                                          'RetFileNameInformation>', APC,
    'Gets the full destination name of a rename or hard-link request.', {
      statuses: 'STATUS_FLT_INVALID_NAME_REQUEST STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_PARAMETER STATUS_MOUNT_POINT_NOT_RESOLVED STATUS_NOT_SAME_DEVICE',
      thread: 'a pre-operation callback of IRP_MJ_SET_INFORMATION',
      takes: 'name information RetFileNameInformation: FltReleaseFileNameInformation',
      rules: 'NAM-6',
    }),
  FltGetFileNameInformation: row('CallbackData* NameOptions FileNameInformation>', APC,
    'Gets the name of the file of an operation.', {
      statuses: 'STATUS_ACCESS_DENIED STATUS_FLT_INVALID_NAME_REQUEST ' +
        'STATUS_FLT_NAME_CACHE_MISS STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER ' +
        'STATUS_NAME_TOO_LONG STATUS_NOT_SAME_DEVICE',
      thread: 'a pre- or post-operation callback',
      takes: 'name information FileNameInformation: FltReleaseFileNameInformation',
      rules: 'NAM-1..4 NAM-10 PRE-16',
    }),
  FltGetFileNameInformationUnsafe: row(
    'FileObject* Instance? NameOptions FileNameInformation>', APC,
    'FltGetFileNameInformation without callback data, and without its protection: the caller ' +
      'sees to it that the file system may be asked.', {
      statuses: 'STATUS_FLT_INVALID_NAME_REQUEST STATUS_INVALID_PARAMETER',
      takes: 'name information FileNameInformation: FltReleaseFileNameInformation',
      rules: 'NAM-5',
    }),
  FltGetTunneledName: row(
    'CallbackData* FileNameInformation* RetTunneledFileNameInformation>', APC,
    'Gets the name that a file has got by tunnelling.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES',
      thread: 'the post-operation callback of a create, rename or hard link',
      takes: 'name information RetTunneledFileNameInformation: FltReleaseFileNameInformation',
      rules: 'NAM-8',
    }),
  FltParseFileName: row('FileName? Extension>? Stream>? FinalComponent>?', APC,
    'Finds the parts of any name.', { statuses: 'STATUS_INVALID_PARAMETER' }),
  FltParseFileNameInformation: row('FileNameInformation*', APC,
    'Finds extension, stream, final component and parent directory of a name, in place.',
    { rules: 'NAM-7' }),
  FltPurgeFileNameInformationCache: row('Instance* FileObject?', APC,
    'Forgets the cached names of a file object, or with NULL all names, so that they are ' +
      'asked for again.', { rules: 'NAM-9' }),
  FltReferenceFileNameInformation: row('FileNameInformation*', APC,
    'Adds a reference to name information that the caller has one on.', {
      takes: 'name information FileNameInformation: FltReleaseFileNameInformation',
      rules: 'NAM-1',
    }),
  FltReleaseFileNameInformation: row('FileNameInformation*', APC,
    'Drops a reference; the last one frees the name information.',
    { gives: 'name information FileNameInformation', rules: 'NAM-1' }),
});

const other = family('', {
  FltGetFileNameFormat: row('NameOptions', ANY,
    'The format of name options: FLT_FILE_NAME_NORMALIZED, _OPENED or _SHORT.'),
  FltGetFileNameQueryMethod: row('NameOptions', ANY,
    'The query method of name options: FLT_FILE_NAME_QUERY_*.'),
});

export const fltNames = { ...fltkernel, ...other };
