// What each recorded event says about the names and files of the machine: the one place where a
// recorded result is read as evidence.
// Guarantees: a result is used only for what existed, its kind, size, attributes, EAs and reparse
// point. An event without a result says nothing beyond its own existence.
// Source: the documented meaning of the statuses; NTFS where they are not specific.
import type { CreateParameters, InformationFields, TraceEvent } from '../event.ts';
import { controlCode } from '../control-codes.ts';
import * as status from '../nt-status.ts';
import { childPath, isForbidden, parentPath } from '../volume-path.ts';
import * as wdk from '../wdk.ts';
import { isPaging } from './access.ts';
import type { FileEvidence, FileKind, Namespace, NameNode } from './namespace.ts';
import { type OpenFile, isOpenAt } from './open-file.ts';
import { renameTarget, targetPath } from './requests.ts';
import type { VolumeEvidence } from './volume-evidence.ts';

const GET_REPARSE = controlCode('FSCTL_GET_REPARSE_POINT');
const REPARSE_CHANGES = ['FSCTL_SET_REPARSE_POINT', 'FSCTL_DELETE_REPARSE_POINT',
  'FSCTL_SET_REPARSE_POINT_EX'].map(controlCode);
const GET_OBJECT_ID = controlCode('FSCTL_GET_OBJECT_ID');
const FILE_WRITES = wdk.FILE_WRITE_DATA | wdk.FILE_APPEND_DATA;

export class EvidenceReader {
  readonly #names: Namespace;
  readonly #volumes: VolumeEvidence;

  constructor(names: Namespace, volumes: VolumeEvidence) {
    this.#names = names;
    this.#volumes = volumes;
  }

  /** Reads one event; `open` is the open that it was issued on, when it has one. */
  read(event: TraceEvent, open: OpenFile | undefined): void {
    if (event.volume === '') return;
    this.#volumes.saw(event);
    if (event.volumePath === '') return;
    const isByPath = event.parameters.type === 'create'
      || event.operation === 'network-query-open';
    if (!isByPath) {
      if (open !== undefined && isOpenAt(open, event.sequence)) this.#onOpen(event);
    } else if (event.status !== undefined) {
      if (event.parameters.type === 'create') this.#create(event, event.parameters, event.status);
      else this.#queryOpen(event, event.status);
    }
  }

