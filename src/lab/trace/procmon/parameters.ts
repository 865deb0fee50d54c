// From a row's operation and Detail to the request's parameters in WDK terms.
// Guarantees: a field that Process Monitor prints and that cannot be read is a DetailError naming
// the field; a field that it does not print is undefined in the result, never guessed.
import type {
  CreateParameters, EventParameters, InformationFields, OperationKind, ReadWriteParameters,
  VolumeFields,
} from '../event.ts';
import { controlCode } from '../control-codes.ts';
import {
  FILE_OPEN, FILE_READ_ATTRIBUTES, FILE_SHARE_ALL,
  FILE_USE_FILE_POINTER_POSITION, SyncTypeCreateSection, SyncTypeOther,
} from '../wdk.ts';
import { splitDetail, splitDirectoryDetail } from './detail.ts';
import { fileTime, wholeNumber } from './numbers.ts';
import { informationClassFromWord, type NamedOperation } from './operation-names.ts';
import * as words from './words.ts';

/** A Detail field that cannot be read. */
export class DetailError extends Error {
  readonly field: string;
  constructor(field: string, text: string) {
    super(`the field "${field}" reads "${text.slice(0, 80)}".`);
    this.name = 'DetailError';
    this.field = field;
  }
}

const SL_WRITE_THROUGH_WORD = 0x40_0000;

/** The split Detail, and who hears of words that nobody knows. */
interface Fields {
  get(field: string): string | undefined;
  readonly unknown: words.UnknownWord;
}
type Reader<T> = (text: string, unknown: words.UnknownWord) => T | undefined;

/**
 * The parameters of one row.
 * @param detail the Detail column; undefined when the log has none: then only what the operation's
 *   name tells is known, and a create counts as a plain open for attributes.
 * @param unknown hears of every word that no table knows; the rest of its field is still read.
 * @throws DetailError for a field that cannot be read.
 */
export function parametersOf(
  operation: NamedOperation, detail: string | undefined, unknown: words.UnknownWord,
): EventParameters {
  if (operation.kind === 'query-directory') return directory(detail ?? '', unknown);
  const map = splitDetail(detail ?? '');
  return byKind(operation, { get: (field) => map.get(field), unknown });
}

function byKind({ kind, informationClass }: NamedOperation, fields: Fields): EventParameters {
  const reader = readers[kind];
  if (reader !== undefined) return reader(fields);
  switch (kind) {
    case 'query-information': case 'set-information': case 'network-query-open':
      return { type: 'information', FileInformationClass: informationClass, Length: undefined,
        fields: informationFields(fields) };
    case 'query-volume-information': case 'set-volume-information':
      return { type: 'volume', FsInformationClass: informationClass, Length: undefined,
        fields: volumeFields(fields) };
    default: return { type: 'none' };
  }
}

const readers: Partial<Record<OperationKind, (fields: Fields) => EventParameters>> = {
  'create': create, 'create-named-pipe': create, 'create-mailslot': create,
  'read': readWrite, 'write': readWrite, 'mdl-read': readWrite, 'prepare-mdl-write': readWrite,
  'lock': lock, 'unlock-single': lock, 'unlock-all': lock, 'unlock-all-by-key': lock,
  'file-system-control': control, 'device-control': control,
  'internal-device-control': control,
  'acquire-for-section': section,
  'query-ea': () => ({ type: 'ea', Length: undefined }),
  'set-ea': () => ({ type: 'ea', Length: undefined }),
  'query-security': security, 'set-security': security,
  'notify-change-directory': (fields) => ({ type: 'notify', WatchTree: undefined,
    CompletionFilter: need(fields, 'Filter', words.notifyFilter, 0) }),
};

function create(fields: Fields): CreateParameters {
  const impersonating = fields.get('Impersonating');
  return {
    type: 'create',
    DesiredAccess: need(fields, 'Desired Access', words.accessMask, FILE_READ_ATTRIBUTES),
    CreateDisposition: need(fields, 'Disposition', words.disposition, FILE_OPEN),
    CreateOptions: need(fields, 'Options', words.createOptions, 0),
    ShareAccess: need(fields, 'ShareMode', words.shareAccess, FILE_SHARE_ALL),
    FileAttributes: need(fields, 'Attributes', words.fileAttributes, 0),
    AllocationSize: quantity(fields, 'AllocationSize'),
    OpenResult: read(fields, 'OpenResult', words.openResult),
    ...(impersonating === undefined ? {} : { Impersonating: impersonating }),
  };
}

