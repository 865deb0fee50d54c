// A file system in a hundred rules, to check inference without a kernel: it runs the steps of a
// replay program one after the other and answers each as NT's documentation says.
// Guarantees: it sees calls and the initial state only, never a recorded status (the runner takes
// the expected one for the comparison). Simplification: nothing waits; a change completes matching
// notifications at once; contents are not kept; oplocks are granted and end with their handle.
import * as access from '#src/lab/trace/inference/access.ts';
import { controlCode } from '#src/lab/trace/control-codes.ts';
import * as status from '#src/lab/trace/nt-status.ts';
import type { ReplayProgram } from '#src/lab/trace/program.ts';
import type { Step } from '#src/lab/trace/program/steps.ts';
import {
  childPath, lastName, parentPath, pathKey, splitStream, upperCase,
} from '#src/lab/trace/volume-path.ts';
import * as wdk from '#src/lab/trace/wdk.ts';
import { matchesPattern } from './name-pattern.ts';

interface File {
  key: string;
  volume: string;
  path: string;
  isDirectory: boolean;
  size: number;
  attributes: number;
  eaBytes: number;
  reparseTag: number;
  hasObjectId: boolean;
  deletePending: boolean;
  readonly opens: Set<Open>;
  locks: { open: Open; from: number; to: number; exclusive: boolean }[];
}

interface Open {
  readonly file: File;
  readonly slot: number;
  readonly process: number;
  readonly DesiredAccess: number;
  readonly ShareAccess: number;
  readonly deleteOnClose: boolean;
  pattern: string | undefined;
  position: number;
  readonly notifies: { step: Step; filter: number; length: number; tree: boolean }[];
  watch: { filter: number; length: number; tree: boolean } | undefined;
  hasUnseenChange: boolean;
  readonly oplocks: Step[];
}

/** The status that each recorded step ended with; undefined while it is pending. */
export type Answers = Map<Step, number | undefined>;

const WRITES = wdk.FILE_WRITE_DATA | wdk.FILE_APPEND_DATA;
const CHANGE_NAME = 0x3;
const CHANGE_DATA = 0x1c;
const GRANULAR = controlCode('FSCTL_REQUEST_OPLOCK');
const NOT_FOUND = status.STATUS_OBJECT_NAME_NOT_FOUND;

/** Runs a whole program in its global order. */
export function runOnModel(program: ReplayProgram): Answers {
  const model = new ModelFileSystem(program);
  const steps = program.threads.flatMap((thread) => thread.steps)
    .toSorted((one, other) => one.order - other.order);
  for (const step of program.preparation) model.run(step);
  for (const step of steps) {
    model.run(step);
    model.cancelAfter(step.order);
  }
  return model.answers;
}

export class ModelFileSystem {
  readonly answers: Answers = new Map();
  readonly #files = new Map<string, File>();
  readonly #slots = new Map<number, Open>();
  readonly #program: ReplayProgram;
  #cancellations: Step[] = [];

