// Calls that move data through a descriptor: read, write, copy, seek, map, flush, truncate.
// Guarantees: a read or write carries the offset that its open file description had, which dup and
// fork share; a read that returned nothing is STATUS_END_OF_FILE.
// Simplification: of a mapping only the first page fault is known to happen. lseek makes no event,
// as NT keeps the offset in the file object and tells no driver.
import {
  STATUS_END_OF_FILE, STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS,
} from '../../../ntos/status-codes.ts';
import type { ReadWriteParameters } from '../event.ts';
import type { Call } from './events.ts';
import * as nt from './nt.ts';
import * as wdk from '../wdk.ts';
import { FileInformationClass } from '../wdk.ts';
import { succeeded } from './open-calls.ts';
import type { Handler } from './open-calls.ts';
import type { OpenFile, StraceState } from './state.ts';
import { plainStatus } from './errno.ts';
import { flagWords, numberText } from './text.ts';

/** FILE_WRITE_TO_END_OF_FILE. */
const TO_END = -1;

/** Bytes of an iovec array; undefined when strace shortened it. */
function vectorBytes(argument: string | undefined): number | undefined {
  if (argument === undefined || /\.\.\.\]?$/.test(argument)) return undefined;
  let sum = 0;
  for (const [, length] of argument.matchAll(/iov_len=(\d+)/g)) sum += Number(length);
  return argument === '[]' || sum > 0 || argument.includes('iov_len') ? sum : undefined;
}

/** One transfer as a call asked for it. */
interface Transfer {
  readonly length: number | undefined;
  /** undefined: at the description's offset, which moves. */
  readonly offset: number | undefined;
}

function plainTransfer(call: Call): Transfer {
  const { items } = call;
  const vector = call.name.includes('readv') || call.name.includes('writev');
  const positioned = call.name.startsWith('p');
  const offset = positioned ? numberText(items[3]) : undefined;
  return {
    length: vector ? vectorBytes(items[1]) : numberText(items[2]),
    offset: offset !== undefined && offset >= 0 ? offset : undefined,
  };
}

function transferParameters(
  ByteOffset: number, Length: number | undefined, moved: number | undefined,
): ReadWriteParameters {
  return {
    type: 'read-write', ByteOffset, Length, IrpFlags: 0, WriteThrough: false,
    ...(moved === undefined ? {} : { Transferred: moved }),
  };
}

/** A read of an open file; `moved` is the call's result. */
function emitRead(
  state: StraceState, call: Call, file: OpenFile, transfer: Transfer, moved: number | undefined,
): string | undefined {
  const { description, node } = file;
  const offset = transfer.offset ?? description.offset;
  let status: number | undefined = STATUS_SUCCESS;
  if (moved === undefined) {
    const error = call.result.error ?? 'no result';
    status = error === 'EISDIR' ? STATUS_INVALID_DEVICE_REQUEST : state.status(plainStatus(error));
    if (status === undefined) return `failed with ${error}`;
  } else if (moved === 0 && transfer.length !== 0) {
    status = STATUS_END_OF_FILE;
  }
  state.events.add(call, 'read', file, status, transferParameters(offset, transfer.length, moved));
  if (moved === undefined) return undefined;
  if (transfer.offset === undefined) description.offset += moved;
  const short = moved > 0 && transfer.length !== undefined && moved < transfer.length;
  if (short) node.file.size = offset + moved;
  return undefined;
}

function emitWrite(
  state: StraceState, call: Call, file: OpenFile, transfer: Transfer, moved: number | undefined,
): string | undefined {
  const { description, node } = file;
  const { size } = node.file;
  const offset = description.append ? TO_END : transfer.offset ?? description.offset;
  const error = call.result.error ?? 'no result';
  const status = moved === undefined ? state.status(plainStatus(error)) : STATUS_SUCCESS;
  if (status === undefined) return `failed with ${error}`;
  const length = transfer.length ?? moved;
  state.events.add(call, 'write', file, status, transferParameters(offset, length, moved));
  if (moved === undefined) return undefined;
  const start = offset === TO_END ? size : offset;
  const end = start === undefined ? undefined : start + moved;
  if (end !== undefined && size !== undefined) node.file.size = Math.max(size, end);
  if (transfer.offset === undefined) description.offset = end ?? description.offset + moved;
  return undefined;
}

const transfer = (emit: typeof emitRead): Handler => (state, call) => {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  return emit(state, call, file, plainTransfer(call),
    succeeded(call) ? call.result.value : undefined);
};

