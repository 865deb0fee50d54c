// The steps that bring about the opens which existed before the log, or that the log does not show.
// Guarantees: made-up steps carry line 0 and the reason `not-recorded`; each opens one slot, takes
// its locks, marks a deletion, leaves a notification outstanding or lists a directory to its end.
// A made-up open never asks for synchronous I/O unless one of its uses reads at the file pointer,
// and opens a reparse point itself.
import type { TraceEvent } from '../event.ts';
import type { OpenFile } from '../inference/open-file.ts';
import {
  FILE_DIRECTORY_FILE, FILE_OPEN, FILE_OPENED, FILE_OPEN_IF, FILE_OPEN_REPARSE_POINT,
  FILE_SYNCHRONOUS_IO_NONALERT,  FileInformationClass,
} from '../wdk.ts';
import type { Call, Step, StepFacts } from './steps.ts';

/** Holds the rest of any directory that a log lists. */
const WHOLE_DIRECTORY = 1 << 20;
const NOTIFY_BUFFER = 2048;

/** The facts of a step that no event stands for. */
export function madeUpFacts(open: OpenFile, thread: number, order: number): StepFacts {
  return {
    order, sequence: -1, line: 0, thread, recordedName: 'inferred',
    path: open.volume + open.volumePath, expectedStatus: undefined, alsoAccepted: [],
    scored: false, reason: 'not-recorded', requestorMode: 'kernel', mayPend: false,
    completedAfter: order, inferred: [], fromOwnResult: false, group: 'open-and-create',
  };
}

/** Everything that has to be done to have this open in the state that it was in. */
export function openingSteps(
  open: OpenFile, events: readonly TraceEvent[], thread: number, order: number,
): Step[] {
  const calls: Call[] = [openCall(open, events)];
  const handle = open.id;
  for (const { ByteOffset, Length, ExclusiveLock } of open.locks) {
    calls.push({ call: 'NtLockFile', handle, ByteOffset, Length, Key: 0, ExclusiveLock,
      FailImmediately: true, Cancel: false });
  }
  if (open.deletePending) {
    calls.push({ call: 'NtSetInformationFile', handle, fields: { DeleteFile: true },
      FileInformationClass: FileInformationClass.FileDispositionInformation,
      targetPath: undefined });
  }
  if (open.scannedToEnd) {
    calls.push({ call: 'NtQueryDirectoryFile', handle, FileName: undefined,
      FileInformationClass: FileInformationClass.FileNamesInformation,
      Length: WHOLE_DIRECTORY, RestartScan: false, ReturnSingleEntry: false });
  }
  if (open.pendingNotify !== undefined) {
    calls.push({ call: 'NtNotifyChangeDirectoryFile', handle, ...open.pendingNotify,
      Length: NOTIFY_BUFFER, Cancel: false });
  }
  return calls.map((call, index) => ({ ...madeUpFacts(open, thread, order + index),
    mayPend: call.call === 'NtNotifyChangeDirectoryFile', ...call }));
}

function openCall(open: OpenFile, events: readonly TraceEvent[]): Call {
  const used = open.uses.map((sequence) => events[sequence]?.parameters);
  const usesPointer = used.some((parameters) =>
    parameters?.type === 'read-write' && parameters.ByteOffset < 0);
  const makesDirectory = open.createsFile && used.some((parameters) =>
    parameters?.type === 'directory' || parameters?.type === 'notify');
  return {
    call: 'NtCreateFile', handle: open.id, volume: open.volume, volumePath: open.volumePath,
    TrailingBackslash: false, DesiredAccess: open.DesiredAccess, AllocationSize: 0,
    FileAttributes: 0, ShareAccess: open.ShareAccess,
    CreateDisposition: open.createsFile ? FILE_OPEN_IF : FILE_OPEN,
    CreateOptions: FILE_OPEN_REPARSE_POINT | (usesPointer ? FILE_SYNCHRONOUS_IO_NONALERT : 0)
      | (makesDirectory ? FILE_DIRECTORY_FILE : 0),
    OpenResult: open.createsFile ? undefined : FILE_OPENED,
  };
}

/** A close that the log does not show. */
export function closingStep(open: OpenFile, thread: number, order: number): Step {
  return { ...madeUpFacts(open, thread, order), group: 'close', call: 'NtClose', handle: open.id };
}

/** The reference that paging I/O needed after the cleanup goes. */
export function dereferenceStep(open: OpenFile, thread: number, order: number): Step {
  return { ...madeUpFacts(open, thread, order), group: 'close', call: 'ObDereferenceObject',
    handle: open.id };
}
