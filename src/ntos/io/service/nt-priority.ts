// FileIoPriorityHintInformation: the hint of a file object, kept by the I/O manager. Neither the
// filters nor the file system are asked.
import { i32 } from '../../../mem/memory.ts';
import { STATUS_INFO_LENGTH_MISMATCH, STATUS_SUCCESS } from '../../status-codes.ts';
import { NT_SUCCESS } from '../../status.ts';
import { FILE_IO_PRIORITY_HINT_INFORMATION } from '../information/file-information.ts';
import { IoPriorityNormal } from '../object-constants.ts';
import { fileHint, setFileHint } from './priority.ts';
import { fileByHandle, releaseFile } from './service.ts';
import { IO_STATUS_BLOCK } from '../types.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT } from '../types.ts';

const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
const SIZE = FILE_IO_PRIORITY_HINT_INFORMATION.size;

function withFile(
  handle: number, iosb: number, information: number, act: (file: PFILE_OBJECT) => NTSTATUS,
): NTSTATUS {
  const file = fileByHandle(handle, 0);
  if (file < 0) return file as NTSTATUS;
  const status = act(file as PFILE_OBJECT);
  releaseFile(file as PFILE_OBJECT);
  set_Status(iosb as PIOSB, status);
  set_Information(iosb as PIOSB, NT_SUCCESS(status) ? information : 0);
  return status;
}

/** NtQueryInformationFile with this class. PASSIVE_LEVEL. STATUS_INFO_LENGTH_MISMATCH. */
export function queryPriorityHint(
  handle: number, iosb: number, buffer: number, length: number,
): NTSTATUS {
  if (length < SIZE) return STATUS_INFO_LENGTH_MISMATCH;
  return withFile(handle, iosb, SIZE, (file) => {
    i32[buffer >> 2] = fileHint(file) ?? IoPriorityNormal;
    return STATUS_SUCCESS;
  });
}

/** NtSetInformationFile with this class. STATUS_INVALID_PARAMETER for what is no hint. */
export function setPriorityHint(
  handle: number, iosb: number, buffer: number, length: number,
): NTSTATUS {
  if (length < SIZE) return STATUS_INFO_LENGTH_MISMATCH;
  return withFile(handle, iosb, 0, (file) => setFileHint(file, i32[buffer >> 2]!));
}