  #create(event: TraceEvent, create: CreateParameters, result: number): void {
    const { volume, volumePath: path } = event;
    if (status.isSuccess(result) && result !== status.STATUS_REPARSE) {
      this.#created(event, create);
    } else if (!this.#lookedUp(event, result)) {
      this.#refused(event, create, result);
    }
    if (result === status.STATUS_REPARSE) {
      this.#names.exists(volume, path, event).file.isReparsePoint = true;
    }
  }

  #created(event: TraceEvent, create: CreateParameters): void {
    const { volume, volumePath: path } = event;
    const kind = kindAsked(create);
    const { OpenResult: result } = create;
    const isNew = result === wdk.FILE_CREATED
      || (result === undefined && create.CreateDisposition === wdk.FILE_CREATE);
    const node = isNew ? this.#names.made(volume, path, event, kind)
      : this.#names.exists(volume, path, event, kind);
    if (isNew || isOverwritten(create)) {
      node.file.size.setEnd(0);
      node.file.dataChanged = true;
    }
    if ((create.DesiredAccess & FILE_WRITES) !== 0) node.file.wasWritten = true;
    if ((create.CreateOptions & wdk.FILE_DELETE_ON_CLOSE) !== 0) {
      this.#names.unsettled(volume, path, event);
    }
  }

  /** Results of the lookup itself, alike for creates and queries by path. */
  #lookedUp(event: TraceEvent, result: number): boolean {
    const { volume, volumePath: path } = event;
    if (result === status.STATUS_OBJECT_NAME_NOT_FOUND) {
      this.#names.absent(volume, path, event);
    } else if (result === status.STATUS_OBJECT_PATH_NOT_FOUND) {
      const parent = parentPath(path);
      if (parent !== undefined) this.#names.notDirectory(volume, parent, event);
    } else {
      return false;
    }
    return true;
  }

  /** The name was found, and the request refused for another reason. */
  #refused(event: TraceEvent, create: CreateParameters, result: number): void {
    const { volume, volumePath: path } = event;
    const kind = KIND_OF_REFUSAL.get(result);
    if (result === status.STATUS_OBJECT_NAME_INVALID) {
      if (isLegalName(path)) this.#names.exists(volume, path, event, 'file');
      return;
    }
    if (kind === undefined) return;
    if (result === status.STATUS_ACCESS_DENIED && create.CreateDisposition === wdk.FILE_CREATE) {
      const parent = parentPath(path);
      if (parent !== undefined) this.#names.exists(volume, parent, event, 'directory');
      return;
    }
    const node = this.#names.exists(volume, path, event, kind);
    const wantsDirectory = (create.CreateOptions & wdk.FILE_DIRECTORY_FILE) !== 0;
    if (wantsDirectory) node.file.likelyDirectory = true;
    const wantsToWrite = (create.DesiredAccess & FILE_WRITES) !== 0;
    if (result === status.STATUS_ACCESS_DENIED && wantsToWrite) node.file.writeDenied = true;
  }

  #queryOpen(event: TraceEvent, result: number): void {
    if (result === status.STATUS_FLT_DISALLOW_FAST_IO) return;
    if (!status.isSuccess(result)) {
      this.#lookedUp(event, result);
      return;
    }
    const node = this.#names.exists(event.volume, event.volumePath, event);
    if (event.parameters.type === 'information') observe(node.file, event.parameters.fields);
  }

  #onOpen(event: TraceEvent): void {
    const { volume, volumePath: path } = event;
    const known = this.#names.node(volume, path);
    if (known.now === 'gone') return;
    const node = this.#names.exists(volume, path, event, kindUsed(event));
    const { parameters } = event;
    switch (event.operation) {
      case 'read': case 'mdl-read': return readBytes(node.file, event);
      case 'write': case 'prepare-mdl-write': return wroteBytes(node.file, event);
      case 'query-information':
        if (parameters.type === 'information' && wasAnswered(event)) {
          observe(node.file, parameters.fields);
        }
        return undefined;
      case 'set-information': return this.#set(event, node);
      case 'query-directory': return this.#listed(event);
      case 'query-ea': case 'set-ea': return eaEvidence(node.file, event);
      case 'file-system-control': return controlEvidence(node.file, event);
      default: return undefined;
    }
  }

  #set(event: TraceEvent, node: NameNode): void {
    const { parameters, volume, volumePath: path } = event;
    if (parameters.type !== 'information' || event.status !== 0) return;
    const { fields, FileInformationClass: cls } = parameters;
    const to = renameTarget(event) ?? (cls === 11 || cls === 72
      ? targetPath(event, fields.FileName) : undefined);
    const replace = fields.ReplaceIfExists ?? ((fields.Flags ?? 0) & 1) !== 0;
    if (to !== undefined && (cls === 11 || cls === 72)) {
      this.#names.linked(volume, to, replace, event);
    } else if (to !== undefined) {
      this.#names.renamed(volume, path, to, replace, event);
    } else if (cls === 13 || cls === 64) {
      const deletes = fields.DeleteFile ?? ((fields.Flags ?? 0) & 1) !== 0;
      if (deletes) this.#names.unsettled(volume, path, event);
      else this.#names.settled(volume, path, event);
    } else {
      setEvidence(node.file, cls, fields);
    }
  }

  #listed(event: TraceEvent): void {
    const { parameters, volume, volumePath: path } = event;
    if (parameters.type !== 'directory') return;
    const { FileName: pattern, names } = parameters;
    for (const name of names) {
      if (name !== '.' && name !== '..' && name !== '') {
        this.#names.exists(volume, childPath(path, name), event);
      }
    }
    const exact = pattern !== undefined && pattern !== '' && !/[*?<>"]/.test(pattern);
    if (event.status === status.STATUS_NO_SUCH_FILE && exact) {
      this.#names.absent(volume, childPath(path, pattern), event);
    }
  }
}

