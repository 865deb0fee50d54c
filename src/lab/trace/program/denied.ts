// Whether an ACCESS DENIED on a create follows from attributes alone.
// Guarantees: true only for what a file system denies without looking at security: writing data to,
// or overwriting, a read-only file, and overwriting a hidden or system file without asking for the
// same attributes.
import type { TraceEvent } from '../event.ts';
import type { InitialFile } from '../inference/initial-state.ts';
import * as wdk from '../wdk.ts';

/** True when the attributes of the file, as before the log, explain the refusal. */
export function deniedByAttributes(event: TraceEvent, file: InitialFile | undefined): boolean {
  if (event.parameters.type !== 'create') return false;
  if (file === undefined || file.kind === 'directory') return false;
  const { DesiredAccess, CreateDisposition, FileAttributes } = event.parameters;
  const overwrites = CreateDisposition === wdk.FILE_OVERWRITE
    || CreateDisposition === wdk.FILE_OVERWRITE_IF || CreateDisposition === wdk.FILE_SUPERSEDE;
  const writes = (DesiredAccess & (wdk.FILE_WRITE_DATA | wdk.FILE_APPEND_DATA)) !== 0;
  if ((file.FileAttributes & wdk.FILE_ATTRIBUTE_READONLY) !== 0 && (writes || overwrites)) {
    return true;
  }
  const special = wdk.FILE_ATTRIBUTE_HIDDEN | wdk.FILE_ATTRIBUTE_SYSTEM;
  return overwrites && (file.FileAttributes & special & ~FileAttributes) !== 0;
}
