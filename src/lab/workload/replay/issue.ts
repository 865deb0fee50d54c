// From a step to the system service it stands for. One small function per call; what a log cannot
// know (a buffer's place, a journal's identity) is filled in here.
// Guarantees: returns the final status; undefined when the request goes on and will be scored at
// its end; or the reason why the machine has no way to issue it.
import { STATUS_INVALID_HANDLE, STATUS_PENDING, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { NT_SUCCESS, NT_WARNING } from '../../../ntos/status.ts';
import * as mj from '../../../ntos/io/constants.ts';
import { FILE_CREATED, FILE_OVERWRITTEN, FILE_SUPERSEDED }
  from '../../../ntos/io/file-constants.ts';
import * as files from '../user/files.ts';
import * as requests from '../user/requests.ts';
import { synchronize } from '../user/synchronization.ts';
import { nameRoom, putFullEa, putInformation, putRename, eaBytes } from '../user/structures.ts';
import { putSecurityDescriptor } from '../user/control-input.ts';
import { issueControl } from './issue-control.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { UserFile } from '../user.ts';
import type { Issuer, NotIssued } from './issuer.ts';
import type { PlannedStep } from './plan-types.ts';

type Outcome = number | undefined | NotIssued;
/** A step of one call. */
export type StepOf<C extends Step['call'], S extends Step = Step> =
  S extends Step ? (Extract<S['call'], C> extends never ? never : S) : never;

const NO_HANDLE = STATUS_INVALID_HANDLE;
/** Of a log that does not tell how long the value was. */
const UNKNOWN_EA_VALUE = 16;
const replaces: readonly number[] = [FILE_CREATED, FILE_OVERWRITTEN, FILE_SUPERSEDED];
const renames: readonly number[] = [10, 11, 56, 65, 66, 72];

/** Issues a step. */
export function issueStep(x: Issuer, planned: PlannedStep): Outcome {
  const { step } = planned;
  switch (step.call) {
    case 'NtCreateFile': return create(x, planned, step);
    case 'FastIoQueryOpen':
      return requests.queryAttributes(x.user, x.place(step.volume, step.volumePath));
    case 'NtClose':
      x.slots.awaitRequests(step.handle, planned.after);
      return x.slots.close(step.handle) ?? NO_HANDLE;
    case 'ObDereferenceObject': return dereference(x, planned, step.handle);
    case 'IoPageRead': case 'IoSynchronousPageWrite': return paging(x, planned, step);
    case 'FsRtlMdlReadDev': case 'FsRtlPrepareMdlWriteDev': case 'FsRtlMdlReadCompleteDev':
    case 'FsRtlMdlWriteCompleteDev':
      return { notIssued: 'the MDL interface of fast I/O, which ramfs does not offer' };
    case 'AcquireForSectionSynchronization': case 'AcquireForModWrite': case 'AcquireForCcFlush':
    case 'ReleaseForSectionSynchronization': case 'ReleaseForModWrite': case 'ReleaseForCcFlush':
      return synchronization(x, step);
    default: {
      const file = x.slots.file(step.handle);
      return file === undefined ? NO_HANDLE : onFile(x, planned, step, file);
    }
  }
}

type FileStep = Exclude<Step, { call: 'NtCreateFile' | 'FastIoQueryOpen' | 'NtClose' }>;

/** Steps on an open file. */
function onFile(x: Issuer, planned: PlannedStep, step: FileStep, file: UserFile): Outcome {
  switch (step.call) {
    case 'NtReadFile': case 'NtWriteFile': return transfer(x, planned, step, file);
    case 'NtQueryInformationFile':
      return query(x, step.Length, (buffer, length) =>
        files.queryFile(x.user, file, step.FileInformationClass, buffer, length));
    case 'NtQueryVolumeInformationFile':
      return query(x, step.Length, (buffer, length) =>
        files.queryVolume(x.user, file, step.FsInformationClass, buffer, length));
    case 'NtSetVolumeInformationFile':
      return query(x, step.Length, (buffer, length) =>
        files.setVolume(x.user, file, step.FsInformationClass, buffer, length));
    case 'NtQueryDirectoryFile':
      return query(x, step.Length, (buffer, length) =>
        requests.queryDirectory(x.user, file, step, buffer, length));
    case 'NtQuerySecurityObject':
      return query(x, step.Length, (buffer, length) =>
        files.querySecurity(x.user, file, step.SecurityInformation, buffer, length));
    case 'NtSetSecurityObject':
      return query(x, 64, (buffer) => {
        putSecurityDescriptor(buffer);
        return files.setSecurity(x.user, file, step.SecurityInformation, buffer);
      });
    case 'NtQueryEaFile':
      return query(x, step.Length, (buffer, length) =>
        requests.queryEa(x.user, file, step.EaName, buffer, length));
    case 'NtSetEaFile': return setEa(x, step, file);
    case 'NtSetInformationFile': return setInformation(x, planned, step, file);
    case 'NtNotifyChangeDirectoryFile': return notify(x, planned, step, file);
    case 'NtFsControlFile': case 'NtDeviceIoControlFile':
      return issueControl(x, planned, step, file);
    case 'NtFlushBuffersFile': return files.flushFile(x.user, file);
    case 'NtLockFile': return lock(x, planned, step, file);
    case 'NtUnlockFile':
      return files.unlockFile(x.user, file, step.ByteOffset, step.Length, step.Key);
    case 'UnlockAll': return requests.unlockAll(x.user, file, undefined);
    case 'UnlockAllByKey': return requests.unlockAll(x.user, file, step.Key);
    default: return { notIssued: step.call };
  }
}

function create(x: Issuer, planned: PlannedStep, step: StepOf<'NtCreateFile'>): Outcome {
  const path = x.place(step.volume, step.volumePath);
  const isTrailing = step.TrailingBackslash && !path.endsWith('\\');
  const opened = x.slots.open(step.handle, { ...step, path: path + (isTrailing ? '\\' : '') });
  const isNew = NT_SUCCESS(opened.status) && replaces.includes(opened.information);
  if (isNew) x.changed(planned.content);
  return opened.status;
}

function dereference(x: Issuer, planned: PlannedStep, slot: number): Outcome {
  x.slots.awaitRequests(slot, planned.after);
  let isKept = false;
  x.user.call(mj.IRP_MJ_CLOSE, undefined, () => {
    isKept = x.slots.dereference(slot);
    return isKept ? STATUS_SUCCESS : NO_HANDLE;
  });
  return isKept ? STATUS_SUCCESS : NO_HANDLE;
}

/** Calls with a buffer of the asked length; the buffer is given back. */
function query(
  x: Issuer, length: number, call: (buffer: number, length: number) => number,
): number {
  const buffer = x.buffer(length);
  const status = call(buffer.at, buffer.length);
  x.user.arena.give(buffer.at);
  return status;
}

function transfer(
  x: Issuer, planned: PlannedStep, step: StepOf<'NtReadFile' | 'NtWriteFile'>, file: UserFile,
): Outcome {
  const { ByteOffset } = step;
  return query(x, step.Length, (buffer, length) => {
    if (step.call === 'NtReadFile') {
      x.poison(buffer, length);
      const status = files.readFile(x.user, file, buffer, length, ByteOffset);
      const moved = NT_SUCCESS(status) || NT_WARNING(status) ? x.user.information : 0;
      x.check(planned, buffer, ByteOffset, moved);
      return status;
    }
    x.fill(planned, buffer, ByteOffset, length);
    const status = files.writeFile(x.user, file, buffer, length, ByteOffset);
    if (NT_SUCCESS(status)) x.wrote(planned, ByteOffset, length);
    return status;
  });
}

function paging(
  x: Issuer, planned: PlannedStep, step: StepOf<'IoPageRead' | 'IoSynchronousPageWrite'>,
): Outcome {
  const { ByteOffset, handle } = step;
  return query(x, step.Length, (buffer, length) => {
    if (step.call === 'IoPageRead') {
      x.poison(buffer, length);
      const status = x.slots.withFileObject(handle, (file) =>
        requests.pageRead(x.user, file, buffer, length, ByteOffset));
      const moved = status !== undefined && NT_SUCCESS(status) ? x.user.information : 0;
      x.check(planned, buffer, ByteOffset, moved);
      return status ?? NO_HANDLE;
    }
    x.fill(planned, buffer, ByteOffset, length);
    const status = x.slots.withFileObject(handle, (file) =>
      requests.pageWrite(x.user, file, buffer, length, ByteOffset)) ?? NO_HANDLE;
    // It stops at the end of the file, so nobody knows which cells it reached.
    x.changed(planned.content);
    return status;
  });
}

function setEa(x: Issuer, step: StepOf<'NtSetEaFile'>, file: UserFile): number {
  const name = step.EaName === '' ? 'LAB' : step.EaName;
  // An empty value would take the attribute away.
  const value = Math.max(UNKNOWN_EA_VALUE, step.Length - eaBytes(name, 0));
  return query(x, eaBytes(name, value), (buffer) =>
    requests.setEa(x.user, file, buffer, putFullEa(buffer, name, value)));
}

function setInformation(
  x: Issuer, planned: PlannedStep, step: StepOf<'NtSetInformationFile'>, file: UserFile,
): number {
  const { FileInformationClass: cls, fields } = step;
  x.changed(planned.content);
  if (!renames.includes(cls)) {
    return query(x, 128, (buffer) =>
      files.setFile(x.user, file, cls, buffer, putInformation(buffer, cls, fields)));
  }
  const volume = /^[^\\]*/.exec(step.path)?.[0] ?? '';
  const target = targetName(x, step, volume);
  const flags = fields.Flags ?? (fields.ReplaceIfExists === false ? 0 : 1);
  return query(x, nameRoom(target), (buffer) =>
    files.setFile(x.user, file, cls, buffer, putRename(buffer, target, flags)));
}

function targetName(
  x: Issuer, step: StepOf<'NtSetInformationFile'>, volume: string,
): string {
  const recorded = step.fields.FileName ?? '';
  if (recorded.startsWith(':')) return recorded;
  return `\\??\\${x.place(volume, step.targetPath ?? '')}`;
}

function notify(
  x: Issuer, planned: PlannedStep, step: StepOf<'NtNotifyChangeDirectoryFile'>, file: UserFile,
): Outcome {
  const buffer = x.buffer(step.Length);
  const { status, request } = requests.startNotify(x.user, file,
    { ...step, buffer: buffer.at, length: buffer.length }, (end) => x.ended(step, end));
  if (status === STATUS_PENDING) x.goesOn(planned, request, file);
  return undefined;
}

function lock(
  x: Issuer, planned: PlannedStep, step: StepOf<'NtLockFile'>, file: UserFile,
): Outcome {
  if (step.FailImmediately || !file.asynchronous) return requests.lockFile(x.user, file, step);
  const { status, request } = requests.startLock(x.user, file, step,
    (end) => x.ended(step, end));
  if (status === STATUS_PENDING) x.goesOn(planned, request, file);
  return undefined;
}

const kinds = {
  AcquireForSectionSynchronization: 'section', ReleaseForSectionSynchronization: 'section',
  AcquireForModWrite: 'mod-write', ReleaseForModWrite: 'mod-write',
  AcquireForCcFlush: 'cc-flush', ReleaseForCcFlush: 'cc-flush',
} as const;

/**
 * An acquisition is given back at once, also where the log shows the release later: in between the
 * requestor would hold the file against its other recorded threads. The release then only says how
 * it went.
 */
function synchronization(
  x: Issuer, step: StepOf<keyof typeof kinds>,
): Outcome {
  const kind = kinds[step.call];
  const key = `${step.handle} ${kind}`;
  if (step.call.startsWith('Release') && x.acquired.delete(key)) return STATUS_SUCCESS;
  const status = x.slots.withFileObject(step.handle, (file) =>
    synchronize(x.user, file, kind, step.SyncType, step.PageProtection)) ?? NO_HANDLE;
  if (step.call.startsWith('Release')) return NT_SUCCESS(status) ? STATUS_SUCCESS : status;
  if (NT_SUCCESS(status)) x.acquired.add(key);
  return status;
}
