// Contracts: files by handle.
import { PASSIVE, family, row } from './contract.ts';

/** They do I/O, whose end is a special kernel APC. */
const io = { needsApcs: true } as const;
const transfer = 'FileHandle Event? ApcRoutine? ApcContext? IoStatusBlock* Buffer? Length ' +
  'ByteOffset? Key?';
const control = 'FileHandle Event? ApcRoutine? ApcContext? IoStatusBlock* ';
const buffers = 'InputBuffer? InputBufferLength OutputBuffer? OutputBufferLength';

const wdm = family('wdm', {
  ZwCreateFile: row('FileHandle> DesiredAccess ObjectAttributes* IoStatusBlock* AllocationSize? ' +
                  'FileAttributes ShareAccess CreateDisposition CreateOptions EaBuffer? EaLength',
    PASSIVE, 'Opens or creates a file.', {
      ...io, takes: 'handle FileHandle: ZwClose',
      statuses: 'STATUS_INVALID_PARAMETER STATUS_OBJECT_NAME_INVALID ' +
        'STATUS_OBJECT_PATH_NOT_FOUND STATUS_OBJECT_PATH_SYNTAX_BAD ' +
        'STATUS_REPARSE_POINT_NOT_RESOLVED STATUS_INSUFFICIENT_RESOURCES',
    }),
  ZwOpenFile: row('FileHandle> DesiredAccess ObjectAttributes* IoStatusBlock* ShareAccess ' +
                'OpenOptions', PASSIVE,
    'ZwCreateFile for a file that exists.', { ...io, takes: 'handle FileHandle: ZwClose' }),
  ZwQueryInformationFile: row(
    'FileHandle IoStatusBlock* FileInformation? Length FileInformationClass', PASSIVE,
    'Asks about a file.', io),
  ZwReadFile: row(transfer, PASSIVE, 'Reads.', {
    ...io, statuses: 'STATUS_END_OF_FILE STATUS_INVALID_PARAMETER STATUS_NOT_SUPPORTED ' +
      'STATUS_PENDING',
  }),
  ZwSetInformationFile: row(
    'FileHandle IoStatusBlock* FileInformation? Length FileInformationClass', PASSIVE,
    'Changes what is known about a file; renames it, deletes it.', io),
  ZwWriteFile: row(transfer, PASSIVE, 'Writes; an offset of -1 appends.', {
    ...io, statuses: 'STATUS_INVALID_PARAMETER STATUS_NOT_SUPPORTED STATUS_PENDING',
  }),
});

const ntifs = family('ntifs', {
  ZwDeleteFile: row('ObjectAttributes*', PASSIVE,
    'Deletes a file by name: an open with FILE_DELETE_ON_CLOSE.', io),
  ZwDeviceIoControlFile: row(`${control}IoControlCode ${buffers}`, PASSIVE,
    'Sends a device control code.', { ...io, statuses: 'STATUS_NOT_SUPPORTED STATUS_PENDING' }),
  ZwFlushBuffersFile: row('FileHandle IoStatusBlock*', PASSIVE,
    'Writes what is cached of a file to the disk.', io),
  ZwFsControlFile: row(`${control}FsControlCode ${buffers}`, PASSIVE,
    'Sends a file system control code.',
    { ...io, statuses: 'STATUS_NOT_SUPPORTED STATUS_PENDING' }),
  ZwQueryDirectoryFile: row(`${control}FileInformation? Length FileInformationClass ` +
                          'ReturnSingleEntry FileName? RestartScan', PASSIVE,
    'Lists a directory.',
    { ...io, statuses: 'STATUS_BUFFER_OVERFLOW STATUS_NO_MORE_FILES STATUS_NO_SUCH_FILE' }),
  ZwQueryEaFile: row('FileHandle IoStatusBlock* Buffer? Length ReturnSingleEntry EaList? ' +
                   'EaListLength EaIndex? RestartScan', PASSIVE,
    'Reads extended attributes.', io),
  ZwQuerySecurityObject: row(
    'Handle SecurityInformation SecurityDescriptor? Length LengthNeeded>', PASSIVE,
    'Reads a file\'s security descriptor, self-relative.',
    { ...io, statuses: 'STATUS_BUFFER_TOO_SMALL' }),
  ZwQueryVolumeInformationFile: row(
    'FileHandle IoStatusBlock* FsInformation? Length FsInformationClass', PASSIVE,
    'Asks about the volume of a file.', io),
  ZwSetEaFile: row('FileHandle IoStatusBlock* Buffer? Length', PASSIVE,
    'Replaces extended attributes.', io),
  ZwSetSecurityObject: row('Handle SecurityInformation SecurityDescriptor*', PASSIVE,
    'Replaces parts of a file\'s security descriptor.', io),
  ZwSetVolumeInformationFile: row(
    'FileHandle IoStatusBlock* FsInformation? Length FsInformationClass', PASSIVE,
    'Changes what is known about the volume of a file.', io),
  ZwUnlockFile: row('FileHandle IoStatusBlock* ByteOffset* Length* Key', PASSIVE,
    'Gives a byte range back.', { ...io, statuses: 'STATUS_RANGE_NOT_LOCKED' }),
});

export const zwFiles = { ...wdm, ...ntifs };