/** Statuses that say: this name exists, and what it must be. */
const KIND_OF_REFUSAL = new Map<number, FileKind>([
  [status.STATUS_OBJECT_NAME_COLLISION, 'unknown'],
  [status.STATUS_FILE_IS_A_DIRECTORY, 'directory'], [status.STATUS_NOT_A_DIRECTORY, 'file'],
  [status.STATUS_SHARING_VIOLATION, 'unknown'], [status.STATUS_ACCESS_DENIED, 'unknown'],
  [status.STATUS_DELETE_PENDING, 'unknown'], [status.STATUS_CANNOT_DELETE, 'unknown'],
  [status.STATUS_USER_MAPPED_FILE, 'file'], [status.STATUS_OPLOCK_NOT_GRANTED, 'unknown'],
]);

/** A name that a file system takes: then NAME INVALID meant something else in the request. */
export function isLegalName(path: string): boolean {
  return ![...path].some((character) => isForbidden(character) && !'\\:'.includes(character))
    && !path.includes('\\\\')
    && path.split('\\').every((name) => name.length <= 255 && name.split(':').length <= 3);
}

function kindAsked(create: CreateParameters): FileKind {
  if ((create.CreateOptions & wdk.FILE_DIRECTORY_FILE) !== 0) return 'directory';
  if ((create.CreateOptions & wdk.FILE_NON_DIRECTORY_FILE) !== 0) return 'file';
  return isOverwritten(create) ? 'file' : 'unknown';
}

function isOverwritten(create: CreateParameters): boolean {
  if (create.OpenResult !== undefined) {
    return create.OpenResult === wdk.FILE_OVERWRITTEN || create.OpenResult === wdk.FILE_SUPERSEDED;
  }
  return create.CreateDisposition === wdk.FILE_OVERWRITE
    || create.CreateDisposition === wdk.FILE_OVERWRITE_IF
    || create.CreateDisposition === wdk.FILE_SUPERSEDE;
}

/** What a request on an open file says about its kind. */
function kindUsed(event: TraceEvent): FileKind {
  const isDone = event.status !== undefined && event.status >= 0;
  switch (event.operation) {
    case 'query-directory':
      return isDone || event.status === status.STATUS_NO_MORE_FILES
        || event.status === status.STATUS_NO_SUCH_FILE ? 'directory' : 'unknown';
    case 'notify-change-directory': return isDone ? 'directory' : 'unknown';
    case 'read': case 'write':
      if (isPaging(event.parameters)) return 'unknown';
      return isDone || event.status === status.STATUS_END_OF_FILE ? 'file' : 'unknown';
    case 'lock': case 'unlock-single': return isDone ? 'file' : 'unknown';
    case 'acquire-for-section':
      return event.parameters.type === 'section'
        && event.parameters.SyncType !== wdk.SyncTypeOther ? 'file' : 'unknown';
    case 'set-information': {
      const { parameters } = event;
      const cls = parameters.type === 'information' ? parameters.FileInformationClass : undefined;
      return isDone && (cls === 19 || cls === 20 || cls === 39) ? 'file' : 'unknown';
    }
    default: return 'unknown';
  }
}

/** A query returned fields: in full, or as much as its buffer took. */
const wasAnswered = (event: TraceEvent): boolean =>
  event.status !== undefined
  && (event.status >= 0 || event.status === status.STATUS_BUFFER_OVERFLOW);

