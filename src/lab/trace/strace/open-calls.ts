// Calls that open files and move descriptors about: open and its kin, close, dup, and the calls
// that make descriptors of things that are no files.
// Guarantees: an open asks for the access, disposition and options that make NT do what the flags
// ask of Linux; the descriptor that it returned is known afterwards, whatever it belongs to.
import { STATUS_OBJECT_NAME_NOT_FOUND, STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import type { CreateParameters } from '../event.ts';
import { createParameters } from './events.ts';
import type { Call } from './events.ts';
import * as wdk from '../wdk.ts';
import { kernelFile, otherKind } from './state.ts';
import type { StraceState } from './state.ts';
import { nameStatus } from './errno.ts';
import type { NameIntent } from './errno.ts';
import { BadLine, descriptorText, fieldText, flagWords, numberText } from './text.ts';
import type { TreeNode } from './name-tree.ts';

/** Makes the events of one call; returns why there are none, to be counted. */
export type Handler = (state: StraceState, call: Call) => string | undefined;

type Flags = ReadonlySet<string>;

/** Whether the call came back without an error. */
export function succeeded(call: Call): boolean {
  return call.result.error === undefined && call.result.value !== undefined;
}

/** A failed call on a name becomes a failed create; returns the reason when it becomes nothing. */
export function failedName(
  state: StraceState, call: Call, node: TreeNode, intent: NameIntent,
  fields: Partial<CreateParameters>,
): string | undefined {
  const error = call.result.error ?? 'no result';
  const status = state.status(nameStatus(state.tree, node, error, intent));
  if (status === undefined) return `failed with ${error}`;
  if (status === STATUS_OBJECT_NAME_NOT_FOUND) state.tree.doubt(node, state.events.count);
  state.events.failedOpen(call, node, status, fields);
  return undefined;
}

/** NtCreateFile's fields for the flags of an open. */
export function openFields(flags: Flags): Partial<CreateParameters> {
  const has = (flag: string): boolean => flags.has(flag);
  const write = has('O_WRONLY') || has('O_RDWR');
  let access = write ? wdk.FILE_GENERIC_WRITE | wdk.FILE_READ_ATTRIBUTES : 0;
  if (!has('O_WRONLY')) access |= wdk.FILE_GENERIC_READ;
  if (has('O_PATH')) access = wdk.FILE_READ_ATTRIBUTES;
  const creates = has('O_CREAT');
  let CreateDisposition = creates ? wdk.FILE_OPEN_IF : wdk.FILE_OPEN;
  if (creates && has('O_EXCL')) CreateDisposition = wdk.FILE_CREATE;
  else if (has('O_TRUNC') && write) {
    CreateDisposition = creates ? wdk.FILE_OVERWRITE_IF : wdk.FILE_OVERWRITE;
  }
  let CreateOptions = 0;
  if (has('O_DIRECTORY')) CreateOptions |= wdk.FILE_DIRECTORY_FILE;
  else if (write || creates) CreateOptions |= wdk.FILE_NON_DIRECTORY_FILE;
  if (has('O_SYNC') || has('O_DSYNC')) CreateOptions |= wdk.FILE_WRITE_THROUGH;
  if (has('O_DIRECT')) CreateOptions |= wdk.FILE_NO_INTERMEDIATE_BUFFERING;
  if (has('O_PATH') && has('O_NOFOLLOW')) CreateOptions |= wdk.FILE_OPEN_REPARSE_POINT;
  const FileAttributes = creates ? wdk.FILE_ATTRIBUTE_NORMAL : 0;
  return { DesiredAccess: access, CreateDisposition, CreateOptions, FileAttributes };
}

/** IoStatus.Information of an open that succeeded, when what the tree knows decides it. */
function openResult(disposition: number, state: TreeNode['state']): number | undefined {
  if (disposition === wdk.FILE_OPEN) return wdk.FILE_OPENED;
  if (disposition === wdk.FILE_CREATE) return wdk.FILE_CREATED;
  if (disposition === wdk.FILE_OVERWRITE) return wdk.FILE_OVERWRITTEN;
  if (state === 'unknown') return undefined;
  if (state === 'missing') return wdk.FILE_CREATED;
  return disposition === wdk.FILE_OPEN_IF ? wdk.FILE_OPENED : wdk.FILE_OVERWRITTEN;
}

/** Takes what -y says about the new descriptor over what the name looked like. */
function openedNode(
  state: StraceState, call: Call, node: TreeNode | string, flags: Flags,
): TreeNode | string {
  const text = descriptorText(call.result.descriptor);
  if (text?.target === undefined || text.deleted || otherKind(text.target)) return node;
  const real = state.tree.resolve(state.tree.root, text.target, false);
  const differs = typeof node !== 'string' && real !== node;
  if (differs && !flags.has('O_CREAT')) state.tree.learnLink(node, real);
  return real;
}

/** What the tree learns from an open that worked. */
function noteOpened(state: StraceState, node: TreeNode, flags: Flags, result?: number): void {
  const kind = flags.has('O_DIRECTORY') ? 'directory'
    : flags.has('O_WRONLY') || flags.has('O_RDWR') || flags.has('O_CREAT') ? 'file' : undefined;
  if (result === wdk.FILE_CREATED) state.tree.created(node, 'file', 0);
  else state.tree.present(node, kind);
  if (flags.has('O_TRUNC')) node.file.size = 0;
}

function openName(
  state: StraceState, call: Call, folder: string | undefined, path: string | undefined,
  flags: Flags,
): string | undefined {
  if (/^\d+$/.test([...flags][0] ?? '0')) {
    throw new BadLine('arguments', 'the flags of the open are numbers',
      'Record without -X raw, so that strace prints names.');
  }
  if (flags.has('O_TMPFILE')) return openUnnamed(state, call, flags);
  const named = state.name(call, folder, path, !flags.has('O_NOFOLLOW'));
  const creates = flags.has('O_CREAT');
  const wantsDirectory = flags.has('O_DIRECTORY') || path?.endsWith('/"') === true;
  const fields = openFields(flags);
  if (!succeeded(call)) {
    if (typeof named === 'string') return named;
    return failedName(state, call, named, { creates, wantsDirectory }, fields);
  }
  const number = call.result.value as number;
  const node = openedNode(state, call, named, flags);
  const other = typeof node === 'string' ? node : kernelFile(node);
  const closeOnExec = flags.has('O_CLOEXEC');
  if (typeof node === 'string' || other !== undefined) {
    state.install(call, number, state.describe(call, number, undefined, other), closeOnExec);
    return other;
  }
  const OpenResult = openResult(fields.CreateDisposition ?? wdk.FILE_OPEN, node.state);
  const parameters = createParameters({ ...fields, OpenResult });
  const description = state.describe(call, number, node, undefined, parameters.DesiredAccess);
  description.append = flags.has('O_APPEND');
  state.install(call, number, description, closeOnExec);
  const target = { node, handle: description.handle };
  state.events.add(call, 'create', target, STATUS_SUCCESS, parameters);
  noteOpened(state, node, flags, OpenResult);
  return undefined;
}

/** O_TMPFILE: a file without a name is one that goes when it is closed. */
function openUnnamed(state: StraceState, call: Call, flags: Flags): string | undefined {
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const number = call.result.value as number;
  const target = descriptorText(call.result.descriptor)?.target;
  const node = target?.startsWith('/') ? state.tree.resolve(state.tree.root, target, false)
    : undefined;
  const other = node ? kernelFile(node) : 'a file without a name (strace -y)';
  const wide = openFields(flags);
  const parameters = createParameters({
    ...wide, DesiredAccess: (wide.DesiredAccess ?? 0) | wdk.DELETE,
    CreateDisposition: wdk.FILE_CREATE, OpenResult: wdk.FILE_CREATED,
    CreateOptions: wdk.FILE_NON_DIRECTORY_FILE | wdk.FILE_DELETE_ON_CLOSE,
    FileAttributes: wdk.FILE_ATTRIBUTE_NORMAL,
  });
  const file = other === undefined ? node : undefined;
  const description = state.describe(call, number, file, other, parameters.DesiredAccess);
  state.install(call, number, description, flags.has('O_CLOEXEC'));
  if (file === undefined) return other;
  state.tree.created(file, 'file', 0);
  state.events.add(call, 'create', { node: file, handle: description.handle }, STATUS_SUCCESS,
    parameters);
  return undefined;
}

function closeRange(state: StraceState, call: Call): string | undefined {
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const [low, high, flags] = call.items;
  const from = numberText(low) ?? 0;
  const to = numberText(high) ?? Infinity;
  for (const [number, descriptor] of call.thread.table.entries) {
    if (number < from || number > to) continue;
    if (flagWords(flags).has('CLOSE_RANGE_CLOEXEC')) descriptor.closeOnExec = true;
    else state.release(call, number);
  }
  return 'a range of descriptors without files';
}

/** dup, dup2, dup3, F_DUPFD: a second descriptor of the same description. */
export function duplicate(state: StraceState, call: Call, closeOnExec: boolean): string {
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const file = state.file(call, call.items[0]);
  const from = descriptorText(call.items[0])?.number;
  const to = call.result.value as number;
  const description = call.thread.table.entries.get(from ?? -1)?.description;
  const reason = typeof file === 'string' ? file : 'a descriptor of several';
  if (!description || from === to) return reason;
  state.install(call, to, description, closeOnExec);
  return 'a descriptor of several';
}

/** pipe, socketpair and so on return their descriptors in an array. */
function descriptorPair(state: StraceState, call: Call): string {
  const array = call.items.find((item) => /^\[\d+/.test(item));
  const closeOnExec = call.items.some((item) => item.includes('CLOEXEC'));
  const kind = call.name.startsWith('pipe') ? 'pipe' : 'socket';
  if (!succeeded(call) || array === undefined) return kind;
  for (const item of array.slice(1, -1).split(',')) {
    const number = descriptorText(item.trim())?.number;
    if (number === undefined) continue;
    state.install(call, number, state.describe(call, number, undefined, kind), closeOnExec);
  }
  return kind;
}

/** A call that returns one descriptor of something that is no file. */
function otherDescriptor(kind: string): Handler {
  return (state, call) => {
    if (!succeeded(call)) return kind;
    const number = call.result.value as number;
    const closeOnExec = call.items.some((item) => item.includes('CLOEXEC'));
    state.install(call, number, state.describe(call, number, undefined, kind), closeOnExec);
    return kind;
  };
}

const openHow = (how: string | undefined): Flags => flagWords(fieldText(how, 'flags'));
const socket = otherDescriptor('socket');
const inode = otherDescriptor('anonymous inode');

export const openCalls: Readonly<Record<string, Handler>> = {
  open: (state, call) => openName(state, call, undefined, call.items[0], flagWords(call.items[1])),
  creat: (state, call) =>
    openName(state, call, undefined, call.items[0], flagWords('O_WRONLY|O_CREAT|O_TRUNC')),
  openat: (state, call) =>
    openName(state, call, call.items[0], call.items[1], flagWords(call.items[2])),
  openat2: (state, call) =>
    openName(state, call, call.items[0], call.items[1], openHow(call.items[2])),
  close: (state, call) => {
    if (call.result.error === 'EBADF') return 'failed with EBADF';
    const file = state.file(call, call.items[0]);
    const number = descriptorText(call.items[0])?.number;
    if (number === undefined) return typeof file === 'string' ? file : 'no descriptor';
    return state.release(call, number);
  },
  close_range: closeRange,
  dup: (state, call) => duplicate(state, call, false),
  dup2: (state, call) => duplicate(state, call, false),
  dup3: (state, call) => duplicate(state, call, call.items[2]?.includes('CLOEXEC') === true),
  pipe: descriptorPair,
  pipe2: descriptorPair,
  socketpair: descriptorPair,
  socket, accept: socket, accept4: socket,
  epoll_create: inode, epoll_create1: inode, eventfd: inode, eventfd2: inode, inotify_init: inode,
  inotify_init1: inode, timerfd_create: inode, signalfd: inode, signalfd4: inode,
  pidfd_open: inode, io_uring_setup: inode, perf_event_open: inode, userfaultfd: inode,
  fanotify_init: inode, memfd_create: otherDescriptor('memory file'),
};
