// Calls that look at a name or at an open file without moving data: stat and its kin, access,
// readlink, statfs, getdents.
// Guarantees: a look at a name is CREATE with attribute access, one query, CLEANUP and CLOSE, as a
// Win32 program does it; a look at a descriptor is the query alone. What a stat printed goes into
// the query's fields and into the tree.
import { STATUS_NOT_A_REPARSE_POINT, STATUS_NO_MORE_FILES, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import type { InformationFields } from '../event.ts';
import type { Call, Target } from './events.ts';
import * as nt from './nt.ts';
import * as wdk from '../wdk.ts';
import { failedName, succeeded } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import type { StraceState } from './state.ts';
import { decodeEscapes, fieldText, flagWords, numberText, quoted } from './text.ts';
import type { FileFacts, TreeNode } from './name-tree.ts';

/** Bytes of FILE_NETWORK_OPEN_INFORMATION. */
const NETWORK_OPEN_BYTES = 56;
/** Bytes of FILE_FS_FULL_SIZE_INFORMATION. */
const FULL_SIZE_BYTES = 32;
/** 100 ns units from 1601 to 1970, in seconds. */
const SECONDS_1601_TO_1970 = 11_644_473_600;

const KINDS: Readonly<Record<string, FileFacts['kind']>> =
  { S_IFREG: 'file', S_IFDIR: 'directory', S_IFLNK: 'link' };

/** What the structure of a stat tells; undefined when strace did not print one. */
interface StatText {
  readonly kind: FileFacts['kind'] | 'special' | undefined;
  readonly size: number | undefined;
  readonly fields: InformationFields;
}

/** Seconds since 1970, with or without a fraction, as 100 ns units since 1601. */
export function ntTime(text: string | undefined): number | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text ?? '');
  if (!match) return undefined;
  const ticks = Number((match[2] ?? '').slice(0, 7).padEnd(7, '0'));
  return (Number(match[1]) + SECONDS_1601_TO_1970) * 10_000_000 + ticks;
}

function statText(structure: string | undefined): StatText {
  const field = (name: string): string | undefined =>
    fieldText(structure, `st_${name}`) ?? fieldText(structure, `stx_${name}`);
  const word = /^S_IF[A-Z]+/.exec(field('mode') ?? '')?.[0];
  const kind = word === undefined ? undefined : KINDS[word] ?? 'special';
  const size = kind === 'file' ? numberText(field('size')) : undefined;
  const written = ntTime(field('mtime'));
  const attributes = kind === 'directory' ? wdk.FILE_ATTRIBUTE_DIRECTORY
    : kind === 'link' ? wdk.FILE_ATTRIBUTE_REPARSE_POINT : undefined;
  return {
    kind, size,
    fields: {
      ...(size === undefined ? {} : { EndOfFile: size }),
      ...(kind === undefined ? {} : { Directory: kind === 'directory' }),
      ...(attributes === undefined ? {} : { FileAttributes: attributes }),
      ...(written === undefined ? {} : { LastWriteTime: written }),
    },
  };
}

/** The query of a stat; the tree learns what it printed. */
function queryStat(state: StraceState, call: Call, target: Target, text: StatText): void {
  const { kind, size } = text;
  state.events.add(call, 'query-information', target, STATUS_SUCCESS, {
    type: 'information', FileInformationClass: wdk.FileInformationClass.FileNetworkOpenInformation,
    Length: NETWORK_OPEN_BYTES, fields: text.fields,
  });
  if (kind !== 'special') state.tree.present(target.node, kind);
  if (size !== undefined) target.node.file.size = size;
}

const ATTRIBUTES = { DesiredAccess: wdk.FILE_READ_ATTRIBUTES };
const ATTRIBUTES_OF_LINK = { ...ATTRIBUTES, CreateOptions: wdk.FILE_OPEN_REPARSE_POINT };

function statName(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
  structure: string | undefined, follow: boolean,
): string | undefined {
  const node = state.name(call, folder, path, follow);
  if (typeof node === 'string') return node;
  const fields = follow ? ATTRIBUTES : ATTRIBUTES_OF_LINK;
  if (!succeeded(call)) {
    return failedName(state, call, node, { wantsDirectory: path?.endsWith('/"') === true }, fields);
  }
  const text = statText(structure);
  if (text.kind === 'special') return 'a special file';
  if (text.kind === 'link') state.tree.present(node, 'link');
  const target = state.events.open(call, node, fields);
  queryStat(state, call, target, text);
  state.events.close(call, target);
  return undefined;
}

function statOpen(
  state: StraceState, call: Call, descriptor: string | undefined, structure: string | undefined,
): string | undefined {
  const file = state.file(call, descriptor);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const text = statText(structure);
  if (text.kind === 'special') return 'a special file';
  queryStat(state, call, file, text);
  return undefined;
}

/** newfstatat and statx look at a name, or with AT_EMPTY_PATH at the descriptor itself. */
function statAt(
  state: StraceState, call: Call, flags: string | undefined, structure: string | undefined,
): string | undefined {
  const [folder, path] = call.items;
  const words = flagWords(flags);
  const empty = path === 'NULL' || (path !== undefined && quoted(path) === '');
  if (empty && words.has('AT_EMPTY_PATH')) return statOpen(state, call, folder, structure);
  return statName(state, call, folder, path, structure, !words.has('AT_SYMLINK_NOFOLLOW'));
}