  constructor(program: ReplayProgram) {
    this.#program = program;
    for (const volume of program.state.volumes) {
      this.#add(volume.name, '\\', { isDirectory: true });
      this.#add(volume.name, '', {});
    }
    for (const file of program.state.files) {
      this.#add(file.volume, file.path, { isDirectory: file.kind === 'directory',
        size: file.EndOfFile, attributes: file.FileAttributes, eaBytes: file.EaSize,
        reparseTag: file.ReparseTag, hasObjectId: file.hasObjectId });
      for (const stream of file.streams) {
        this.#add(file.volume, `${file.path}:${stream.name}`, { size: stream.EndOfFile });
      }
    }
  }

  run(step: Step): void {
    this.answers.set(step, undefined);
    const answer = this.#answer(step);
    if (answer !== status.STATUS_PENDING) this.answers.set(step, answer);
    else if ('Cancel' in step && step.Cancel) this.#cancellations.push(step);
  }

  cancelAfter(order: number): void {
    for (const step of this.#cancellations) {
      if (step.completedAfter === order && this.answers.get(step) === undefined) {
        this.answers.set(step, status.STATUS_CANCELLED);
      }
    }
    this.#cancellations = this.#cancellations.filter((step) => step.completedAfter > order);
  }

  #answer(step: Step): number {
    if (step.call === 'NtCreateFile') return this.#create(step);
    if (step.call === 'FastIoQueryOpen') {
      return this.#files.has(pathKey(step.volume, step.volumePath)) ? 0 : NOT_FOUND;
    }
    const open = this.#slots.get(step.handle);
    if (open === undefined) return status.STATUS_INVALID_HANDLE;
    if (step.requestorMode === 'user' && !this.#mayAsk(step, open)) {
      return status.STATUS_ACCESS_DENIED;
    }
    return this.#onOpen(step, open);
  }

  /** The I/O manager's check, by the event that the step stands for. */
  #mayAsk(step: Step, open: Open): boolean {
    if (step.call === 'NtReadFile') {
      return access.grants(open.DesiredAccess,
        { allOf: 0, anyOf: wdk.FILE_READ_DATA | wdk.FILE_EXECUTE });
    }
    return step.call !== 'NtWriteFile'
      || access.grants(open.DesiredAccess, { allOf: 0, anyOf: WRITES });
  }

  #onOpen(step: Step, open: Open): number {
    const { file } = open;
    switch (step.call) {
      case 'NtClose': return this.#close(open);
      case 'ObDereferenceObject':
        this.#slots.delete(open.slot);
        return 0;
      case 'NtReadFile': case 'IoPageRead': case 'FsRtlMdlReadDev':
        if (file.isDirectory) return status.STATUS_INVALID_DEVICE_REQUEST;
        return this.#read(step, open);
      case 'NtWriteFile': return this.#write(step, open);
      case 'NtQueryInformationFile':
        return queryInformation(step.FileInformationClass, step.Length, file);
      case 'NtSetInformationFile': return this.#set(step, open);
      case 'NtQueryDirectoryFile': return this.#list(step, open);
      case 'NtNotifyChangeDirectoryFile': return notify(step, open);
      case 'NtFsControlFile': return control(step, open);
      case 'NtDeviceIoControlFile': return status.STATUS_INVALID_PARAMETER;
      case 'NtLockFile': return lock(step, open);
      case 'NtUnlockFile': return unlock(step, open);
      case 'NtQuerySecurityObject': return step.Length < 20 ? status.STATUS_BUFFER_OVERFLOW : 0;
      case 'NtQueryEaFile':
        if (step.EaName !== '') {
          return step.Length < 9 + step.EaName.length ? status.STATUS_BUFFER_OVERFLOW : 0;
        }
        if (file.eaBytes === 0) return status.STATUS_NO_EAS_ON_FILE;
        return step.Length < file.eaBytes ? status.STATUS_BUFFER_OVERFLOW : 0;
      case 'NtSetEaFile':
        file.eaBytes += 16 + step.EaName.length;
        return 0;
      case 'AcquireForSectionSynchronization': return section(step, file);
      default: return 0;
    }
  }

  #create(step: Extract<Step, { call: 'NtCreateFile' }>): number {
    const { volume, volumePath: path } = step;
    const { base, stream } = splitStream(path);
    const parent = parentPath(base);
    const directory = parent === undefined ? undefined : this.#files.get(pathKey(volume, parent));
    if (parent !== undefined && directory?.isDirectory !== true) {
      return status.STATUS_OBJECT_PATH_NOT_FOUND;
    }
    const found = this.#files.get(pathKey(volume, path));
    const creates = [0, 2, 3, 5].includes(step.CreateDisposition);
    if (found === undefined && (!creates || (stream !== '' && !this.#has(volume, base)))) {
      return NOT_FOUND;
    }
    const refusal = found === undefined ? 0 : refused(step, found);
    if (refusal !== 0) return refusal;
    const file = found ?? this.#add(volume, path, {
      isDirectory: (step.CreateOptions & wdk.FILE_DIRECTORY_FILE) !== 0,
      attributes: step.FileAttributes });
    if (found !== undefined && [0, 4, 5].includes(step.CreateDisposition)) file.size = 0;
    if (found === undefined) this.#changed(file, CHANGE_NAME);
    this.#opened(step, file);
    return 0;
  }

  #opened(step: Extract<Step, { call: 'NtCreateFile' }>, file: File): void {
    if (step.handle < 0) return;
    const open: Open = { file, slot: step.handle, DesiredAccess: step.DesiredAccess,
      process: this.#program.handles[step.handle]?.processId ?? 0,
      ShareAccess: step.ShareAccess, pattern: undefined, position: 0, notifies: [],
      deleteOnClose: (step.CreateOptions & wdk.FILE_DELETE_ON_CLOSE) !== 0,
      watch: undefined, hasUnseenChange: false, oplocks: [] };
    file.opens.add(open);
    this.#slots.set(step.handle, open);
  }

  #close(open: Open): number {
    const { file } = open;
    file.opens.delete(open);
    file.locks = file.locks.filter((held) => held.open !== open);
    for (const step of open.oplocks) {
      const isGranular = step.call === 'NtFsControlFile' && step.IoControlCode === GRANULAR;
      if (this.answers.get(step) === undefined) {
        this.answers.set(step, isGranular ? status.STATUS_OPLOCK_HANDLE_CLOSED : 0);
      }
    }
    for (const { step } of this.#waiting(open)) {
      this.answers.set(step, status.STATUS_NOTIFY_CLEANUP);
    }
    if (open.deleteOnClose) file.deletePending = true;
    if (file.deletePending && file.opens.size === 0) {
      this.#files.delete(file.key);
      this.#changed(file, CHANGE_NAME);
    }
    if (this.#program.handles[open.slot]?.keepsFileObject !== true) this.#slots.delete(open.slot);
    return 0;
  }

  #read(step: Step, open: Open): number {
    if (!('Length' in step) || !('ByteOffset' in step)) return 0;
    const { file } = open;
    if (step.Length === 0) return 0;
    if (step.ByteOffset >= file.size && file.path !== '') return status.STATUS_END_OF_FILE;
    const held = file.locks.some((other) => other.exclusive && other.open !== open
      && other.from < step.ByteOffset + (step.Length ?? 0) && step.ByteOffset < other.to);
    return held && step.call === 'NtReadFile' ? status.STATUS_FILE_LOCK_CONFLICT : 0;
  }

  #write(step: Extract<Step, { call: 'NtReadFile' | 'NtWriteFile' }>, { file }: Open): number {
    const offset = step.ByteOffset < 0 ? file.size : step.ByteOffset;
    file.size = Math.max(file.size, offset + step.Length);
    this.#changed(file, CHANGE_DATA);
    return 0;
  }

  #set(step: Extract<Step, { call: 'NtSetInformationFile' }>, { file }: Open): number {
    const { fields, FileInformationClass: cls, targetPath } = step;
    if (cls === 20) file.size = fields.EndOfFile ?? file.size;
    if (cls === 19) file.size = Math.min(file.size, fields.AllocationSize ?? file.size);
    if (cls === 13 || cls === 64) {
      file.deletePending = fields.DeleteFile ?? ((fields.Flags ?? 0) & 1) !== 0;
      const below = childPath(file.key, '');
      if (file.isDirectory && [...this.#files.keys()].some((key) => key.startsWith(below))) {
        file.deletePending = false;
        return status.STATUS_DIRECTORY_NOT_EMPTY;
      }
      return 0;
    }
    if (targetPath !== undefined && (cls === 10 || cls === 65)) {
      return this.#rename(file, targetPath, fields.ReplaceIfExists ?? true);
    }
    if (targetPath !== undefined && (cls === 11 || cls === 72)) {
      if (this.#has(file.volume, targetPath)) return status.STATUS_OBJECT_NAME_COLLISION;
      this.#add(file.volume, targetPath, { size: file.size, attributes: file.attributes });
    }
    this.#changed(file, CHANGE_DATA);
    return 0;
  }

  #rename(file: File, path: string, replace: boolean): number {
    const key = pathKey(file.volume, path);
    if (this.#files.has(key) && !replace) return status.STATUS_OBJECT_NAME_COLLISION;
    this.#changed(file, CHANGE_NAME);
    const below = [...this.#files.values()].filter((other) => other === file
      || other.key.startsWith(`${file.key}\\`));
    const [oldKey, oldPath] = [file.key, file.path];
    for (const moved of below) {
      this.#files.delete(moved.key);
      moved.key = key + moved.key.slice(oldKey.length);
      moved.path = path + moved.path.slice(oldPath.length);
      this.#files.set(moved.key, moved);
    }
    this.#changed(file, CHANGE_NAME);
    return 0;
  }

  #list(step: Extract<Step, { call: 'NtQueryDirectoryFile' }>, open: Open): number {
    if (!open.file.isDirectory) return status.STATUS_INVALID_PARAMETER;
    const isFirst = open.pattern === undefined;
    if (isFirst || step.RestartScan) {
      open.pattern = step.FileName ?? open.pattern ?? '*';
      open.position = 0;
    }
    const pattern = open.pattern ?? '*';
    const names = this.#names(open.file).filter((name) => matchesPattern(pattern, name));
    let room = step.Length;
    let taken = 0;
    for (const name of names.slice(open.position)) {
      const bytes = entryBytes(step.FileInformationClass, name);
      if (bytes > room) break;
      room -= (bytes + 7) & ~7;
      taken++;
    }
    open.position += taken;
    if (taken > 0) return 0;
    return isFirst ? status.STATUS_NO_SUCH_FILE : status.STATUS_NO_MORE_FILES;
  }

  #names(directory: File): string[] {
    const names = [...this.#files.values()]
      .filter((file) => file.volume === directory.volume && file.path !== '\\'
        && splitStream(file.path).stream === ''
        && upperCase(parentPath(file.path) ?? '') === upperCase(directory.path))
      .map((file) => lastName(file.path))
      .toSorted((one, other) => (upperCase(one) < upperCase(other) ? -1 : 1));
    return directory.path === '\\' ? names : ['.', '..', ...names];
  }

  #changed(file: File, filter: number): void {
    const directory = parentPath(splitStream(file.path).base);
    if (directory === undefined) return;
    for (const open of this.#slots.values()) {
      const { watch } = open;
      if (watch === undefined || open.file.volume !== file.volume) continue;
      const isHere = upperCase(open.file.path) === upperCase(directory)
        || (watch.tree && upperCase(directory).startsWith(upperCase(open.file.path)));
      if (!isHere || (watch.filter & filter) === 0) continue;
      const waiting = this.#waiting(open)[0];
      if (waiting === undefined) open.hasUnseenChange = true;
      else {
        this.answers.set(waiting.step,
          waiting.length === 0 ? status.STATUS_NOTIFY_ENUM_DIR : 0);
      }
    }
  }

  #waiting(open: Open): Open['notifies'][number][] {
    return open.notifies.filter(({ step }) => this.answers.get(step) === undefined);
  }

  #has(volume: string, path: string): boolean {
    return this.#files.has(pathKey(volume, path));
  }

  #add(volume: string, path: string, given: Partial<File>): File {
    const key = pathKey(volume, path);
    const file: File = { key, volume, path, isDirectory: false, size: 0, attributes: 0, eaBytes: 0,
      reparseTag: 0, hasObjectId: false, deletePending: false, opens: new Set(), locks: [],
      ...given };
    this.#files.set(key, file);
    return file;
  }
}