/** sendfile and copy_file_range: a read here, a write there, of what was really moved. */
function copyBetween(
  state: StraceState, call: Call,
  from: { descriptor: number; offset: number | undefined },
  to: { descriptor: number; offset: number | undefined },
): string | undefined {
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const moved = call.result.value as number;
  const pointer = (index: number | undefined): number | undefined =>
    index === undefined ? undefined : numberText(/^\[(\d+)/.exec(call.items[index] ?? '')?.[1]);
  const source = state.file(call, call.items[from.descriptor]);
  const sink = state.file(call, call.items[to.descriptor]);
  if (typeof source !== 'string') {
    const length = moved === 0 ? nt.PAGE_SIZE : moved;
    emitRead(state, call, source, { length, offset: pointer(from.offset) }, moved);
  }
  if (typeof sink !== 'string' && moved > 0) {
    emitWrite(state, call, sink, { length: moved, offset: pointer(to.offset) }, moved);
  }
  return typeof source === 'string' ? source : undefined;
}

function seek(state: StraceState, call: Call): string {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  file.description.offset = call.result.value as number;
  if (file.description.offset === 0) file.description.restart = true;
  return 'a seek, kept as the offset of later calls';
}

function map(state: StraceState, call: Call): string | undefined {
  const [, length, protection, flags, descriptor, offset] = call.items;
  const words = flagWords(flags);
  if (words.has('MAP_ANONYMOUS') || descriptor === '-1') return 'memory without a file';
  const file = state.file(call, descriptor);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const allowed = flagWords(protection);
  const writes = allowed.has('PROT_WRITE') && !words.has('MAP_PRIVATE');
  let page = allowed.has('PROT_WRITE') ? nt.PAGE_WRITECOPY : nt.PAGE_READONLY;
  if (writes) page = nt.PAGE_READWRITE;
  if (allowed.has('PROT_EXEC')) page = writes ? nt.PAGE_EXECUTE_READWRITE : nt.PAGE_EXECUTE_READ;
  const { size } = file.node.file;
  state.events.map(call, file, page,
    { offset: numberText(offset) ?? 0, length: numberText(length) ?? 0, size });
  return undefined;
}

/** A handle that may do what the call does: the file's own, or one opened for this request. */
export function withAccess(
  state: StraceState, call: Call, file: OpenFile, access: number,
  request: (target: { node: OpenFile['node']; handle: string | undefined }) => void,
): string | undefined {
  const { description, node } = file;
  if (description.access === undefined || (description.access & access) === access) {
    request(file);
    return undefined;
  }
  if (node.deleted) return 'a second handle to a file without a name';
  const target = state.events.open(call, node, { DesiredAccess: access });
  request(target);
  state.events.close(call, target);
  return undefined;
}

function flush(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  return withAccess(state, call, file, wdk.FILE_WRITE_DATA, (target) =>
    state.events.add(call, 'flush-buffers', target, STATUS_SUCCESS));
}

/** SET_INFORMATION of one size. */
export function setSize(
  state: StraceState, call: Call, target: { node: OpenFile['node']; handle: string | undefined },
  status: number, size: number, allocation = false,
): void {
  state.events.add(call, 'set-information', target, status, {
    type: 'information', Length: 8,
    FileInformationClass: allocation ? FileInformationClass.FileAllocationInformation
      : FileInformationClass.FileEndOfFileInformation,
    fields: allocation ? { AllocationSize: size } : { EndOfFile: size },
  });
  if (!allocation && status === STATUS_SUCCESS) target.node.file.size = size;
}

function truncateOpen(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  const error = call.result.error;
  const status = error === undefined ? STATUS_SUCCESS : state.status(plainStatus(error));
  if (status === undefined) return `failed with ${error}`;
  setSize(state, call, file, status, numberText(call.items[1]) ?? 0);
  return undefined;
}

function allocate(state: StraceState, call: Call): string | undefined {
  const file = state.file(call, call.items[0]);
  if (typeof file === 'string') return file;
  if (!succeeded(call)) return `failed with ${call.result.error}`;
  const mode = flagWords(call.items[1]);
  const FileOffset = numberText(call.items[2]) ?? 0;
  const Length = numberText(call.items[3]) ?? 0;
  if (mode.has('FALLOC_FL_PUNCH_HOLE') || mode.has('FALLOC_FL_ZERO_RANGE')) {
    state.events.add(call, 'file-system-control', file, STATUS_SUCCESS, {
      type: 'control', IoControlCode: nt.FSCTL_SET_ZERO_DATA, InputBufferLength: 16,
      OutputBufferLength: 0, FileOffset, Length,
    });
    return undefined;
  }
  const { size } = file.node.file;
  const end = FileOffset + Length;
  // On NT an allocation or an end below the end of file would cut the file.
  if (size === undefined) return 'an allocation in a file of unknown size';
  if (end <= size) return 'an allocation inside the file';
  setSize(state, call, file, STATUS_SUCCESS, end, mode.has('FALLOC_FL_KEEP_SIZE'));
  return undefined;
}

const read = transfer(emitRead);
const write = transfer(emitWrite);

export const ioCalls: Readonly<Record<string, Handler>> = {
  read, pread64: read, pread: read, readv: read, preadv: read, preadv2: read,
  write, pwrite64: write, pwrite: write, writev: write, pwritev: write, pwritev2: write,
  copy_file_range: (state, call) =>
    copyBetween(state, call, { descriptor: 0, offset: 1 }, { descriptor: 2, offset: 3 }),
  sendfile: (state, call) => copyBetween(state, call, { descriptor: 1, offset: 2 },
    { descriptor: 0, offset: undefined }),
  sendfile64: (state, call) => copyBetween(state, call, { descriptor: 1, offset: 2 },
    { descriptor: 0, offset: undefined }),
  splice: (state, call) =>
    copyBetween(state, call, { descriptor: 0, offset: 1 }, { descriptor: 2, offset: 3 }),
  lseek: seek, _llseek: seek,
  mmap: map, mmap2: map,
  msync: () => 'a flush of memory, file not named',
  fsync: flush, fdatasync: flush, sync_file_range: flush, syncfs: flush,
  ftruncate: truncateOpen, ftruncate64: truncateOpen,
  fallocate: allocate,
};
