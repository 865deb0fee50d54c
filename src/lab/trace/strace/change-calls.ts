// Calls that change the name space: mkdir, mknod, unlink, rename, link, symlink.
// Guarantees: each is CREATE, one SET_INFORMATION (or FSCTL) and CLEANUP and CLOSE, with the flags
// that make NT do what POSIX promises: a name goes at once though the file is open, a rename
// replaces an open file, or an empty folder (which NT does in two steps).
import {
  STATUS_ACCESS_DENIED, STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_SUCCESS,
} from '../../../ntos/status-codes.ts';
import type { CreateParameters, InformationFields } from '../event.ts';
import { VOLUME } from './events.ts';
import type { Call, Target } from './events.ts';
import * as nt from './nt.ts';
import * as wdk from '../wdk.ts';
import { FileInformationClass } from '../wdk.ts';
import { failedName, succeeded } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import type { StraceState } from './state.ts';
import { nameStatus, plainStatus } from './errno.ts';
import { flagWords, quoted } from './text.ts';
import { ntPath } from './name-tree.ts';
import type { TreeNode } from './name-tree.ts';

/** Bytes of FILE_RENAME_INFORMATION before the name on x64. */
const RENAME_HEAD_BYTES = 20;

function makeDirectory(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
): string | undefined {
  const node = state.name(call, folder, path, false);
  if (typeof node === 'string') return node;
  const fields: Partial<CreateParameters> = {
    DesiredAccess: wdk.FILE_READ_ATTRIBUTES, CreateDisposition: wdk.FILE_CREATE,
    CreateOptions: wdk.FILE_DIRECTORY_FILE, OpenResult: wdk.FILE_CREATED,
    FileAttributes: wdk.FILE_ATTRIBUTE_NORMAL,
  };
  if (!succeeded(call)) return failedName(state, call, node, { creates: true }, fields);
  state.events.close(call, state.events.open(call, node, fields));
  state.tree.created(node, 'directory', undefined);
  return undefined;
}

/** mknod of a plain file; devices, pipes and sockets are not files of a volume. */
function makeFile(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
  mode: string | undefined,
): string | undefined {
  const node = state.name(call, folder, path, false);
  if (typeof node === 'string') return node;
  if (!/S_IFREG|^0?[0-7]{1,4}$/.test(mode ?? '')) return 'a special file';
  const fields: Partial<CreateParameters> = {
    DesiredAccess: wdk.FILE_READ_ATTRIBUTES, CreateDisposition: wdk.FILE_CREATE,
    CreateOptions: wdk.FILE_NON_DIRECTORY_FILE, OpenResult: wdk.FILE_CREATED,
    FileAttributes: wdk.FILE_ATTRIBUTE_NORMAL,
  };
  if (!succeeded(call)) return failedName(state, call, node, { creates: true }, fields);
  state.events.close(call, state.events.open(call, node, fields));
  state.tree.created(node, 'file', 0);
  return undefined;
}

/** One SET_INFORMATION. */
export function setInformation(
  state: StraceState, call: Call, target: Target, status: number,
  Class: number, Length: number, fields: InformationFields,
): void {
  state.events.add(call, 'set-information', target, status,
    { type: 'information', FileInformationClass: Class, Length, fields });
}

/** Deletes a name: FILE_DISPOSITION with POSIX semantics through a handle of its own. */
function deleteName(
  state: StraceState, call: Call, node: TreeNode, directory: boolean, status: number,
): void {
  const kind = directory ? wdk.FILE_DIRECTORY_FILE : wdk.FILE_NON_DIRECTORY_FILE;
  const target = state.events.open(call, node, {
    DesiredAccess: wdk.DELETE, CreateOptions: kind | wdk.FILE_OPEN_REPARSE_POINT,
  });
  setInformation(state, call, target, status, FileInformationClass.FileDispositionInformationEx, 4,
    { DeleteFile: true, Flags: nt.FILE_DISPOSITION_LIKE_UNLINK });
  state.events.close(call, target);
  if (status === STATUS_SUCCESS) state.tree.unlinked(node);
}

