// Contracts: questions about files and volumes that need no open file, and their newer forms.
import { PASSIVE, family, row } from './contract.ts';

const fltkernel = family('fltkernel', {
  FltCreateSystemVolumeInformationFolder: row('Instance*', PASSIVE,
    'Sees to it that the volume has its "System Volume Information" folder.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INSUFFICIENT_RESOURCES',
      inferred: true, needsApcs: true,
    }),
  FltQueryInformationByName: row('Filter* Instance? ObjectAttributes* IoStatusBlock> ' +
      'FileInformation* Length FileInformationClass DriverContext?', PASSIVE,
    'Asks about a file by name, without opening it where the file system can.', {
      statuses: 'STATUS_FLT_DELETING_OBJECT STATUS_INVALID_DEVICE_OBJECT_PARAMETER ' +
        'STATUS_INVALID_INFO_CLASS',
      inferred: true, needsApcs: true,
      rules: 'OP-9 IO-6',
    }),
  FltTagFileEx: row('InitiatingInstance* FileObject* FileTag Guid? DataBuffer? ' +
      'DataBufferLength ExistingFileTag ExistingGuid? Flags', PASSIVE,
    'Makes a file a reparse point, or replaces the one that it is.', {
      statuses: 'STATUS_INSUFFICIENT_RESOURCES STATUS_INVALID_DEVICE_REQUEST ' +
        'STATUS_INVALID_PARAMETER STATUS_IO_REPARSE_TAG_MISMATCH ' +
        'STATUS_REPARSE_ATTRIBUTE_CONFLICT',
      inferred: true, needsApcs: true,
      rules: 'IO-4 IO-5',
    }),
});

export const fltFiles = fltkernel;