function access(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
  mode: string | undefined,
): string | undefined {
  const node = state.name(call, folder, path, true);
  if (typeof node === 'string') return node;
  const words = flagWords(mode);
  let DesiredAccess = wdk.FILE_READ_ATTRIBUTES;
  if (words.has('R_OK')) DesiredAccess |= wdk.FILE_READ_DATA;
  if (words.has('W_OK')) DesiredAccess |= wdk.FILE_WRITE_DATA;
  if (words.has('X_OK')) DesiredAccess |= wdk.FILE_EXECUTE;
  if (!succeeded(call)) return failedName(state, call, node, {}, { DesiredAccess });
  state.tree.present(node);
  state.events.close(call, state.events.open(call, node, { DesiredAccess }));
  return undefined;
}

function readLink(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
  buffer: string | undefined,
): string | undefined {
  const node = state.name(call, folder, path, false);
  if (typeof node === 'string') return node;
  const notLink = call.result.error === 'EINVAL';
  if (!succeeded(call) && !notLink) return failedName(state, call, node, {}, ATTRIBUTES_OF_LINK);
  state.tree.present(node, notLink ? undefined : 'link');
  const whole = /^"(.*)"$/s.exec(buffer ?? '')?.[1];
  if (!notLink && whole) node.link = decodeEscapes(whole);
  const target = state.events.open(call, node, ATTRIBUTES_OF_LINK);
  const status = notLink ? STATUS_NOT_A_REPARSE_POINT : STATUS_SUCCESS;
  state.events.add(call, 'file-system-control', target, status, {
    type: 'control', IoControlCode: nt.FSCTL_GET_REPARSE_POINT, InputBufferLength: 0,
    OutputBufferLength: nt.MAXIMUM_REPARSE_DATA_BUFFER_SIZE,
  });
  state.events.close(call, target);
  return undefined;
}

function queryVolume(state: StraceState, call: Call, target: Target): void {
  state.events.add(call, 'query-volume-information', target, STATUS_SUCCESS, {
    type: 'volume', FsInformationClass: wdk.FsInformationClass.FileFsFullSizeInformation,
    Length: FULL_SIZE_BYTES, fields: {},
  });
}

function statVolume(state: StraceState, call: Call): string | undefined {
  const node = state.name(call, undefined, call.items[0], true);
  if (typeof node === 'string') return node;
  if (!succeeded(call)) return failedName(state, call, node, {}, ATTRIBUTES);
  const target = state.events.open(call, node, ATTRIBUTES);
  queryVolume(state, call, target);
  state.events.close(call, target);
  return undefined;
}

function statVolumeOpen(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  queryVolume(state, call, file);
  return undefined;
}

/** One batch of names. The buffer is twice as large, as NT's entries are (two bytes a letter). */
function directoryEntries(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const { description, node } = file;
  const names = [...(call.items[1] ?? '').matchAll(/d_name="((?:[^"\\]|\\.)*)"/g)]
    .map((match) => decodeEscapes(match[1] as string));
  const status = call.result.value === 0 ? STATUS_NO_MORE_FILES : STATUS_SUCCESS;
  state.events.add(call, 'query-directory', file, status, {
    type: 'directory', FileInformationClass: wdk.FileInformationClass.FileNamesInformation,
    FileName: description.restart ? '*' : undefined,
    Length: 2 * (numberText(call.items[2]) ?? nt.PAGE_SIZE),
    RestartScan: description.restart, ReturnSingleEntry: false, names,
  });
  description.restart = false;
  state.tree.present(node, 'directory');
  for (const name of names) if (name !== '.' && name !== '..') seen(state, node, name);
  return undefined;
}

function seen(state: StraceState, folder: TreeNode, name: string): void {
  state.tree.present(state.tree.child(folder, name));
}

const stat = (follow: boolean): Handler => (state, call) =>
  statName(state, call, undefined, call.items[0], call.items[1], follow);
const fstat: Handler = (state, call) => statOpen(state, call, call.items[0], call.items[1]);
const fstatat: Handler = (state, call) => statAt(state, call, call.items[3], call.items[2]);
const accessAt: Handler = (state, call) =>
  access(state, call, call.items[0], call.items[1], call.items[2]);

export const queryCalls: Readonly<Record<string, Handler>> = {
  stat: stat(true), stat64: stat(true), lstat: stat(false), lstat64: stat(false),
  fstat, fstat64: fstat, newfstatat: fstatat, fstatat64: fstatat,
  statx: (state, call) => statAt(state, call, call.items[2], call.items[4]),
  access: (state, call) => access(state, call, undefined, call.items[0], call.items[1]),
  faccessat: accessAt, faccessat2: accessAt,
  readlink: (state, call) => readLink(state, call, undefined, call.items[0], call.items[1]),
  readlinkat: (state, call) => readLink(state, call, call.items[0], call.items[1], call.items[2]),
  statfs: statVolume, statfs64: statVolume, fstatfs: statVolumeOpen, fstatfs64: statVolumeOpen,
  getdents: directoryEntries, getdents64: directoryEntries,
};
