// The words that Process Monitor prints for bit masks, read back into the masks.
// Guarantees: `n/a`, `None` and empty text are the mask 0; a part printed as `0x3c00600` is added
// to the rest. A word that is not in the table (a newer Process Monitor has more) is told to
// `unknown` and left out; text that is no word makes the whole undefined: the row is broken.
// Source: the texts of public captures and of the parsers made from them.
import * as wdk from '../wdk.ts';

/** A word list with its values, separated by commas in the log. */
type Words = ReadonlyMap<string, number>;

const words = (table: Readonly<Record<string, number>>): Words =>
  new Map(Object.entries(table).map(([word, value]) => [word.toLowerCase(), value]));

const access = words({
  'All Access': wdk.FILE_ALL_ACCESS,
  'Generic Read/Write/Execute': 0x1201bf, 'Generic Read/Write': 0x12019f,
  'Generic Read/Execute': 0x1200a9, 'Generic Write/Execute': 0x1201b6,
  'Generic Read': wdk.FILE_GENERIC_READ, 'Generic Write': wdk.FILE_GENERIC_WRITE,
  'Generic Execute': wdk.FILE_GENERIC_EXECUTE, 'Generic All': wdk.FILE_ALL_ACCESS,
  'Read Data/List Directory': wdk.FILE_READ_DATA, 'Read Data': wdk.FILE_READ_DATA,
  'Write Data/Add File': wdk.FILE_WRITE_DATA, 'Write Data': wdk.FILE_WRITE_DATA,
  'Append Data/Add Subdirectory/Create Pipe Instance': wdk.FILE_APPEND_DATA,
  'Append Data': wdk.FILE_APPEND_DATA, 'Read EA': wdk.FILE_READ_EA, 'Write EA': wdk.FILE_WRITE_EA,
  'Execute/Traverse': wdk.FILE_EXECUTE, 'Execute': wdk.FILE_EXECUTE,
  'Delete Child': wdk.FILE_DELETE_CHILD, 'Read Attributes': wdk.FILE_READ_ATTRIBUTES,
  'Write Attributes': wdk.FILE_WRITE_ATTRIBUTES, 'Delete': wdk.DELETE,
  'Read Control': wdk.READ_CONTROL, 'Write DAC': wdk.WRITE_DAC, 'Write Owner': wdk.WRITE_OWNER,
  'Synchronize': wdk.SYNCHRONIZE, 'Access System Security': wdk.ACCESS_SYSTEM_SECURITY,
  'Maximum Allowed': wdk.MAXIMUM_ALLOWED, 'None': 0,
});

const options = words({
  'Directory': wdk.FILE_DIRECTORY_FILE, 'Write Through': wdk.FILE_WRITE_THROUGH,
  'Sequential Access': wdk.FILE_SEQUENTIAL_ONLY,
  'No Buffering': wdk.FILE_NO_INTERMEDIATE_BUFFERING,
  'Synchronous IO Alert': wdk.FILE_SYNCHRONOUS_IO_ALERT,
  'Synchronous IO Non-Alert': wdk.FILE_SYNCHRONOUS_IO_NONALERT,
  'Non-Directory File': wdk.FILE_NON_DIRECTORY_FILE,
  'Create Tree Connection': wdk.FILE_CREATE_TREE_CONNECTION,
  'Complete If Oplocked': wdk.FILE_COMPLETE_IF_OPLOCKED,
  'No EA Knowledge': wdk.FILE_NO_EA_KNOWLEDGE,
  'Open for Recovery': wdk.FILE_OPEN_REMOTE_INSTANCE, 'Random Access': wdk.FILE_RANDOM_ACCESS,
  'Delete On Close': wdk.FILE_DELETE_ON_CLOSE, 'Open By ID': wdk.FILE_OPEN_BY_FILE_ID,
  'Open For Backup': wdk.FILE_OPEN_FOR_BACKUP_INTENT, 'No Compression': wdk.FILE_NO_COMPRESSION,
  'Open Requiring Oplock': wdk.FILE_OPEN_REQUIRING_OPLOCK,
  'Disallow Exclusive': wdk.FILE_DISALLOW_EXCLUSIVE, 'Session Aware': wdk.FILE_SESSION_AWARE,
  'Reserve OpFilter': wdk.FILE_RESERVE_OPFILTER,
  'Open Reparse Point': wdk.FILE_OPEN_REPARSE_POINT, 'Open No Recall': wdk.FILE_OPEN_NO_RECALL,
  'Open For Free Space Query': wdk.FILE_OPEN_FOR_FREE_SPACE_QUERY,
});

