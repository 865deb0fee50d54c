// NtReadFile, NtWriteFile, NtFlushBuffersFile. A synchronous, cached file is tried by fast I/O
// first, as on Windows; what fast I/O refuses comes as an IRP (OP-3, OP-4).
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../status-codes.ts';
import { FILE_OBJECT, FO_NO_INTERMEDIATE_BUFFERING, FO_SYNCHRONOUS_IO, FO_WRITE_THROUGH,
  IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_READ, IRP_MJ_WRITE, IRP_NOCACHE,
  IRP_PAGING_IO, IRP_READ_OPERATION, IRP_SYNCHRONOUS_PAGING_IO, IRP_WRITE_OPERATION,
  SL_WRITE_THROUGH } from '../types.ts';
import { FILE_APPEND_DATA, FILE_READ_DATA, FILE_WRITE_DATA } from '../file-constants.ts';
import { BUFFER_BY_DEVICE, BUFFER_NEITHER, probeBuffers } from './request-buffers.ts';
import { checkServiceLevel, fileByHandle, releaseFile, requestOn, service } from './service.ts';
import { fastRead, fastWrite } from '../fast-io.ts';
import { NT_SUCCESS } from '../../status.ts';
import type { NTSTATUS } from '../../status.ts';
import type { RequestBuffers } from './request-buffers.ts';
import type { PFILE_OBJECT } from '../types.ts';
import type { ServiceRequest } from './service.ts';

/** FILE_USE_FILE_POINTER_POSITION as a 64-bit number: the file pointer of a synchronous file. */
export const NO_OFFSET = -2;
/** FILE_WRITE_TO_END_OF_FILE as a 64-bit number: the write goes to the end of the file. */
export const FILE_WRITE_TO_END_OF_FILE = -1;

const f = FILE_OBJECT.bound;
const { set_Parameters_Read_Length, set_Parameters_Read_Key, set_Parameters_Read_ByteOffset,
  set_Flags } = IO_STACK_LOCATION.bound;
const { Status } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof Status>[0];

/** Extra IRP flags of a transfer, for callers in the kernel and for replays of paging I/O. */
export const TRANSFER_PAGING = IRP_PAGING_IO | IRP_NOCACHE | IRP_SYNCHRONOUS_PAGING_IO;

function offsetFor(file: PFILE_OBJECT, major: number, offset: number): number | undefined {
  if (offset >= 0) return offset;
  if (offset === FILE_WRITE_TO_END_OF_FILE && major === IRP_MJ_WRITE) return offset;
  if (!(f.Flags(file) & FO_SYNCHRONOUS_IO)) return undefined;
  return f.CurrentByteOffset(file);
}

interface Transfer {
  readonly major: number;
  readonly handle: number;
  readonly event: number;
  readonly iosb: number;
  readonly buffer: number;
  readonly length: number;
  readonly offset: number;
  readonly key: number;
  readonly flags: number;
}

function buffersOf({ major, buffer, length }: Transfer): Partial<RequestBuffers> {
  return major === IRP_MJ_READ ? { output: buffer, outputLength: length }
    : { input: buffer, inputLength: length };
}

function transferRequest(file: PFILE_OBJECT, t: Transfer, at: number): ServiceRequest {
  const fileFlags = f.Flags(file);
  const direction = t.major === IRP_MJ_READ ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
  const noCache = fileFlags & FO_NO_INTERMEDIATE_BUFFERING ? IRP_NOCACHE : 0;
  return {
    handle: t.handle,
    access: 0,
    major: t.major,
    flags: direction | noCache | t.flags,
    iosb: t.iosb,
    // Paging I/O brings its pages itself.
    buffering: t.flags & IRP_PAGING_IO ? BUFFER_NEITHER : BUFFER_BY_DEVICE,
    ...buffersOf(t),
    event: t.event,
    alwaysWait: (t.flags & IRP_PAGING_IO) !== 0,
    fill(location) {
      set_Parameters_Read_Length(location, t.length);
      set_Parameters_Read_Key(location, t.key);
      set_Parameters_Read_ByteOffset(location, at);
      const through = t.major === IRP_MJ_WRITE && fileFlags & FO_WRITE_THROUGH;
      set_Flags(location, through ? SL_WRITE_THROUGH : 0);
    },
  };
}

