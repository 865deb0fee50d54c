// What kind of request an event is, for everything that follows handles and names through a log.
// Guarantees: decided by the request and, for creates, by whether it opened something.
import type { TraceEvent } from '../event.ts';
import { isSuccess, STATUS_REPARSE } from '../nt-status.ts';
import { childPath, parentPath, splitWindowsPath } from '../volume-path.ts';
import { isFileSystemMetadata } from './access.ts';

/** A create that opened something: STATUS_REPARSE opens nothing yet. */
export function opensFile(event: TraceEvent): boolean {
  return event.parameters.type === 'create' && event.status !== undefined
    && isSuccess(event.status) && event.status !== STATUS_REPARSE;
}

/** Rename classes: the plain one, its Ex form, and both without access checks. */
export function renameTarget(event: TraceEvent): string | undefined {
  const { parameters } = event;
  if (event.operation !== 'set-information' || parameters.type !== 'information') return undefined;
  const isRename = [10, 56, 65, 66].includes(parameters.FileInformationClass ?? 0);
  return isRename ? targetPath(event, parameters.fields.FileName) : undefined;
}

/** The volume path of a rename's or link's target, given in full or beside the source. */
export function targetPath(event: TraceEvent, name: string | undefined): string | undefined {
  if (name === undefined || name === '') return undefined;
  const split = splitWindowsPath(name);
  if (split.volume !== '') return split.volumePath;
  if (name.startsWith('\\')) return name;
  return childPath(parentPath(event.volumePath) ?? '\\', name);
}

/** Requests that are issued on an open file; the rest name a path, a volume or nothing. */
export function usesOpen(event: TraceEvent): boolean {
  switch (event.operation) {
    case 'create': case 'create-named-pipe': case 'create-mailslot': case 'unknown':
    case 'network-query-open': case 'query-open': case 'volume-mount': case 'volume-dismount':
    case 'shutdown': case 'power': case 'system-control': case 'device-change': case 'pnp':
    case 'notify-stream-file-object': return false;
    default: return !isFileSystemMetadata(event);
  }
}