function unlink(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
  directory: boolean,
): string | undefined {
  const node = state.name(call, folder, path, false);
  if (typeof node === 'string') return node;
  if (succeeded(call)) {
    deleteName(state, call, node, directory, STATUS_SUCCESS);
    return undefined;
  }
  const { error } = call.result;
  if (directory && (error === 'ENOTEMPTY' || error === 'EEXIST')) {
    const status = nameStatus(state.tree, node, 'ENOTEMPTY', {}) as number;
    deleteName(state, call, node, true, status);
    return undefined;
  }
  const kind = directory ? wdk.FILE_DIRECTORY_FILE : wdk.FILE_NON_DIRECTORY_FILE;
  return failedName(state, call, node, { wantsDirectory: directory },
    { DesiredAccess: wdk.DELETE, CreateOptions: kind | wdk.FILE_OPEN_REPARSE_POINT });
}

/** Why NT refuses to give a name that exists a second name or a new one. */
function targetStatus(state: StraceState, error: string, to: TreeNode): number | undefined {
  if (error === 'ENOENT') {
    if (to.parent) state.tree.missing(to.parent);
    return STATUS_OBJECT_PATH_NOT_FOUND;
  }
  if (error === 'EEXIST') return STATUS_OBJECT_NAME_COLLISION;
  if (error === 'ENOTEMPTY' || error === 'EISDIR') return STATUS_ACCESS_DENIED;
  if (error === 'ENOTDIR') return STATUS_OBJECT_PATH_NOT_FOUND;
  return state.status(plainStatus(error));
}

/** The names of a two-name call; a reason when one of them is no file of the volume. */
function twoNames(state: StraceState, call: Call, follow: boolean): TreeNode[] | string {
  const { items } = call;
  const at = call.name.endsWith('at') || call.name.endsWith('at2');
  const from = state.name(call, at ? items[0] : undefined, at ? items[1] : items[0], follow);
  const to = state.name(call, at ? items[2] : undefined, at ? items[3] : items[1], false);
  if (typeof from === 'string') return from;
  return typeof to === 'string' ? to : [from, to];
}

/** The SET_INFORMATION that gives `from` the name `to`, through a handle of its own. */
function giveName(
  state: StraceState, call: Call, from: TreeNode, to: TreeNode, status: number,
  request: { access: number; Class: number; Flags?: number; replace: boolean },
): void {
  const target = state.events.open(call, from, {
    DesiredAccess: request.access, CreateOptions: wdk.FILE_OPEN_REPARSE_POINT,
  });
  const FileName = VOLUME + ntPath(to);
  const fields: InformationFields = {
    FileName, ReplaceIfExists: request.replace,
    ...(request.Flags === undefined ? {} : { Flags: request.Flags }),
  };
  setInformation(state, call, target, status, request.Class,
    RENAME_HEAD_BYTES + 2 * FileName.length, fields);
  const isRename = request.Class === FileInformationClass.FileRenameInformationEx;
  if (isRename && status === STATUS_SUCCESS) {
    state.tree.renamed(from, to);
  }
  state.events.close(call, target);
}

function rename(state: StraceState, call: Call): string | undefined {
  const names = twoNames(state, call, false);
  if (typeof names === 'string') return names;
  const [from, to] = names as [TreeNode, TreeNode];
  const words = flagWords(call.name === 'renameat2' ? call.items[4] : undefined);
  if (words.has('RENAME_EXCHANGE')) return 'an exchange of names, which NT cannot';
  const { error } = call.result;
  if (from === to || (error === undefined && from.file === to.file)) return 'a rename to itself';
  if (error === 'EXDEV') return 'a rename to another volume';
  const replace = !words.has('RENAME_NOREPLACE');
  const Flags = replace ? nt.FILE_RENAME_LIKE_POSIX : nt.FILE_RENAME_NO_REPLACE;
  const Class = FileInformationClass.FileRenameInformationEx;
  const request = { access: wdk.DELETE, Class, Flags, replace };
  if (error === undefined) {
    // NT replaces files only; POSIX also an empty folder.
    if (to.state === 'present' && to.file.kind === 'directory') {
      deleteName(state, call, to, true, STATUS_SUCCESS);
    }
    const target = to.deleted && to.parent ? state.tree.child(to.parent, to.name) : to;
    giveName(state, call, from, target, STATUS_SUCCESS, request);
    return undefined;
  }
  if (error === 'ENOENT' && from.state !== 'present') {
    return failedName(state, call, from, {}, { DesiredAccess: wdk.DELETE });
  }
  const status = targetStatus(state, error, to);
  if (status === undefined) return `failed with ${error}`;
  giveName(state, call, from, to, status, request);
  return undefined;
}