function transferOn(file: PFILE_OBJECT, t: Transfer): NTSTATUS {
  const at = offsetFor(file, t.major, t.offset);
  if (at === undefined) return STATUS_INVALID_PARAMETER;
  if (t.length !== 0 && t.flags === 0 && t.event === 0) {
    const fast = t.major === IRP_MJ_READ ? fastRead : fastWrite;
    if (fast(file, at, t.length, t.key, t.buffer, t.iosb)) return Status(t.iosb as PIOSB);
  }
  const status = requestOn(file, transferRequest(file, t, at));
  return status;
}

function transfer(name: string, access: number, t: Transfer): NTSTATUS {
  checkServiceLevel(name);
  const probed = probeBuffers({ buffering: t.flags & IRP_PAGING_IO ? BUFFER_NEITHER
    : BUFFER_BY_DEVICE, ...buffersOf(t) });
  if (!NT_SUCCESS(probed)) return probed;
  const file = fileByHandle(t.handle, access);
  if (file < 0) return file as NTSTATUS;
  const status = transferOn(file as PFILE_OBJECT, t);
  // The file system moves the file position of a synchronous file, as on Windows.
  releaseFile(file as PFILE_OBJECT);
  return status;
}

/**
 * NtReadFile. PASSIVE_LEVEL.
 *
 * @param Event a KEVENT signaled at the end, 0 for none. @param ByteOffset bytes, or NO_OFFSET.
 * @param irpFlags IRP_NOCACHE, IRP_PAGING_IO...: what the memory manager would add.
 * @returns STATUS_PENDING on an asynchronous file when the end comes later; STATUS_END_OF_FILE.
 */
export function NtReadFile(
  Handle: number,
  Event: number,
  IoStatusBlock: number,
  Buffer: number,
  Length: number,
  ByteOffset = NO_OFFSET,
  Key = 0,
  irpFlags = 0,
): NTSTATUS {
  return transfer('NtReadFile', irpFlags & IRP_PAGING_IO ? 0 : FILE_READ_DATA, {
    major: IRP_MJ_READ, handle: Handle, event: Event, iosb: IoStatusBlock, buffer: Buffer,
    length: Length, offset: ByteOffset, key: Key, flags: irpFlags,
  });
}

/** NtWriteFile. PASSIVE_LEVEL; parameters as NtReadFile. */
export function NtWriteFile(
  Handle: number,
  Event: number,
  IoStatusBlock: number,
  Buffer: number,
  Length: number,
  ByteOffset = NO_OFFSET,
  Key = 0,
  irpFlags = 0,
): NTSTATUS {
  const append = ByteOffset === FILE_WRITE_TO_END_OF_FILE ? FILE_APPEND_DATA : FILE_WRITE_DATA;
  return transfer('NtWriteFile', irpFlags & IRP_PAGING_IO ? 0 : append, {
    major: IRP_MJ_WRITE, handle: Handle, event: Event, iosb: IoStatusBlock, buffer: Buffer,
    length: Length, offset: ByteOffset, key: Key, flags: irpFlags,
  });
}

/** NtFlushBuffersFile. PASSIVE_LEVEL. */
export function NtFlushBuffersFile(Handle: number, IoStatusBlock: number): NTSTATUS {
  const frame = pushFrame();
  const iosb = IoStatusBlock === 0 ? stackAlloc(IO_STATUS_BLOCK.size) : IoStatusBlock;
  const status = service('NtFlushBuffersFile', {
    handle: Handle, access: 0, major: IRP_MJ_FLUSH_BUFFERS, iosb, buffering: BUFFER_NEITHER,
    alwaysWait: true, fill: () => undefined,
  });
  popFrame(frame);
  return status === STATUS_SUCCESS ? STATUS_SUCCESS : status;
}