function refused(step: Extract<Step, { call: 'NtCreateFile' }>, file: File): number {
  if (step.TrailingBackslash && !file.isDirectory) return status.STATUS_OBJECT_NAME_INVALID;
  if (file.deletePending) return status.STATUS_DELETE_PENDING;
  if (step.CreateDisposition === wdk.FILE_CREATE) return status.STATUS_OBJECT_NAME_COLLISION;
  const options = step.CreateOptions;
  if ((options & wdk.FILE_DIRECTORY_FILE) !== 0 && !file.isDirectory) {
    return status.STATUS_NOT_A_DIRECTORY;
  }
  if ((options & wdk.FILE_NON_DIRECTORY_FILE) !== 0 && file.isDirectory) {
    return status.STATUS_FILE_IS_A_DIRECTORY;
  }
  const isReadOnly = (file.attributes & wdk.FILE_ATTRIBUTE_READONLY) !== 0 && !file.isDirectory;
  if (isReadOnly && (step.DesiredAccess & WRITES) !== 0) return status.STATUS_ACCESS_DENIED;
  if (isReadOnly && (options & wdk.FILE_DELETE_ON_CLOSE) !== 0) return status.STATUS_CANNOT_DELETE;
  if (file.reparseTag !== 0 && (options & wdk.FILE_OPEN_REPARSE_POINT) === 0) {
    return status.statusValue('STATUS_IO_REPARSE_TAG_NOT_HANDLED');
  }
  return [...file.opens].some((other) => wdk.shareConflict(other, step))
    ? status.STATUS_SHARING_VIOLATION : 0;
}

