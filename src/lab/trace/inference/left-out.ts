// Request parameters that a recorder leaves out: buffer lengths, oplock levels, EA names, the
// trailing backslash of a name, when a request was cancelled.
// Guarantees: a value taken from the event's own result says so (`own-result`), so that such events
// can be counted apart; everything else is a default that does not look at the result, or follows
// from other events of the same handle.
import type {
  ControlParameters, CreateParameters, DirectoryParameters, InformationParameters,
  NotifyParameters, TraceEvent,
} from '../event.ts';
import { controlCode } from '../control-codes.ts';
import * as status from '../nt-status.ts';
import { childPath, upperCase } from '../volume-path.ts';
import { FILE_OPEN_BY_FILE_ID, FILE_OPEN_REPARSE_POINT } from '../wdk.ts';
import { isLegalName } from './evidence.ts';
import { directoryBytes, fileClassSize, volumeClassSize } from './information-sizes.ts';

export interface InferredParameter {
  /** The parameter's name in the system call (`Length`, `OutputBufferLength`, `RestartScan`). */
  readonly name: string;
  readonly value: number | string | boolean;
  readonly source: 'own-result' | 'other-events' | 'default';
}

/** Enough for any answer that the log's machines gave. */
const ROOMY = 4096;
const DIRECTORY_BUFFER = 65_536;
const NOTIFY_BUFFER = 2048;
const FileBothDirectoryInformation = 3;
/** Less than any reparse data buffer, USN record or object id needs. */
const TINY = 8;

const REQUEST_OPLOCK = controlCode('FSCTL_REQUEST_OPLOCK');
/** OPLOCK_LEVEL_CACHE_READ | OPLOCK_LEVEL_CACHE_HANDLE: what readers of whole files ask for. */
const READ_HANDLE = 3;

const own = (name: string, value: InferredParameter['value']): InferredParameter =>
  ({ name, value, source: 'own-result' });
const usual = (name: string, value: InferredParameter['value']): InferredParameter =>
  ({ name, value, source: 'default' });

/** What came before and after an event, as far as its parameters depend on it. */
export interface EventContext {
  /** Directory queries of the same open: the one before, and the one after. */
  readonly previousQuery: TraceEvent | undefined;
  readonly nextQuery: TraceEvent | undefined;
  /** This query returned a name that its scan had returned before. */
  readonly repeatsNames: boolean;
  /** The path is, or becomes, a reparse point. */
  readonly isReparsePoint: boolean;
  /** Events between start and completion, for requests that stay pending. */
  readonly meanwhile: () => readonly TraceEvent[];
}

/** The parameters of one event that the log leaves out. */
export function leftOutParameters(event: TraceEvent, context: EventContext): InferredParameter[] {
  const { parameters, status: result } = event;
  if (result === undefined) return [];
  switch (parameters.type) {
    case 'create': return ofCreate(event, parameters, result, context);
    case 'information':
      return event.operation === 'query-information' ? ofQuery(parameters, result) : [];
    case 'volume':
      return event.operation === 'query-volume-information' && parameters.Length === undefined
        ? [length(volumeClassSize(parameters.FsInformationClass), result)] : [];
    case 'directory': return ofDirectory(parameters, result, context);
    case 'notify': return [...ofNotify(event, parameters, result, context), ...cancel(event)];
    case 'control': return [...ofControl(event, parameters, result), ...cancel(event)];
    case 'security':
      return event.operation === 'query-security' && parameters.Length === undefined
        ? [isOverflow(result) ? own('Length', 0) : usual('Length', ROOMY)] : [];
    case 'ea': return event.operation === 'query-ea' ? ofEa(result) : [usual('EaName', EA_NAME)];
    case 'read-write':
      return parameters.Length === undefined ? [usual('Length', ROOMY)] : [];
    default: return event.operation === 'lock' ? cancel(event) : [];
  }
}

const isOverflow = (result: number): boolean => result === status.STATUS_BUFFER_OVERFLOW;

/** A name that a made-up EA carries. */
const EA_NAME = 'FLTLAB.REPLAY';

/**
 * The log names what was opened, not how: by path instead of by file id, and a reparse point itself
 * when something (a filter that owns its tag, or another system's link) led no further.
 */
function ofCreate(
  event: TraceEvent, create: CreateParameters, result: number, context: EventContext,
): InferredParameter[] {
  const inferred: InferredParameter[] = [];
  if (result === status.STATUS_OBJECT_NAME_INVALID && isLegalName(event.volumePath)) {
    inferred.push(own('TrailingBackslash', true));
  }
  const options = (create.CreateOptions & ~FILE_OPEN_BY_FILE_ID)
    | (context.isReparsePoint ? FILE_OPEN_REPARSE_POINT : 0);
  if (options !== create.CreateOptions) {
    inferred.push({ name: 'CreateOptions', value: options, source: 'other-events' });
  }
  return inferred;
}

function ofQuery(query: InformationParameters, result: number): InferredParameter[] {
  if (query.Length !== undefined) return [];
  return [length(fileClassSize(query.FileInformationClass), result)];
}