function readWrite(fields: Fields): ReadWriteParameters {
  const flags = need(fields, 'I/O Flags', words.irpFlags, 0);
  return {
    type: 'read-write',
    ByteOffset: quantity(fields, 'Offset') ?? FILE_USE_FILE_POINTER_POSITION,
    Length: quantity(fields, 'Length'),
    IrpFlags: flags & 0xff,
    WriteThrough: (flags & SL_WRITE_THROUGH_WORD) !== 0,
  };
}

function lock(fields: Fields): EventParameters {
  return {
    type: 'lock', Key: quantity(fields, 'Key') ?? 0,
    ByteOffset: quantity(fields, 'Offset') ?? 0, Length: quantity(fields, 'Length') ?? 0,
    ExclusiveLock: truth(fields, 'Exclusive') ?? false,
    FailImmediately: truth(fields, 'Fail Immediately') ?? true,
  };
}

function control(fields: Fields): EventParameters {
  const offset = quantity(fields, 'Offset');
  const length = quantity(fields, 'Length');
  return {
    type: 'control', IoControlCode: need(fields, 'Control', namedControl, 0),
    InputBufferLength: quantity(fields, 'WriteLength'),
    OutputBufferLength: quantity(fields, 'ReadLength'),
    ...(offset === undefined ? {} : { FileOffset: offset }),
    ...(length === undefined ? {} : { Length: length }),
  };
}

/** A code, or 0 for a name that no table here has. */
function namedControl(text: string, unknown: words.UnknownWord): number | undefined {
  const code = controlCode(text);
  if (code !== undefined || !/^[A-Z]\w+$/.test(text.trim())) return code;
  unknown(text.trim());
  return 0;
}

function syncType(text: string): number | undefined {
  if (text === 'SyncTypeOther') return SyncTypeOther;
  if (text === 'SyncTypeCreateSection') return SyncTypeCreateSection;
  return wholeNumber(text.replace(/^Unknown:/, ''));
}

function section(fields: Fields): EventParameters {
  return { type: 'section', SyncType: need(fields, 'SyncType', syncType, SyncTypeOther),
    PageProtection: need(fields, 'PageProtection', words.pageProtection, 0) };
}

function security(fields: Fields): EventParameters {
  return { type: 'security', Length: undefined,
    SecurityInformation: need(fields, 'Information', words.securityInformation, 0) };
}

function directory(detail: string, unknown: words.UnknownWord): EventParameters {
  const { filter, informationClass, names, omitted } = splitDirectoryDetail(detail);
  const value = informationClass === undefined ? undefined
    : informationClassFromWord(informationClass);
  if (informationClass !== undefined && value === undefined) unknown(informationClass);
  return { type: 'directory', FileInformationClass: value, FileName: filter, Length: undefined,
    RestartScan: undefined, ReturnSingleEntry: undefined, names,
    ...(omitted === 0 ? {} : { omitted }) };
}

function informationFields(fields: Fields): InformationFields {
  return compact<InformationFields>({
    CreationTime: when(fields, 'CreationTime'),
    LastAccessTime: when(fields, 'LastAccessTime'),
    LastWriteTime: when(fields, 'LastWriteTime'),
    ChangeTime: when(fields, 'ChangeTime'),
    FileAttributes: read(fields, 'FileAttributes', words.fileAttributes)
      ?? read(fields, 'Attributes', words.fileAttributes),
    AllocationSize: size(fields, 'AllocationSize'),
    EndOfFile: size(fields, 'EndOfFile'),
    ValidDataLength: size(fields, 'ValidDataLength') ?? size(fields, 'ValidDataLegnth'),
    NumberOfLinks: quantity(fields, 'NumberOfLinks'),
    DeletePending: truth(fields, 'DeletePending'),
    Directory: truth(fields, 'Directory'),
    IndexNumber: fields.get('IndexNumber'),
    EaSize: quantity(fields, 'EaSize'),
    AccessFlags: read(fields, 'Access', words.accessMask),
    CurrentByteOffset: quantity(fields, 'Position') ?? quantity(fields, 'CurrentByteOffset'),
    Mode: read(fields, 'Mode', words.createOptions),
    ReparseTag: quantity(fields, 'ReparseTag'),
    FileName: fields.get('FileName') ?? fields.get('Name'),
    ReplaceIfExists: truth(fields, 'ReplaceIfExists'),
    DeleteFile: truth(fields, 'Delete'),
    Flags: read(fields, 'Flags', flagBits),
  });
}