const share = words({ Read: 1, Write: 2, Delete: 4, None: 0 });

const ioFlags = words({
  'Non-cached': wdk.IRP_NOCACHE, 'Paging I/O': wdk.IRP_PAGING_IO,
  'Synchronous': wdk.IRP_SYNCHRONOUS_API, 'Buffered': wdk.IRP_BUFFERED_IO,
  'Synchronous Paging I/O': wdk.IRP_SYNCHRONOUS_PAGING_IO, 'Write Through': 0x40_0000,
});

const notify = words({
  FILE_NOTIFY_CHANGE_FILE_NAME: 0x1, FILE_NOTIFY_CHANGE_DIR_NAME: 0x2,
  FILE_NOTIFY_CHANGE_NAME: 0x3, FILE_NOTIFY_CHANGE_ATTRIBUTES: 0x4, FILE_NOTIFY_CHANGE_SIZE: 0x8,
  FILE_NOTIFY_CHANGE_LAST_WRITE: 0x10, FILE_NOTIFY_CHANGE_LAST_ACCESS: 0x20,
  FILE_NOTIFY_CHANGE_CREATION: 0x40, FILE_NOTIFY_CHANGE_EA: 0x80,
  FILE_NOTIFY_CHANGE_SECURITY: 0x100, FILE_NOTIFY_CHANGE_STREAM_NAME: 0x200,
  FILE_NOTIFY_CHANGE_STREAM_SIZE: 0x400, FILE_NOTIFY_CHANGE_STREAM_WRITE: 0x800,
});

const security = words({
  'Owner': 0x1, 'Group': 0x2, 'DACL': 0x4, 'SACL': 0x8, 'Label': 0x10, 'Attribute': 0x20,
  'Scope': 0x40, 'Process Trust Label': 0x80, 'Access Filter': 0x100, 'Backup': 0x1_0000,
  'SACL Unprotected': 0x1000_0000, 'DACL Unprotected': 0x2000_0000,
  'SACL Protected': 0x4000_0000, 'DACL Protected': 0x8000_0000,
});

const fileSystem = words({
  'Case Sensitive': 0x1, 'Case Preserved': 0x2, 'Unicode': 0x4, 'ACLs': 0x8, 'Compression': 0x10,
  'Quotas': 0x20, 'Sparse Files': 0x40, 'Reparse Points': 0x80, 'Remote Storage': 0x100,
  'Compressed': 0x8000, 'Object IDs': 0x1_0000, 'EFS': 0x2_0000, 'Named Streams': 0x4_0000,
  'Read Only': 0x8_0000, 'Write Once': 0x10_0000, 'Transactions': 0x20_0000,
});

const protection = words({
  PAGE_NOACCESS: 0x1, PAGE_READONLY: 0x2, PAGE_READWRITE: 0x4, PAGE_WRITECOPY: 0x8,
  PAGE_EXECUTE: 0x10, PAGE_EXECUTE_READ: 0x20, PAGE_EXECUTE_READWRITE: 0x40,
  PAGE_EXECUTE_WRITECOPY: 0x80, PAGE_GUARD: 0x100, PAGE_NOCACHE: 0x200,
  PAGE_WRITECOMBINE: 0x400,
});

