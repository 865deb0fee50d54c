// Contracts: I/O that a filter initiates.
import { APC, DISPATCH, PASSIVE, PAGING_FLAG, PAGING_IO, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltAllocateCallbackData: row('Instance* FileObject? RetNewCallbackData>', APC,
    'Allocates callback data for an operation that the filter initiates.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES',
      takes: 'callback data RetNewCallbackData: FltFreeCallbackData',
      rules: 'IO-1 IO-2 IO-4 IO-7 OP-17',
    }),
  FltAllocateCallbackDataEx: row('Instance* FileObject? Flags RetNewCallbackData>', APC,
    'FltAllocateCallbackData with flags: FLT_ALLOCATE_CALLBACK_DATA_PREALLOCATE_ALL_MEMORY ' +
      '(1) takes all memory that the Filter Manager needs for the request now.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_PARAMETER',
      takes: 'callback data RetNewCallbackData: FltFreeCallbackData',
      rules: '6.2',
    }),
  FltClose: row('FileHandle', PASSIVE,
    'Closes a handle from FltCreateFile.',
    { statuses: 'STATUS_INVALID_HANDLE', gives: 'file handle FileHandle', rules: 'IO-4 IO-15' }),
  FltCreateFile: row('Filter* Instance? FileHandle> DesiredAccess ObjectAttributes* ' +
                   'IoStatusBlock> AllocationSize? FileAttributes ShareAccess ' +
                   'CreateDisposition CreateOptions EaBuffer? EaLength Flags', PASSIVE,
    'Opens or creates a file.', {
      statuses: 'STATUS_FILE_LOCK_CONFLICT STATUS_FLT_DELETING_OBJECT ' +
        'STATUS_INVALID_DEVICE_OBJECT_PARAMETER',
      takes: 'file handle FileHandle: FltClose',
      needsApcs: true,
      rules: 'IO-4 IO-6 IO-13..15 IO-20 KRN-25 KRN-45',
    }),
  FltCreateFileEx: row(
    'Filter* Instance? FileHandle> FileObject>? DesiredAccess ObjectAttributes* ' +
      'IoStatusBlock> AllocationSize? FileAttributes ShareAccess CreateDisposition ' +
      'CreateOptions EaBuffer? EaLength Flags', PASSIVE,
    'FltCreateFile that also gives the file object, which the caller dereferences.', {
      statuses: 'STATUS_FILE_LOCK_CONFLICT',
      takes: 'file handle FileHandle: FltClose; object FileObject: ObDereferenceObject',
      needsApcs: true,
      rules: 'IO-6 IO-13..15',
    }),
  FltCreateFileEx2: row('Filter* Instance? FileHandle> FileObject>? DesiredAccess ' +
                      'ObjectAttributes* IoStatusBlock> AllocationSize? FileAttributes ' +
                      'ShareAccess CreateDisposition CreateOptions EaBuffer? EaLength Flags ' +
                      'DriverContext?', PASSIVE,
    'FltCreateFileEx with an IO_DRIVER_CREATE_CONTEXT, or NULL: extra create parameters.', {
      statuses: 'STATUS_FILE_LOCK_CONFLICT',
      takes: 'file handle FileHandle: FltClose; object FileObject: ObDereferenceObject',
      needsApcs: true,
      rules: 'IO-6 IO-13..15 IO-19',
    }),
  FltCreateMailslotFile: row('Filter* Instance? FileHandle> FileObject>? DesiredAccess ' +
                           'ObjectAttributes* IoStatusBlock> CreateOptions MailslotQuota ' +
                           'MaximumMessageSize ReadTimeout? DriverContext?', PASSIVE,
    'Creates a mailslot.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_OBJECT_PATH_SYNTAX_BAD',
      takes: 'file handle FileHandle: FltClose; object FileObject: ObDereferenceObject',
      needsApcs: true,
      rules: 'IO-6 IO-21',
    }),
  FltCreateNamedPipeFile: row('Filter* Instance? FileHandle> FileObject>? DesiredAccess ' +
                            'ObjectAttributes* IoStatusBlock> ShareAccess CreateDisposition ' +
                            'CreateOptions NamedPipeType ReadMode CompletionMode ' +
                            'MaximumInstances InboundQuota OutboundQuota DefaultTimeout? ' +
                            'DriverContext?', PASSIVE,
    'Creates a named pipe or opens one.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER ' +
        'STATUS_OBJECT_PATH_SYNTAX_BAD',
      takes: 'file handle FileHandle: FltClose; object FileObject: ObDereferenceObject',
      needsApcs: true,
      rules: 'IO-6 IO-21',
    }),
  FltDeviceIoControlFile: row('Instance* FileObject* IoControlCode InputBuffer? ' +
                            'InputBufferLength OutputBuffer? OutputBufferLength ' +
                            'LengthReturned>?', PASSIVE,
    'Sends a device control code down the volume\'s stack.', { needsApcs: true, rules: 'IO-5' }),
  FltFlushBuffers: row('Instance* FileObject*', PASSIVE,
    'FltFlushBuffers2 with type 0: data, what is known about the file, and the device.', {
      statuses: 'STATUS_MEDIA_WRITE_PROTECTED STATUS_VOLUME_DISMOUNTED',
      needsApcs: true,
      rules: 'IO-1',
    }),
  FltFlushBuffers2: row('Instance* FileObject* FlushType CallbackData?', PASSIVE,
    'Writes a file\'s data and what is known about it to the device.', {
      statuses: 'STATUS_INVALID_PARAMETER STATUS_MEDIA_WRITE_PROTECTED STATUS_VOLUME_DISMOUNTED',
      needsApcs: true,
      inferred: true,
      rules: 'IO-1',
    }),
  FltFreeCallbackData: row('CallbackData*', DISPATCH,
    'Frees callback data that the filter allocated, and the MDL chain in its parameters.',
    { gives: 'callback data CallbackData' }),
  FltFsControlFile: row('Instance* FileObject* FsControlCode InputBuffer? InputBufferLength ' +
                      'OutputBuffer? OutputBufferLength LengthReturned>?', PASSIVE,
    'Sends a file-system control code on an open file and waits.',
    { needsApcs: true, rules: 'IO-5' }),
  FltIsDirectory: row('FileObject* Instance* IsDirectory>', APC,
    'Whether an open file is a directory.',
    { statuses: 'STATUS_NOT_SUPPORTED', rules: 'IO-5 IO-6' }),
  FltPerformAsynchronousIo: row('CallbackData* CallbackRoutine* CallbackContext?', PAGING_IO,
    'Sends an operation and does not wait.', {
      statuses: 'STATUS_FLT_INVALID_ASYNCHRONOUS_REQUEST STATUS_FLT_IO_COMPLETE ' +
        'STATUS_INSUFFICIENT_RESOURCES STATUS_PENDING',
      rules: 'IO-8 IO-9',
    }),
  FltPerformSynchronousIo: row('CallbackData*', PAGING_IO,
    'Sends an operation to the instances below and the file system, and waits for its end, ' +
      'on an asynchronous file object too.', {
      needsApcs: true,
      rules: 'DIS-8 IO-1..4 IO-10 POST-25 6.2',
    }),
  FltQueryDirectoryFile: row('Instance* FileObject* FileInformation* Length ' +
                           'FileInformationClass ReturnSingleEntry FileName? RestartScan ' +
                           'LengthReturned>?', PASSIVE,
    'Reads entries of an open directory.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_NO_MORE_FILES STATUS_NO_SUCH_FILE',
      needsApcs: true,
      rules: 'IO-5 IO-6',
    }),
  FltQueryDirectoryFileEx: row('Instance* FileObject* FileInformation* Length ' +
                             'FileInformationClass QueryFlags FileName? LengthReturned>?', PASSIVE,
    'FltQueryDirectoryFile with SL_* flags.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_INVALID_PARAMETER STATUS_NO_MORE_FILES ' +
        'STATUS_NO_SUCH_FILE',
      needsApcs: true,
      rules: 'IO-5 IO-6',
    }),
  FltQueryEaFile: row('Instance* FileObject* ReturnedEaData* Length ReturnSingleEntry ' +
                    'EaList? EaListLength EaIndex? RestartScan LengthReturned>?', PASSIVE,
    'Reads extended attributes.', {
      statuses: 'STATUS_EAS_NOT_SUPPORTED STATUS_FLT_DELETING_OBJECT ' +
        'STATUS_INSUFFICIENT_RESOURCES',
      needsApcs: true,
      rules: 'IO-5 IO-6',
    }),
  FltOpenVolume: row('Instance* VolumeHandle> VolumeFileObject>?', PASSIVE,
    'Opens the volume that the instance is attached to, below the instance.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_PARAMETER',
      takes: 'file handle VolumeHandle: FltClose; object VolumeFileObject: ObDereferenceObject',
      needsApcs: true,
      rules: 'IO-21',
    }),
  FltQueryInformationFile: row('Instance* FileObject* FileInformation* Length ' +
                             'FileInformationClass LengthReturned>?', PASSIVE,
    'Asks the file system about a file.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_VOLUME_DISMOUNTED',
      needsApcs: true,
      rules: 'IO-4..6 KRN-45',
    }),
  FltQueryQuotaInformationFile: row('Instance* FileObject* IoStatusBlock> Buffer* ' +
                                  'Length ReturnSingleEntry SidList? SidListLength StartSid? ' +
                                  'RestartScan LengthReturned>?', PASSIVE,
    'Reads quota entries.',
    { statuses: 'STATUS_FLT_DELETING_OBJECT', needsApcs: true, rules: 'IO-5 IO-6' }),
  FltQuerySecurityObject: row('Instance* FileObject* SecurityInformation SecurityDescriptor? ' +
                            'Length LengthNeeded>?', PASSIVE,
    'Reads a security descriptor.', {
      statuses: 'STATUS_ACCESS_DENIED STATUS_BUFFER_TOO_SMALL',
      needsApcs: true,
      rules: 'IO-5 IO-6',
    }),
  FltQueryVolumeInformation: row(
    'Instance* Iosb> FsInformation* Length FsInformationClass', PASSIVE,
    'Asks about the instance\'s volume.', {
      statuses: 'STATUS_BUFFER_OVERFLOW STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_INFO_CLASS STATUS_INVALID_PARAMETER',
      needsApcs: true,
      rules: 'IO-1 IO-4',
    }),
  FltQueryVolumeInformationFile: row('Instance* FileObject* FsInformation* Length ' +
                                   'FsInformationClass LengthReturned>?', PASSIVE,
    'Asks about the volume of an open file.',
    { statuses: 'STATUS_VOLUME_DISMOUNTED', needsApcs: true, rules: 'IO-1' }),
  FltReadFile: row('InitiatingInstance* FileObject* ByteOffset? Length Buffer? Flags ' +
                 'BytesRead>? CallbackRoutine? CallbackContext?', PAGING_FLAG,
    'Reads a file that is open.', {
      statuses: 'STATUS_END_OF_FILE STATUS_INVALID_PARAMETER STATUS_PENDING',
      needsApcs: true,
      rules: 'IO-4..6 IO-23..27 KRN-25',
    }),
  FltReadFileEx: row('InitiatingInstance* FileObject* ByteOffset? Length Buffer? Flags ' +
                   'BytesRead>? CallbackRoutine? CallbackContext? Key? Mdl?', PAGING_FLAG,
    'FltReadFile with a key (address of a ULONG or NULL) and an MDL that describes the buffer.',
    { needsApcs: true }),
  FltReuseCallbackData: row('CallbackData*', APC,
    'Makes used callback data ready for another operation: targets stay, the rest is zero, ' +
      'the MDL chain is freed.'),
  FltSetEaFile: row('Instance* FileObject* EaBuffer* Length', PASSIVE,
    'Writes extended attributes.',
    { statuses: 'STATUS_FLT_DELETING_OBJECT', needsApcs: true, rules: 'IO-5 IO-6' }),
  FltSetInformationFile: row(
    'Instance* FileObject* FileInformation* Length FileInformationClass', PASSIVE,
    'Changes what is known about a file.',
    { statuses: 'STATUS_NOT_SAME_DEVICE', needsApcs: true, rules: 'IO-4..6' }),
  FltSetQuotaInformationFile: row('Instance* FileObject* Buffer* Length', PASSIVE,
    'Changes quota entries.',
    { statuses: 'STATUS_FLT_DELETING_OBJECT', needsApcs: true, rules: 'IO-5 IO-6' }),
  FltSetSecurityObject: row(
    'Instance* FileObject* SecurityInformation SecurityDescriptor*', PASSIVE,
    'Stores a security descriptor.', {
      statuses: 'STATUS_ACCESS_DENIED STATUS_ACCESS_VIOLATION STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_ACL STATUS_INVALID_SECURITY_DESCR STATUS_INVALID_SID ' +
        'STATUS_NOT_IMPLEMENTED STATUS_UNKNOWN_REVISION',
      needsApcs: true,
      rules: 'IO-5 IO-6',
    }),
  FltSetVolumeInformation: row(
    'Instance* Iosb> FsInformation* Length FsInformationClass', PASSIVE,
    'Changes the instance\'s volume: label, quota control or object id.', {
      statuses: 'STATUS_INFO_LENGTH_MISMATCH STATUS_INSUFFICIENT_RESOURCES ' +
        'STATUS_INVALID_INFO_CLASS STATUS_INVALID_PARAMETER',
      needsApcs: true,
      rules: 'IO-1 IO-4',
    }),
  FltTagFile: row(
    'InitiatingInstance* FileObject* FileTag Guid? DataBuffer? DataBufferLength', PASSIVE,
    'Makes a file a reparse point.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_DEVICE_REQUEST ' +
        'STATUS_INVALID_PARAMETER STATUS_IO_REPARSE_TAG_MISMATCH ' +
        'STATUS_REPARSE_ATTRIBUTE_CONFLICT',
      needsApcs: true,
      rules: 'IO-4 IO-5',
    }),
  FltUntagFile: row('InitiatingInstance* FileObject* FileTag Guid?', PASSIVE,
    'Makes a reparse point an ordinary file again.', {
      statuses: 'STATUS_IO_REPARSE_TAG_MISMATCH STATUS_REPARSE_ATTRIBUTE_CONFLICT',
      needsApcs: true,
      rules: 'IO-4 IO-5',
    }),
  FltWriteFile: row('InitiatingInstance* FileObject* ByteOffset? Length Buffer? Flags ' +
                  'BytesWritten>? CallbackRoutine? CallbackContext?', PAGING_FLAG,
    'Writes a file that is open.', { needsApcs: true, rules: 'IO-4..6 IO-23..26' }),
  FltWriteFileEx: row('InitiatingInstance* FileObject* ByteOffset? Length Buffer? Flags ' +
                    'BytesWritten>? CallbackRoutine? CallbackContext? Key? Mdl?', PAGING_FLAG,
    'FltWriteFile with a key (address of a ULONG or NULL) and an MDL that describes the buffer.',
    { needsApcs: true }),
});

export const fltInitiated = fltkernel;