function queryInformation(cls: number, length: number, file: File): number {
  const name = file.path.length * 2;
  const needs: Record<number, number> = { 18: 100 + name, 9: 4 + name, 48: 4 + name, 22: 24 + 14 };
  if (cls === 55) return status.STATUS_INVALID_PARAMETER;
  return length < (needs[cls] ?? 0) ? status.STATUS_BUFFER_OVERFLOW : 0;
}

function notify(step: Extract<Step, { call: 'NtNotifyChangeDirectoryFile' }>, open: Open): number {
  open.watch ??= { filter: step.CompletionFilter, length: step.Length, tree: step.WatchTree };
  const isLate = open.hasUnseenChange;
  open.hasUnseenChange = false;
  if (isLate) return step.Length === 0 ? status.STATUS_NOTIFY_ENUM_DIR : 0;
  open.notifies.push({ step, filter: step.CompletionFilter, length: step.Length,
    tree: step.WatchTree });
  return status.STATUS_PENDING;
}

function control(step: Extract<Step, { call: 'NtFsControlFile' | 'NtDeviceIoControlFile' }>,
  open: Open): number {
  const name = [...CONTROLS].find(([code]) => code === step.IoControlCode)?.[1];
  const { file } = open;
  if (name === undefined) return status.STATUS_INVALID_DEVICE_REQUEST;
  if (name.includes('OPLOCK')) {
    open.oplocks.push(step);
    return status.STATUS_PENDING;
  }
  if (name === 'FSCTL_GET_REPARSE_POINT') {
    if (file.reparseTag === 0) return status.STATUS_NOT_A_REPARSE_POINT;
    return step.OutputBufferLength < 24 ? status.STATUS_BUFFER_OVERFLOW : 0;
  }
  if (name === 'FSCTL_SET_REPARSE_POINT') file.reparseTag = wdk.IO_REPARSE_TAG_SYMLINK;
  if (name === 'FSCTL_CREATE_OR_GET_OBJECT_ID') file.hasObjectId = true;
  if (name === 'FSCTL_GET_OBJECT_ID' && !file.hasObjectId) {
    return status.statusValue('STATUS_OBJECTID_NOT_FOUND');
  }
  return 0;
}