/** The first observation of each field is the one from before the log. */
function observe(file: FileEvidence, seen: InformationFields): void {
  const { FileAttributes: attributes } = seen;
  if (seen.Directory !== undefined) kindSeen(file, seen.Directory);
  else if (attributes !== undefined && attributes !== 0) {
    kindSeen(file, (attributes & wdk.FILE_ATTRIBUTE_DIRECTORY) !== 0);
  }
  if (seen.EndOfFile !== undefined) file.size.sawExact(seen.EndOfFile);
  if (file.born) return;
  const { CreationTime, LastAccessTime, LastWriteTime, ChangeTime } = seen;
  const basic = file.basicSet ? {} : { FileAttributes: attributes, CreationTime };
  const times = file.basicSet || file.dataChanged ? {}
    : { LastAccessTime, LastWriteTime, ChangeTime, AllocationSize: seen.AllocationSize };
  const ea = file.eaChanged ? {} : { EaSize: seen.EaSize };
  const reparse = file.reparseChanged || seen.ReparseTag === 0 ? {}
    : { ReparseTag: seen.ReparseTag };
  const { NumberOfLinks, IndexNumber } = seen;
  const found = { ...basic, ...times, ...ea, ...reparse, NumberOfLinks, IndexNumber };
  const fresh = Object.entries(found).filter(([, value]) => value !== undefined);
  file.fields = { ...Object.fromEntries(fresh), ...file.fields };
}

function kindSeen(file: FileEvidence, isDirectory: boolean): void {
  if (file.kind === 'unknown') file.kind = isDirectory ? 'directory' : 'file';
}

function readBytes(file: FileEvidence, event: TraceEvent): void {
  const { parameters } = event;
  if (parameters.type !== 'read-write' || parameters.ByteOffset < 0) return;
  const { ByteOffset, Length, Transferred } = parameters;
  if (event.status === status.STATUS_END_OF_FILE) {
    file.size.sawEndAt(ByteOffset);
  } else if (event.status === status.STATUS_INVALID_DEVICE_REQUEST) {
    kindSeen(file, true);
  } else if (event.status !== undefined && status.isSuccess(event.status)) {
    const moved = Transferred ?? Length;
    if (isPaging(parameters)) file.size.sawAtLeast(ByteOffset + 1);
    else if (moved === undefined) file.size.sawAtLeast(ByteOffset);
    else if (Transferred !== undefined && Length !== undefined && Transferred < Length) {
      file.size.sawExact(ByteOffset + Transferred);
    } else if (moved > 0) {
      file.size.sawAtLeast(ByteOffset + moved);
    }
  }
}

function wroteBytes(file: FileEvidence, event: TraceEvent): void {
  const { parameters } = event;
  if (parameters.type !== 'read-write' || event.status !== 0) return;
  file.dataChanged = true;
  if (isPaging(parameters)) return;
  const moved = parameters.Transferred ?? parameters.Length;
  if (parameters.ByteOffset >= 0 && moved !== undefined) {
    file.size.wrote(parameters.ByteOffset + moved);
  } else {
    file.size.lose();
  }
}

function setEvidence(
  file: FileEvidence, cls: number | undefined, fields: InformationFields,
): void {
  if (cls === 4) file.basicSet = true;
  if (cls !== 19 && cls !== 20) return;
  file.dataChanged = true;
  const size = cls === 20 ? fields.EndOfFile : fields.AllocationSize;
  if (size === undefined) file.size.lose();
  else if (cls === 20) file.size.setEnd(size);
  else file.size.setAllocation(size);
}

function eaEvidence(file: FileEvidence, event: TraceEvent): void {
  if (event.operation === 'set-ea' && event.status === 0) file.eaChanged = true;
  if (event.operation === 'set-ea' || file.eaChanged || file.born) return;
  if (event.status === status.STATUS_NO_EAS_ON_FILE) file.hasEa ??= false;
  if (event.status === status.STATUS_BUFFER_OVERFLOW) file.hasEa ??= true;
}

function controlEvidence(file: FileEvidence, event: TraceEvent): void {
  const { parameters, status: result } = event;
  if (parameters.type !== 'control' || result === undefined) return;
  const isAnswer = status.isSuccess(result) || result === status.STATUS_BUFFER_OVERFLOW;
  const code = parameters.IoControlCode;
  if (REPARSE_CHANGES.includes(code) && status.isSuccess(result)) file.reparseChanged = true;
  if (code === GET_REPARSE && isAnswer && !file.reparseChanged) file.isReparsePoint = true;
  if (code === GET_OBJECT_ID && isAnswer && !file.born) file.hasObjectId = true;
}
