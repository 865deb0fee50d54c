// The shortest buffer that each information class takes: what NtQueryInformationFile and
// NtSetInformationFile check for applications before anything else (STATUS_INFO_LENGTH_MISMATCH).
// Callers in the kernel are not checked here, nor are classes that the list does not have: there
// the file system does it.
import { STATUS_INFO_LENGTH_MISMATCH, STATUS_SUCCESS } from '../../status-codes.ts';
import * as information from './file-information.ts';
import * as classes from './information-classes.ts';
import type { NTSTATUS } from '../../status.ts';

const s = information;
const c = classes;

const queryLengths: Readonly<Record<number, number>> = {
  [c.FileBasicInformation]: s.FILE_BASIC_INFORMATION.size,
  [c.FileStandardInformation]: s.FILE_STANDARD_INFORMATION.size,
  [c.FileInternalInformation]: s.FILE_INTERNAL_INFORMATION.size,
  [c.FileEaInformation]: s.FILE_EA_INFORMATION.size,
  [c.FileAccessInformation]: s.FILE_ACCESS_INFORMATION.size,
  [c.FileNameInformation]: s.FILE_NAME_INFORMATION.size,
  [c.FilePositionInformation]: s.FILE_POSITION_INFORMATION.size,
  [c.FileModeInformation]: s.FILE_MODE_INFORMATION.size,
  [c.FileAlignmentInformation]: s.FILE_ALIGNMENT_INFORMATION.size,
  [c.FileAllInformation]: s.FILE_ALL_INFORMATION.size,
  [c.FileAlternateNameInformation]: s.FILE_NAME_INFORMATION.size,
  [c.FileStreamInformation]: s.FILE_STREAM_INFORMATION.size,
  [c.FileCompressionInformation]: s.FILE_COMPRESSION_INFORMATION.size,
  [c.FileObjectIdInformation]: s.FILE_OBJECTID_INFORMATION.size,
  [c.FileNetworkOpenInformation]: s.FILE_NETWORK_OPEN_INFORMATION.size,
  [c.FileAttributeTagInformation]: s.FILE_ATTRIBUTE_TAG_INFORMATION.size,
  [c.FileIoCompletionNotificationInformation]:
    s.FILE_IO_COMPLETION_NOTIFICATION_INFORMATION.size,
  [c.FileIoPriorityHintInformation]: s.FILE_IO_PRIORITY_HINT_INFORMATION.size,
  [c.FileHardLinkInformation]: s.FILE_LINKS_INFORMATION.size,
  [c.FileNormalizedNameInformation]: s.FILE_NAME_INFORMATION.size,
  [c.FileIsRemoteDeviceInformation]: s.FILE_IS_REMOTE_DEVICE_INFORMATION.size,
  [c.FileStandardLinkInformation]: s.FILE_STANDARD_LINK_INFORMATION.size,
  [c.FileRemoteProtocolInformation]: s.FILE_REMOTE_PROTOCOL_INFORMATION.size,
  [c.FileVolumeNameInformation]: s.FILE_VOLUME_NAME_INFORMATION.size,
  [c.FileIdInformation]: s.FILE_ID_INFORMATION.size,
  [c.FileStatInformation]: s.FILE_STAT_INFORMATION.size,
  [c.FileCaseSensitiveInformation]: s.FILE_CASE_SENSITIVE_INFORMATION.size,
};

const setLengths: Readonly<Record<number, number>> = {
  [c.FileBasicInformation]: s.FILE_BASIC_INFORMATION.size,
  [c.FileRenameInformation]: s.FILE_RENAME_INFORMATION.size,
  [c.FileRenameInformationEx]: s.FILE_RENAME_INFORMATION.size,
  [c.FileLinkInformation]: s.FILE_LINK_INFORMATION.size,
  [c.FileLinkInformationEx]: s.FILE_LINK_INFORMATION.size,
  [c.FileDispositionInformation]: s.FILE_DISPOSITION_INFORMATION.size,
  [c.FileDispositionInformationEx]: s.FILE_DISPOSITION_INFORMATION_EX.size,
  [c.FilePositionInformation]: s.FILE_POSITION_INFORMATION.size,
  [c.FileModeInformation]: s.FILE_MODE_INFORMATION.size,
  [c.FileAllocationInformation]: s.FILE_ALLOCATION_INFORMATION.size,
  [c.FileEndOfFileInformation]: s.FILE_END_OF_FILE_INFORMATION.size,
  [c.FileObjectIdInformation]: s.FILE_OBJECTID_INFORMATION.size,
  [c.FileCompletionInformation]: s.FILE_COMPLETION_INFORMATION.size,
  [c.FileValidDataLengthInformation]: s.FILE_VALID_DATA_LENGTH_INFORMATION.size,
  [c.FileShortNameInformation]: s.FILE_NAME_INFORMATION.size,
  [c.FileIoCompletionNotificationInformation]:
    s.FILE_IO_COMPLETION_NOTIFICATION_INFORMATION.size,
  [c.FileIoPriorityHintInformation]: s.FILE_IO_PRIORITY_HINT_INFORMATION.size,
  [c.FileCaseSensitiveInformation]: s.FILE_CASE_SENSITIVE_INFORMATION.size,
};

function check(lengths: Readonly<Record<number, number>>, cls: number, length: number): NTSTATUS {
  return length >>> 0 < (lengths[cls] ?? 0) ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
}

/** Whether an application may query a class with a buffer of that length. */
export function checkQueryLength(FileInformationClass: number, Length: number): NTSTATUS {
  return check(queryLengths, FileInformationClass, Length);
}

/** Whether an application may set a class with a buffer of that length. */
export function checkSetLength(FileInformationClass: number, Length: number): NTSTATUS {
  return check(setLengths, FileInformationClass, Length);
}

/** Whether a buffer holds what a class of fixed size answers: what fast I/O fills blindly. */
export function holdsAnswer(FileInformationClass: number, Length: number): boolean {
  return Length >>> 0 >= (queryLengths[FileInformationClass] ?? 0);
}
