// Which access a request needs on the handle that it is issued with, as the I/O manager checks it
// before it builds the IRP.
// Guarantees: a request that needs nothing is answered by any handle. The rights are those of the
// I/O manager's access tables and of the access bits inside a control code.
// Simplification: FileAllInformation needs the right of its strictest part.
import type { EventParameters, TraceEvent } from '../event.ts';
import { upperCase } from '../volume-path.ts';
import * as wdk from '../wdk.ts';

/** `allOf` bits are all needed, and of `anyOf` (when not 0) at least one. */
export interface AccessNeed {
  readonly allOf: number;
  readonly anyOf: number;
}

const NOTHING: AccessNeed = { allOf: 0, anyOf: 0 };
const all = (allOf: number): AccessNeed => ({ allOf, anyOf: 0 });
const any = (anyOf: number): AccessNeed => ({ allOf: 0, anyOf });

const WRITES = wdk.FILE_WRITE_DATA | wdk.FILE_APPEND_DATA;
const READS = wdk.FILE_READ_DATA | wdk.FILE_EXECUTE;

const querying: Readonly<Record<number, number>> = {
  4: wdk.FILE_READ_ATTRIBUTES, 18: wdk.FILE_READ_ATTRIBUTES, 34: wdk.FILE_READ_ATTRIBUTES,
  35: wdk.FILE_READ_ATTRIBUTES, 15: wdk.FILE_READ_EA,
};

const setting: Readonly<Record<number, number>> = {
  4: wdk.FILE_WRITE_ATTRIBUTES, 10: wdk.DELETE, 13: wdk.DELETE, 15: wdk.FILE_WRITE_EA,
  19: wdk.FILE_WRITE_DATA, 20: wdk.FILE_WRITE_DATA, 39: wdk.FILE_WRITE_DATA, 40: wdk.DELETE,
  64: wdk.DELETE, 65: wdk.DELETE,
};

/** The access that this event's request needs; nothing for requests without a handle. */
export function accessNeeded(event: TraceEvent): AccessNeed {
  const { parameters } = event;
  switch (event.operation) {
    case 'read': case 'mdl-read': return isPaging(parameters) ? NOTHING : any(READS);
    case 'write': case 'prepare-mdl-write': return isPaging(parameters) ? NOTHING : any(WRITES);
    case 'flush-buffers': return any(WRITES);
    case 'query-information': return all(querying[classOf(parameters)] ?? 0);
    case 'set-information': return all(setting[classOf(parameters)] ?? 0);
    case 'query-ea': return all(wdk.FILE_READ_EA);
    case 'set-ea': return all(wdk.FILE_WRITE_EA);
    case 'query-directory': case 'notify-change-directory': return all(wdk.FILE_LIST_DIRECTORY);
    case 'lock': case 'unlock-single': case 'unlock-all': case 'unlock-all-by-key':
      return any(wdk.FILE_READ_DATA | wdk.FILE_WRITE_DATA);
    case 'query-security': case 'set-security': return securityNeed(event);
    case 'file-system-control': case 'device-control': return controlNeed(parameters);
    default: return NOTHING;
  }
}

/** True when a handle with this granted access answers the need. */
export function grants(access: number, need: AccessNeed): boolean {
  if ((access & wdk.MAXIMUM_ALLOWED) !== 0) return true;
  return (access & need.allOf) === need.allOf
    && (need.anyOf === 0 || (access & need.anyOf) !== 0);
}

/** The least access that answers the need, for a handle that has to be made up. */
export function leastAccess(need: AccessNeed): number {
  return need.allOf | (need.anyOf & -need.anyOf);
}

/** Paging I/O, which the memory manager issues on a file object without any handle. */
export const isPaging = (parameters: EventParameters): boolean =>
  parameters.type === 'read-write' && (parameters.IrpFlags & wdk.IRP_PAGING_IO) !== 0;

/**
 * True for requests that only a handle's owner issues; the others also come from the kernel and
 * from filters, on file objects whose handle was opened for something else.
 */
export function needsOwnHandle(event: TraceEvent): boolean {
  switch (event.operation) {
    case 'lock': case 'unlock-single': case 'unlock-all': case 'unlock-all-by-key':
    case 'set-information': case 'query-directory': case 'notify-change-directory':
      return true;
    case 'write': return !isPaging(event.parameters);
    default: return false;
  }
}

/** Requests of the memory and cache manager: on any file object of the file, from any process. */
export function isOnFileObject(event: TraceEvent): boolean {
  switch (event.operation) {
    case 'acquire-for-section': case 'release-for-section':
    case 'acquire-for-mod-write': case 'release-for-mod-write':
    case 'acquire-for-cc-flush': case 'release-for-cc-flush':
    case 'mdl-read-complete': case 'mdl-write-complete': return true;
    case 'read': case 'write': return isPaging(event.parameters);
    case 'flush-buffers': return upperCase(event.processName) === 'SYSTEM';
    default: return false;
  }
}

/** Paging I/O on the recorded file system's own streams (`\$Directory`, `\$Mft`): not files. */
export const isFileSystemMetadata = (event: TraceEvent): boolean =>
  isOnFileObject(event) && /^\\\$[A-Za-z]+$/.test(event.volumePath);

const classOf = (parameters: EventParameters): number =>
  parameters.type === 'information' ? parameters.FileInformationClass ?? 0 : 0;

function securityNeed({ parameters, operation }: TraceEvent): AccessNeed {
  const bits = parameters.type === 'security' ? parameters.SecurityInformation : 0;
  const system = (bits & 0x8) === 0 ? 0 : wdk.ACCESS_SYSTEM_SECURITY;
  if (operation === 'query-security') {
    return all(system | ((bits & ~0x8) === 0 ? 0 : wdk.READ_CONTROL));
  }
  const owner = (bits & 0x13) === 0 ? 0 : wdk.WRITE_OWNER;
  return all(system | owner | ((bits & 0x4) === 0 ? 0 : wdk.WRITE_DAC));
}

/** CTL_CODE carries FILE_READ_ACCESS and FILE_WRITE_ACCESS in bits 14 and 15. */
function controlNeed(parameters: EventParameters): AccessNeed {
  const code = parameters.type === 'control' ? parameters.IoControlCode : 0;
  return all(((code & 0x4000) === 0 ? 0 : wdk.FILE_READ_DATA)
    | ((code & 0x8000) === 0 ? 0 : wdk.FILE_WRITE_DATA));
}