/** `A85A-5794` is 0xA85A5794. */
const serial = (text: string): number | undefined =>
  /^[0-9a-f]{4}-[0-9a-f]{4}$/i.test(text) ? Number.parseInt(text.replace('-', ''), 16)
    : wholeNumber(text);

function volumeFields(fields: Fields): VolumeFields {
  return compact<VolumeFields>({
    VolumeCreationTime: when(fields, 'VolumeCreationTime'),
    VolumeSerialNumber: read(fields, 'VolumeSerialNumber', serial),
    SupportsObjects: truth(fields, 'SupportsObjects'),
    VolumeLabel: fields.get('VolumeLabel'),
    TotalAllocationUnits: quantity(fields, 'TotalAllocationUnits'),
    AvailableAllocationUnits: quantity(fields, 'AvailableAllocationUnits')
      ?? quantity(fields, 'ActualAvailableAllocationUnits'),
    SectorsPerAllocationUnit: quantity(fields, 'SectorsPerAllocationUnit'),
    BytesPerSector: quantity(fields, 'BytesPerSector'),
    FileSystemAttributes: read(fields, 'FileSystemAttributes', words.fileSystemAttributes),
    MaximumComponentNameLength: quantity(fields, 'MaximumComponentNameLength'),
    FileSystemName: fields.get('FileSystemName'),
    DeviceType: read(fields, 'DeviceType', words.deviceType),
    Characteristics: read(fields, 'Characteristics', wholeNumber),
    ObjectId: fields.get('ObjectId'),
  });
}

/** FILE_DISPOSITION_*, FILE_RENAME_* flags are printed as names or as a number. */
function flagBits(text: string): number | undefined {
  const number = wholeNumber(text);
  if (number !== undefined) return number;
  const names: Readonly<Record<string, number>> = {
    FILE_DISPOSITION_DELETE: 1, FILE_DISPOSITION_POSIX_SEMANTICS: 2,
    FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK: 4, FILE_DISPOSITION_ON_CLOSE: 8,
    FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE: 16, FILE_RENAME_REPLACE_IF_EXISTS: 1,
    FILE_RENAME_POSIX_SEMANTICS: 2, FILE_DISPOSITION_DO_NOT_DELETE: 0,
  };
  let bits = 0;
  for (const part of text.split(/[,|]/)) {
    const name = part.trim();
    if (!Object.hasOwn(names, name)) return undefined;
    bits |= names[name] ?? 0;
  }
  return bits;
}

/** A size; Process Monitor prints some sizes as dates in 1601, which tell nothing. */
function size(fields: Fields, field: string): number | undefined {
  return read(fields, field, (text) => (isDate(text) ? Number.NaN : wholeNumber(text)));
}

/** A time, as far as the locale lets us read it: a date that we cannot read is left out. */
function when(fields: Fields, field: string): number | undefined {
  const text = fields.get(field);
  return text === undefined ? undefined : fileTime(text);
}

const isDate = (text: string): boolean => /\d[./-]\d+[./-]\d+.*:\d\d/.test(text);

const quantity = (fields: Fields, field: string): number | undefined =>
  read(fields, field, wholeNumber);

function truth(fields: Fields, field: string): boolean | undefined {
  return read(fields, field, (text) => (text === 'True' ? true
    : text === 'False' ? false : undefined));
}

/** Reads a field that may be absent or `n/a`; throws DetailError for text that cannot be read. */
function read<T>(fields: Fields, field: string, reader: Reader<T>): T | undefined {
  const text = fields.get(field);
  if (text === undefined || text.trim().toLowerCase() === 'n/a') return undefined;
  const value = reader(text, fields.unknown);
  if (value === undefined) throw new DetailError(field, text);
  return typeof value === 'number' && Number.isNaN(value) ? undefined : value;
}

const need = (
  fields: Fields, field: string, reader: Reader<number>, otherwise: number,
): number => read(fields, field, reader) ?? otherwise;

/** Drops the fields that are undefined: a recorded structure lists only what was printed. */
function compact<T extends object>(all: { [K in keyof T]: T[K] | undefined }): T {
  const entries = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
