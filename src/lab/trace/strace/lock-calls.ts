// fcntl, flock and ioctl: locks, copies and flags of descriptors.
// Guarantees: what changes later calls (a lock, a copy, close-on-exec, append) is kept; the rest is
// counted by name.
import type { Call } from './events.ts';
import { LOCK_END } from './locks.ts';
import type { LockRange, LockRequest } from './locks.ts';
import { duplicate, succeeded } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import type { OpenFile, StraceState } from './state.ts';
import { BadLine, descriptorText, fieldText, flagWords, numberText } from './text.ts';

const SET_LOCK = /^F_(OFD_)?SETLK(W)?(64)?$/;

/** Bytes that a `struct flock` names; undefined when the end of an unknown size is meant. */
function lockRange(file: OpenFile, structure: string | undefined): LockRange | undefined {
  const value = (name: string): number | undefined => numberText(fieldText(structure, name));
  const from = value('l_start');
  const length = value('l_len');
  if (from === undefined || length === undefined) {
    throw new BadLine('arguments', `the lock ${structure} has no l_start or l_len`);
  }
  const whence = fieldText(structure, 'l_whence');
  let base: number | undefined = 0;
  if (whence === 'SEEK_CUR') base = file.description.offset;
  else if (whence === 'SEEK_END') base = file.node.file.size;
  if (base === undefined) return undefined;
  const first = base + from;
  const start = Math.max(0, length < 0 ? first + length : first);
  const end = length === 0 ? LOCK_END : length < 0 ? first : first + length;
  const exclusive = fieldText(structure, 'l_type') === 'F_WRLCK';
  return { start, end: Math.min(end, LOCK_END), exclusive };
}

/** Grants, refuses or releases, as the call says. */
function applyLock(
  state: StraceState, call: Call, request: LockRequest, unlock: boolean,
): string | undefined {
  const { error } = call.result;
  if (error === 'EAGAIN' || error === 'EACCES' || error === 'EWOULDBLOCK') {
    state.locks.refused(call, request);
    return undefined;
  }
  if (!succeeded(call)) return `failed with ${error ?? 'no result'}`;
  return unlock ? state.locks.released(call, request) : state.locks.granted(call, request);
}

function setLock(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  const [, command, structure] = call.items;
  const range = lockRange(file, structure);
  if (range === undefined) return 'a lock from the end of a file of unknown size';
  const { node, description } = file;
  const owner = command?.startsWith('F_OFD_') === true ? description : call.thread.process;
  const waits = /SETLKW/.test(command ?? '');
  const unlock = fieldText(structure, 'l_type') === 'F_UNLCK';
  return applyLock(state, call, { owner, node, description, range, waits }, unlock);
}

/** flock locks the whole file; it does not meet fcntl's locks, so it takes a byte of its own. */
function flock(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  const words = flagWords(call.items[1]);
  const { node, description } = file;
  const range = { start: LOCK_END, end: LOCK_END + 1, exclusive: words.has('LOCK_EX') };
  const request = { owner: description, node, description, range, waits: !words.has('LOCK_NB') };
  return applyLock(state, call, request, words.has('LOCK_UN'));
}

function fcntl(state: StraceState, call: Call): string | undefined {
  const [first, command = '', value] = call.items;
  if (command.startsWith('F_DUPFD')) {
    return duplicate(state, call, command === 'F_DUPFD_CLOEXEC');
  }
  if (SET_LOCK.test(command)) return setLock(state, call);
  const file = state.file(call, first);
  const number = descriptorText(first)?.number ?? -1;
  const descriptor = call.thread.table.entries.get(number);
  if (command === 'F_SETFD' && descriptor) {
    descriptor.closeOnExec = flagWords(value).has('FD_CLOEXEC');
  }
  if (command === 'F_SETFL' && typeof file !== 'string') {
    file.description.append = flagWords(value).has('O_APPEND');
  }
  return typeof file === 'string' ? file : `fcntl ${command}, which NT has no request for`;
}

function ioctl(state: StraceState, call: Call): string {
  const [first, request] = call.items;
  const file = state.file(call, first);
  const descriptor = call.thread.table.entries.get(descriptorText(first)?.number ?? -1);
  if (descriptor && request === 'FIOCLEX') descriptor.closeOnExec = true;
  if (descriptor && request === 'FIONCLEX') descriptor.closeOnExec = false;
  return typeof file === 'string' ? file : 'ioctl';
}

export const lockCalls: Readonly<Record<string, Handler>> = {
  fcntl, fcntl64: fcntl, flock, ioctl,
};
