// Named pipes and mailslots that a filter creates below itself (6.3), by requests of their own:
// IRP_MJ_CREATE_NAMED_PIPE and IRP_MJ_CREATE_MAILSLOT. The parameters beside the common ones
// lie in a block that the driver below reads before the call returns.
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { copyBytes } from '../../mem/memory.ts';
import { MAILSLOT_CREATE_PARAMETERS, NAMED_PIPE_CREATE_PARAMETERS }
  from '../../ntos/io/pipe-types.ts';
import { FILE_CREATE, FILE_OPEN, FILE_OPEN_IF, FILE_SHARE_READ, FILE_SHARE_WRITE }
  from '../../ntos/io/file-constants.ts';
import { IRP_MJ_CREATE_MAILSLOT, IRP_MJ_CREATE_NAMED_PIPE } from '../../ntos/io/types.ts';
import { STATUS_INVALID_PARAMETER } from '../../ntos/status-codes.ts';
import { createFile, ecpsOf } from './initiated-create.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const p = NAMED_PIPE_CREATE_PARAMETERS.bound;
const m = MAILSLOT_CREATE_PARAMETERS.bound;
const SHARE_READ_WRITE = FILE_SHARE_READ | FILE_SHARE_WRITE;
const pipeDispositions: readonly number[] = [FILE_OPEN, FILE_CREATE, FILE_OPEN_IF];
const LARGE_INTEGER_SIZE = 8;
/** Attributes are not a pipe's or mailslot's. */
const NONE = { allocationSize: 0, fileAttributes: 0, eaBuffer: 0, eaLength: 0, flags: 0 };

/** A time-out that the caller may leave out: where it is copied to, and whether it was there. */
function copyTime(from: number, to: number): number {
  if (from !== 0) copyBytes(to, from, LARGE_INTEGER_SIZE);
  return from === 0 ? 0 : 1;
}

/**
 * Creates a named pipe or opens one. PASSIVE_LEVEL, APCs enabled, TopLevelIrp NULL.
 *
 * @param Instance below which the request is seen, on the volume of the named pipe file system;
 *   NULL sends it to the top of that stack. @param FileObject where the file object goes, or NULL.
 * @param CreateDisposition FILE_OPEN, FILE_CREATE or FILE_OPEN_IF. @param InboundQuota bytes.
 * @param DefaultTimeout address of a LARGE_INTEGER in 100 ns, or NULL.
 * @returns STATUS_FLT_DELETING_OBJECT, STATUS_OBJECT_PATH_SYNTAX_BAD (IO-21),
 *   STATUS_INVALID_PARAMETER for dispositions and sharing that pipes do not have.
 */
export function FltCreateNamedPipeFile(
  _Filter: PFLT_FILTER, Instance: PFLT_INSTANCE, FileHandle: OutPtr, FileObject: OutPtr,
  DesiredAccess: number, ObjectAttributes: number, IoStatusBlock: number, ShareAccess: number,
  CreateDisposition: number, CreateOptions: number, NamedPipeType: number, ReadMode: number,
  CompletionMode: number, MaximumInstances: number, InboundQuota: number, OutboundQuota: number,
  DefaultTimeout: number, DriverContext: number,
): NTSTATUS {
  if (!pipeDispositions.includes(CreateDisposition)) return STATUS_INVALID_PARAMETER;
  if ((ShareAccess & ~SHARE_READ_WRITE) !== 0) return STATUS_INVALID_PARAMETER;
  const frame = pushFrame();
  const parameters =
    stackAlloc(NAMED_PIPE_CREATE_PARAMETERS.size) as Parameters<typeof p.NamedPipeType>[0];
  p.set_NamedPipeType(parameters, NamedPipeType);
  p.set_ReadMode(parameters, ReadMode);
  p.set_CompletionMode(parameters, CompletionMode);
  p.set_MaximumInstances(parameters, MaximumInstances);
  p.set_InboundQuota(parameters, InboundQuota);
  p.set_OutboundQuota(parameters, OutboundQuota);
  const timed = copyTime(DefaultTimeout, p.at_DefaultTimeout(parameters));
  p.set_TimeoutSpecified(parameters, timed);
  const status = createFile({
    ...NONE,
    routine: 'FltCreateNamedPipeFile', instance: Instance, handle: FileHandle,
    fileObject: FileObject, access: DesiredAccess, attributes: ObjectAttributes,
    iosb: IoStatusBlock, share: ShareAccess, disposition: CreateDisposition,
    options: CreateOptions, ecps: ecpsOf(DriverContext as Parameters<typeof ecpsOf>[0]),
    major: IRP_MJ_CREATE_NAMED_PIPE, parameters,
  });
  popFrame(frame);
  return status;
}

/**
 * Creates a mailslot. PASSIVE_LEVEL, APCs enabled, TopLevelIrp NULL.
 *
 * @param MailslotQuota bytes. @param MaximumMessageSize bytes; 0 is any.
 * @param ReadTimeout address of a LARGE_INTEGER in 100 ns, or NULL.
 * @returns STATUS_FLT_DELETING_OBJECT, STATUS_OBJECT_PATH_SYNTAX_BAD (IO-21).
 */
export function FltCreateMailslotFile(
  _Filter: PFLT_FILTER, Instance: PFLT_INSTANCE, FileHandle: OutPtr, FileObject: OutPtr,
  DesiredAccess: number, ObjectAttributes: number, IoStatusBlock: number, CreateOptions: number,
  MailslotQuota: number, MaximumMessageSize: number, ReadTimeout: number, DriverContext: number,
): NTSTATUS {
  const frame = pushFrame();
  const parameters =
    stackAlloc(MAILSLOT_CREATE_PARAMETERS.size) as Parameters<typeof m.MailslotQuota>[0];
  m.set_MailslotQuota(parameters, MailslotQuota);
  m.set_MaximumMessageSize(parameters, MaximumMessageSize);
  m.set_TimeoutSpecified(parameters, copyTime(ReadTimeout, m.at_ReadTimeout(parameters)));
  const status = createFile({
    ...NONE,
    routine: 'FltCreateMailslotFile', instance: Instance, handle: FileHandle,
    fileObject: FileObject, access: DesiredAccess, attributes: ObjectAttributes,
    iosb: IoStatusBlock, share: SHARE_READ_WRITE, disposition: FILE_CREATE,
    options: CreateOptions, ecps: ecpsOf(DriverContext as Parameters<typeof ecpsOf>[0]),
    major: IRP_MJ_CREATE_MAILSLOT, parameters,
  });
  popFrame(frame);
  return status;
}