const CONTROLS = new Map(['FSCTL_REQUEST_OPLOCK', 'FSCTL_REQUEST_FILTER_OPLOCK',
  'FSCTL_GET_REPARSE_POINT', 'FSCTL_SET_REPARSE_POINT', 'FSCTL_CREATE_OR_GET_OBJECT_ID',
  'FSCTL_GET_OBJECT_ID', 'FSCTL_DELETE_OBJECT_ID', 'FSCTL_READ_USN_JOURNAL',
  'FSCTL_QUERY_USN_JOURNAL', 'FSCTL_READ_FILE_USN_DATA', 'FSCTL_WRITE_USN_CLOSE_RECORD',
  'FSCTL_SET_COMPRESSION', 'FSCTL_GET_COMPRESSION', 'FSCTL_SET_SPARSE', 'FSCTL_SET_ZERO_DATA',
  'FSCTL_QUERY_FILE_REGIONS', 'FSCTL_FILE_LEVEL_TRIM'].map((name) => [controlCode(name), name]));

function lock(step: Extract<Step, { call: 'NtLockFile' | 'NtUnlockFile' | 'UnlockAll'
  | 'UnlockAllByKey' }>, open: Open): number {
  const [from, to] = [step.ByteOffset, step.ByteOffset + step.Length];
  const isTaken = open.file.locks.some((held) => held.from < to && from < held.to
    && (held.exclusive || step.ExclusiveLock));
  if (isTaken) return step.FailImmediately ? status.STATUS_LOCK_NOT_GRANTED : status.STATUS_PENDING;
  open.file.locks.push({ open, from, to, exclusive: step.ExclusiveLock });
  return 0;
}

function unlock(step: { ByteOffset: number; Length: number }, open: Open): number {
  const index = open.file.locks.findIndex((held) => held.open === open
    && held.from === step.ByteOffset && held.to === step.ByteOffset + step.Length);
  if (index < 0) return status.STATUS_RANGE_NOT_LOCKED;
  open.file.locks.splice(index, 1);
  return 0;
}

function section(step: { SyncType: number }, file: File): number {
  if (step.SyncType === wdk.SyncTypeOther) return 0;
  const hasWriter = [...file.opens].some((open) => (open.DesiredAccess & WRITES) !== 0);
  return hasWriter ? status.STATUS_FILE_LOCKED_WITH_WRITERS
    : status.STATUS_FILE_LOCKED_WITH_ONLY_READERS;
}

function entryBytes(cls: number, name: string): number {
  const heads: Record<number, number> = { 1: 64, 2: 68, 3: 94, 12: 12, 37: 104, 38: 80, 60: 88 };
  return (heads[cls] ?? 94) + name.length * 2;
}