function link(state: StraceState, call: Call): string | undefined {
  const names = twoNames(state, call, call.items[4]?.includes('AT_SYMLINK_FOLLOW') === true);
  if (typeof names === 'string') return names;
  const [from, to] = names as [TreeNode, TreeNode];
  const { error } = call.result;
  if (error === 'EXDEV') return 'a link to another volume';
  if (error === 'ENOENT' && from.state !== 'present') {
    return failedName(state, call, from, {}, { DesiredAccess: wdk.FILE_READ_ATTRIBUTES });
  }
  const status = error === undefined ? STATUS_SUCCESS : targetStatus(state, error, to);
  if (status === undefined) return `failed with ${error}`;
  const Class = FileInformationClass.FileLinkInformation;
  const request = { access: wdk.FILE_READ_ATTRIBUTES, Class, replace: false };
  giveName(state, call, from, to, status, request);
  if (error === undefined) {
    state.tree.present(from);
    state.tree.created(to, from.file.kind, from.file.size);
    to.file = from.file;
    to.link = from.link;
  }
  return undefined;
}

function symlink(state: StraceState, call: Call): string | undefined {
  const [text, second, third] = call.items;
  const at = call.name === 'symlinkat';
  const node = state.name(call, at ? second : undefined, at ? third : second, false);
  if (typeof node === 'string') return node;
  const fields: Partial<CreateParameters> = {
    DesiredAccess: wdk.FILE_GENERIC_WRITE, CreateDisposition: wdk.FILE_CREATE,
    CreateOptions: wdk.FILE_NON_DIRECTORY_FILE | wdk.FILE_OPEN_REPARSE_POINT,
    FileAttributes: wdk.FILE_ATTRIBUTE_NORMAL, OpenResult: wdk.FILE_CREATED,
  };
  if (!succeeded(call)) return failedName(state, call, node, { creates: true }, fields);
  const target = state.events.open(call, node, fields);
  const path = quoted(text) ?? '';
  state.events.add(call, 'file-system-control', target, STATUS_SUCCESS, {
    type: 'control', IoControlCode: nt.FSCTL_SET_REPARSE_POINT, OutputBufferLength: 0,
    InputBufferLength: RENAME_HEAD_BYTES + 4 * path.length,
  });
  state.events.close(call, target);
  state.tree.created(node, 'link', undefined);
  node.link = path;
  return undefined;
}

export const changeCalls: Readonly<Record<string, Handler>> = {
  mkdir: (state, call) => makeDirectory(state, call, undefined, call.items[0]),
  mkdirat: (state, call) => makeDirectory(state, call, call.items[0], call.items[1]),
  mknod: (state, call) => makeFile(state, call, undefined, call.items[0], call.items[1]),
  mknodat: (state, call) => makeFile(state, call, call.items[0], call.items[1], call.items[2]),
  unlink: (state, call) => unlink(state, call, undefined, call.items[0], false),
  rmdir: (state, call) => unlink(state, call, undefined, call.items[0], true),
  unlinkat: (state, call) => unlink(state, call, call.items[0], call.items[1],
    flagWords(call.items[2]).has('AT_REMOVEDIR')),
  rename, renameat: rename, renameat2: rename, link, linkat: link, symlink, symlinkat: symlink,
};