/** The length of a query's buffer: roomy, unless the result says that it was not. */
function length(
  size: { readonly least: number; readonly isOpenEnded: boolean }, result: number,
): InferredParameter {
  if (isOverflow(result)) return own('Length', size.least);
  if (result === status.STATUS_INFO_LENGTH_MISMATCH || result === status.STATUS_BUFFER_TOO_SMALL) {
    return own('Length', size.least >> 1);
  }
  return usual('Length', size.isOpenEnded ? size.least + ROOMY : size.least);
}

function ofDirectory(
  query: DirectoryParameters, result: number,
  { previousQuery, nextQuery, repeatsNames }: EventContext,
): InferredParameter[] {
  const inferred: InferredParameter[] = [];
  const before = queryOf(previousQuery);
  const informationClass = query.FileInformationClass ?? before?.FileInformationClass;
  if (query.FileInformationClass === undefined) {
    inferred.push(before?.FileInformationClass === undefined
      ? usual('FileInformationClass', FileBothDirectoryInformation)
      : { name: 'FileInformationClass', value: before.FileInformationClass,
        source: 'other-events' });
  }
  if (query.Length === undefined) {
    const after = queryOf(nextQuery);
    const goesOn = after !== undefined && after.FileName === undefined
      && nextQuery?.status === 0 && !startsAnew(after);
    inferred.push(goesOn && result === 0 && query.names.length > 0
      ? own('Length', directoryBytes(informationClass ?? FileBothDirectoryInformation, query.names))
      : usual('Length', DIRECTORY_BUFFER));
  }
  if (query.RestartScan === undefined && before !== undefined) {
    if (query.FileName !== undefined) {
      inferred.push({ name: 'RestartScan', value: true, source: 'other-events' });
    } else if (result === 0 && (repeatsNames || startsAnew(query) || isExhausted(previousQuery))) {
      inferred.push(own('RestartScan', true));
    }
  }
  return inferred;
}

const queryOf = (event: TraceEvent | undefined): DirectoryParameters | undefined =>
  event?.parameters.type === 'directory' ? event.parameters : undefined;

/** A listing that begins with `.` begins at the start. */
const startsAnew = (query: DirectoryParameters): boolean => query.names[0] === '.';

const isExhausted = (event: TraceEvent | undefined): boolean =>
  event?.status === status.STATUS_NO_MORE_FILES;

function ofNotify(
  event: TraceEvent, notify: NotifyParameters, result: number, { meanwhile }: EventContext,
): InferredParameter[] {
  const buffer = result === status.STATUS_NOTIFY_ENUM_DIR ? own('Length', 0)
    : usual('Length', NOTIFY_BUFFER);
  if (notify.WatchTree !== undefined) return [buffer];
  const isChange = result === status.STATUS_NOTIFY_ENUM_DIR || result === 0;
  const during = isChange ? meanwhile() : [];
  const isTree = during.some((other) => changes(other, event, true))
    && !during.some((other) => changes(other, event, false));
  return [buffer, isTree ? own('WatchTree', true) : usual('WatchTree', false)];
}

/** True when an event may have changed something in (or anywhere below) the watched directory. */
function changes(event: TraceEvent, watch: TraceEvent, anywhere: boolean): boolean {
  if (!['create', 'write', 'set-information', 'cleanup', 'set-ea', 'set-security']
    .includes(event.operation)) return false;
  if (upperCase(event.volume) !== upperCase(watch.volume)) return false;
  const path = upperCase(event.volumePath);
  const directory = childPath(upperCase(watch.volumePath), '');
  return path.startsWith(directory)
    && (anywhere || !path.slice(directory.length).includes('\\'));
}

function ofControl(
  event: TraceEvent, control: ControlParameters, result: number,
): InferredParameter[] {
  const inferred: InferredParameter[] = [];
  if (control.OutputBufferLength === undefined) {
    if (isOverflow(result)) inferred.push(own('OutputBufferLength', TINY));
    else if (result === status.STATUS_BUFFER_TOO_SMALL) inferred.push(own('OutputBufferLength', 0));
    else inferred.push(usual('OutputBufferLength', ROOMY));
  }
  if (control.InputBufferLength === undefined && result === status.STATUS_INVALID_PARAMETER
    && event.operation === 'file-system-control') {
    inferred.push(own('InputBufferLength', 0));
  }
  if (control.IoControlCode === REQUEST_OPLOCK) {
    inferred.push(usual('RequestedOplockLevel', READ_HANDLE));
  }
  return inferred;
}

/**
 * A query that names an EA is answered on any file, and overflows when the answer has no room; one
 * that lists all EAs fails on a file that has none, and on one whose first EA has no room (with
 * another status).
 */
function ofEa(result: number): InferredParameter[] {
  if (isOverflow(result)) return [usual('EaName', EA_NAME), own('Length', TINY)];
  if (result === status.STATUS_NO_EAS_ON_FILE) return [own('EaName', ''), usual('Length', ROOMY)];
  return [usual('EaName', EA_NAME), usual('Length', ROOMY)];
}

/** A cancelled request was cancelled by somebody: the log does not say by whom or how. */
function cancel(event: TraceEvent): InferredParameter[] {
  return event.status === status.STATUS_CANCELLED ? [own('Cancel', true)] : [];
}
