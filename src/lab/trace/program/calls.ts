// From a recorded request and what was inferred about it to the system call that repeats it.
// Guarantees: every kind of event that `score.ts` lets be issued has a call; a parameter that the
// log leaves out comes from the event's annotation, or is 0 where no status depends on it.
import type { TraceEvent } from '../event.ts';
import { controlCode } from '../control-codes.ts';
import { isPaging } from '../inference/access.ts';
import type { InferredParameter } from '../inference/left-out.ts';
import type { OpenFile } from '../inference/open-file.ts';
import { targetPath } from '../inference/requests.ts';
import * as wdk from '../wdk.ts';
import { isOplockRequest } from './score.ts';
import type { Call, SynchronizationCall } from './steps.ts';

/** Which releases the log shows; a pair without them is completed by the executor. */
export interface ReleaseRows {
  readonly section: boolean;
  readonly modWrite: boolean;
  readonly ccFlush: boolean;
}

export interface CallContext {
  /** The open that the request is issued on, or the one that a create gives. */
  readonly open: OpenFile | undefined;
  readonly inferred: readonly InferredParameter[];
  readonly releases: ReleaseRows;
  /** A request on this create's open stays pending: it must not be synchronous. */
  readonly isAsynchronous: boolean;
}

const BREAK_ACKNOWLEDGE = controlCode('FSCTL_OPLOCK_BREAK_ACKNOWLEDGE');
const SYNCHRONOUS = wdk.FILE_SYNCHRONOUS_IO_ALERT | wdk.FILE_SYNCHRONOUS_IO_NONALERT;

/** True when the request may stay pending while its thread goes on. */
export function mayPend(event: TraceEvent): boolean {
  const { parameters } = event;
  if (event.operation === 'notify-change-directory') return true;
  if (parameters.type === 'lock') return event.operation === 'lock' && !parameters.FailImmediately;
  return parameters.type === 'control' && isOplockRequest(parameters.IoControlCode)
    && parameters.IoControlCode !== BREAK_ACKNOWLEDGE;
}

/** The call of an event; undefined for kinds that nothing can issue. */
export function callOf(event: TraceEvent, context: CallContext): Call | undefined {
  const { parameters, volume, volumePath } = event;
  if (parameters.type === 'create') return createCall(event, context);
  if (event.operation === 'network-query-open') {
    return { call: 'FastIoQueryOpen', volume, volumePath };
  }
  if (context.open === undefined) return undefined;
  const handle = context.open.id;
  switch (parameters.type) {
    case 'read-write': return readWriteCall(event, handle, context);
    case 'information': return informationCall(event, handle, context);
    case 'volume':
      return { call: event.operation === 'query-volume-information'
        ? 'NtQueryVolumeInformationFile' : 'NtSetVolumeInformationFile', handle,
      FsInformationClass: parameters.FsInformationClass ?? 0,
      Length: parameters.Length ?? number(context, 'Length') };
    case 'directory':
      return { call: 'NtQueryDirectoryFile', handle, FileName: parameters.FileName,
        FileInformationClass: parameters.FileInformationClass
          ?? number(context, 'FileInformationClass'),
        Length: parameters.Length ?? number(context, 'Length'),
        RestartScan: parameters.RestartScan ?? flag(context, 'RestartScan'),
        ReturnSingleEntry: parameters.ReturnSingleEntry ?? false };
    case 'notify':
      return { call: 'NtNotifyChangeDirectoryFile', handle,
        CompletionFilter: parameters.CompletionFilter, Length: number(context, 'Length'),
        WatchTree: parameters.WatchTree ?? flag(context, 'WatchTree'),
        Cancel: flag(context, 'Cancel') };
    case 'control': return controlCall(event, handle, context);
    case 'lock': return lockCall(event, handle, context);
    case 'security':
      return { call: event.operation === 'query-security' ? 'NtQuerySecurityObject'
        : 'NtSetSecurityObject', handle, SecurityInformation: parameters.SecurityInformation,
      Length: parameters.Length ?? number(context, 'Length') };
    case 'ea':
      return { call: event.operation === 'query-ea' ? 'NtQueryEaFile' : 'NtSetEaFile', handle,
        EaName: text(context, 'EaName'), Length: parameters.Length ?? number(context, 'Length') };
    default: return plainCall(event, handle, context);
  }
}

function createCall(event: TraceEvent, context: CallContext): Call | undefined {
  const { parameters, volume, volumePath } = event;
  if (parameters.type !== 'create') return undefined;
  const byPath = inferredValue(context, 'CreateOptions');
  const options = typeof byPath === 'number' ? byPath : parameters.CreateOptions;
  return {
    call: 'NtCreateFile', handle: context.open?.id ?? -1, volume, volumePath,
    TrailingBackslash: flag(context, 'TrailingBackslash'),
    DesiredAccess: parameters.DesiredAccess, AllocationSize: parameters.AllocationSize ?? 0,
    FileAttributes: parameters.FileAttributes, ShareAccess: parameters.ShareAccess,
    CreateDisposition: parameters.CreateDisposition,
    CreateOptions: context.isAsynchronous ? options & ~SYNCHRONOUS : options,
    OpenResult: parameters.OpenResult,
  };
}