const attributes: readonly (readonly [string, number])[] = [
  ['NCI', 0x2000], ['SF', 0x200], ['RP', 0x400], ['R', 0x1], ['H', 0x2], ['S', 0x4],
  ['D', 0x10], ['A', 0x20], ['N', 0x80], ['T', 0x100], ['C', 0x800], ['O', 0x1000],
  ['E', 0x4000], ['V', 0x1_0000], ['I', 0x8000], ['P', 0x8_0000], ['U', 0x10_0000],
];

const dispositions = words({
  Supersede: 0, Open: 1, Create: 2, OpenIf: 3, Overwrite: 4, OverwriteIf: 5,
});
const openResults = words({
  Superseded: 0, Opened: 1, Created: 2, Overwritten: 3, Exists: 4, DoesNotExist: 5,
});
const deviceTypes = words({
  'CD-ROM': 0x2, 'CD-ROM File System': 0x3, 'Disk': 0x7, 'Disk File System': 0x8,
  'File System': 0x9, 'Mailslot': 0xc, 'Named Pipe': 0x11, 'Network': 0x12,
  'Network File System': 0x14, 'Network Redirector': 0x28, 'Tape': 0x1f,
});

/** Receives a word that no table here knows. */
export type UnknownWord = (word: string) => void;

/** Reads one field; undefined for text that cannot be that field. */
type MaskReader = (text: string, unknown: UnknownWord) => number | undefined;

const reads = (table: Words, separator = ','): MaskReader =>
  (text, unknown) => mask(table, text, separator, unknown);

/** DesiredAccess, or the Access field of a query. */
export const accessMask: MaskReader = (text, unknown) =>
  mask(access, text.replace(/^None (0x[0-9a-f]+)$/i, '$1'), ',', unknown);
export const createOptions = reads(options);
export const shareAccess = reads(share);
export const irpFlags = reads(ioFlags);
export const notifyFilter = reads(notify);
export const securityInformation = reads(security);
export const fileSystemAttributes = reads(fileSystem);
/** `PAGE_EXECUTE_READ|PAGE_NOCACHE`; a lone `|PAGE_NOCACHE` has no base protection. */
export const pageProtection = reads(protection, '|');
export const disposition = (text: string): number | undefined => one(dispositions, text);
export const openResult = (text: string): number | undefined => one(openResults, text);
export const deviceType = (text: string): number | undefined => one(deviceTypes, text);

/** File attributes are printed as letters without separators: `HSANCI` is H, S, A, NCI. */
export const fileAttributes: MaskReader = (text, unknown) => {
  let rest = text.trim();
  if (rest === '' || rest.toLowerCase() === 'n/a') return 0;
  if (/^0x[0-9a-f]+$/i.test(rest)) return Number.parseInt(rest, 16);
  if (!/^[A-Z]+$/.test(rest)) return undefined;
  let bits = 0;
  while (rest !== '') {
    const found = attributes.find(([letters]) => rest.startsWith(letters));
    if (found === undefined) unknown(`attribute ${rest.slice(0, 1)}`);
    bits |= found?.[1] ?? 0;
    rest = rest.slice(found?.[0].length ?? 1);
  }
  return bits;
};

function mask(
  table: Words, text: string, separator: string, unknown: UnknownWord,
): number | undefined {
  let bits = 0;
  for (const part of text.split(separator)) {
    const word = part.trim();
    if (word === '' || word.toLowerCase() === 'n/a') continue;
    const value = /^0x[0-9a-f]+$/i.test(word) ? Number.parseInt(word, 16)
      : table.get(word.toLowerCase());
    if (value === undefined && !/^[A-Z][\w /.-]*$/i.test(word)) return undefined;
    if (value === undefined) unknown(word);
    bits = (bits | (value ?? 0)) >>> 0;
  }
  return bits;
}

function one(table: Words, text: string): number | undefined {
  const word = text.trim().toLowerCase();
  return table.get(word) ?? (/^(0x[0-9a-f]+|\d+)$/.test(word) ? Number(word) : undefined);
}