function readWriteCall(event: TraceEvent, handle: number, context: CallContext): Call | undefined {
  const { parameters, operation } = event;
  if (parameters.type !== 'read-write') return undefined;
  const { ByteOffset, IrpFlags } = parameters;
  const Length = parameters.Length ?? number(context, 'Length');
  if (operation === 'mdl-read') {
    return { call: 'FsRtlMdlReadDev', handle, FileOffset: ByteOffset, Length };
  }
  if (operation === 'prepare-mdl-write') {
    return { call: 'FsRtlPrepareMdlWriteDev', handle, FileOffset: ByteOffset, Length };
  }
  if (isPaging(parameters)) {
    return { call: operation === 'read' ? 'IoPageRead' : 'IoSynchronousPageWrite', handle,
      ByteOffset, Length, IrpFlags };
  }
  return { call: operation === 'read' ? 'NtReadFile' : 'NtWriteFile', handle, ByteOffset, Length };
}

function informationCall(
  event: TraceEvent, handle: number, context: CallContext,
): Call | undefined {
  const { parameters } = event;
  if (parameters.type !== 'information') return undefined;
  const { FileInformationClass = 0, fields } = parameters;
  if (event.operation === 'query-information') {
    return { call: 'NtQueryInformationFile', handle, FileInformationClass,
      Length: parameters.Length ?? number(context, 'Length') };
  }
  return { call: 'NtSetInformationFile', handle, FileInformationClass, fields,
    targetPath: targetPath(event, fields.FileName) };
}

function controlCall(event: TraceEvent, handle: number, context: CallContext): Call | undefined {
  const { parameters } = event;
  if (parameters.type !== 'control') return undefined;
  const input = inferredValue(context, 'InputBufferLength');
  const level = inferredValue(context, 'RequestedOplockLevel');
  return {
    call: event.operation === 'device-control' ? 'NtDeviceIoControlFile' : 'NtFsControlFile',
    handle, IoControlCode: parameters.IoControlCode,
    InputBufferLength: parameters.InputBufferLength
      ?? (typeof input === 'number' ? input : undefined),
    OutputBufferLength: parameters.OutputBufferLength ?? number(context, 'OutputBufferLength'),
    FileOffset: parameters.FileOffset, Length: parameters.Length,
    RequestedOplockLevel: typeof level === 'number' ? level : undefined,
    Cancel: flag(context, 'Cancel'),
  };
}

function lockCall(event: TraceEvent, handle: number, context: CallContext): Call | undefined {
  const { parameters } = event;
  if (parameters.type !== 'lock') return undefined;
  const calls = { 'lock': 'NtLockFile', 'unlock-single': 'NtUnlockFile', 'unlock-all': 'UnlockAll',
    'unlock-all-by-key': 'UnlockAllByKey' } as const;
  if (!(event.operation in calls)) return undefined;
  const { ByteOffset, Length, Key, ExclusiveLock, FailImmediately } = parameters;
  return { call: calls[event.operation as keyof typeof calls], handle, ByteOffset, Length, Key,
    ExclusiveLock, FailImmediately, Cancel: flag(context, 'Cancel') };
}

/** Requests without parameters, and FSFilter callbacks. */
function plainCall(event: TraceEvent, handle: number, context: CallContext): Call | undefined {
  switch (event.operation) {
    case 'cleanup': return { call: 'NtClose', handle };
    case 'close': return { call: 'ObDereferenceObject', handle };
    case 'flush-buffers': return { call: 'NtFlushBuffersFile', handle };
    case 'mdl-read-complete':
      return { call: 'FsRtlMdlReadCompleteDev', handle, FileOffset: 0, Length: 0 };
    case 'mdl-write-complete':
      return { call: 'FsRtlMdlWriteCompleteDev', handle, FileOffset: 0, Length: 0 };
    default: return synchronizationCall(event, handle, context.releases);
  }
}

function synchronizationCall(
  { operation, parameters }: TraceEvent, handle: number, releases: ReleaseRows,
): SynchronizationCall | undefined {
  const section = parameters.type === 'section' ? parameters
    : { SyncType: wdk.SyncTypeOther, PageProtection: 0 };
  const make = (
    call: SynchronizationCall['call'], releaseFollows: boolean,
  ): SynchronizationCall => ({ call, handle, SyncType: section.SyncType,
    PageProtection: section.PageProtection, releaseFollows });
  switch (operation) {
    case 'acquire-for-section':
      return make('AcquireForSectionSynchronization', !releases.section);
    case 'release-for-section': return make('ReleaseForSectionSynchronization', false);
    case 'acquire-for-mod-write': return make('AcquireForModWrite', !releases.modWrite);
    case 'release-for-mod-write': return make('ReleaseForModWrite', false);
    case 'acquire-for-cc-flush': return make('AcquireForCcFlush', !releases.ccFlush);
    case 'release-for-cc-flush': return make('ReleaseForCcFlush', false);
    default: return undefined;
  }
}

function inferredValue(
  { inferred }: CallContext, name: string,
): InferredParameter['value'] | undefined {
  return inferred.find((parameter) => parameter.name === name)?.value;
}

function number(context: CallContext, name: string): number {
  const value = inferredValue(context, name);
  return typeof value === 'number' ? value : 0;
}

const flag = (context: CallContext, name: string): boolean =>
  inferredValue(context, name) === true;

function text(context: CallContext, name: string): string {
  const value = inferredValue(context, name);
  return typeof value === 'string' ? value : '';
}
