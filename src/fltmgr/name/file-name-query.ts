// Where names come from (NAM-4): the file system, asked below the instance for what an open file is
// called, or the name that a create was given while the file object is not open yet. The volume's
// own name goes in front of both.
// Name providers are asked before (file-name-provider.ts).
// Simplification: no file system here makes 8.3 names, so normalizing the name of a create leaves
// its components as they are.
import { u16, u32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../../ntos/ex/pool/pool.ts';
import { PagedPool } from '../../ntos/ex/types.ts';
import { FILE_OBJECT, IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP, IRP_MJ_QUERY_INFORMATION,
  IRP_SYNCHRONOUS_API } from '../../ntos/io/types.ts';
import { FileAlternateNameInformation, FileNameInformation, FileNormalizedNameInformation }
  from '../../ntos/io/information/information-classes.ts';
import { IoGetNextIrpStackLocation } from '../../ntos/io/irp/irp.ts';
import { IoGetRelatedDeviceObject } from '../../ntos/io/object/device.ts';
import { buildRequest, sendAndWait } from '../../ntos/io/service/issue.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_BUFFER_OVERFLOW, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER, STATUS_NAME_TOO_LONG, STATUS_NOT_IMPLEMENTED,
  STATUS_NOT_SUPPORTED } from '../../ntos/status-codes.ts';
import { writeUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { FLT_FILE_NAME_NORMALIZED, FLT_FILE_NAME_SHORT, FLT_FSTYPE_LANMAN, FLT_FSTYPE_MUP,
  FLT_FSTYPE_NFS, FLT_FSTYPE_RDPDR, FLT_FSTYPE_WEBDAV } from '../constants.ts';
import { createName } from './file-name-node.ts';
import { shareLength } from './file-name-parse.ts';
import { initiate } from '../initiated/initiated-request.ts';
import { IRP_CTRL } from '../walk/irp-ctrl.ts';
import { FLT_VOLUME } from '../attach/object.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { NamePiece, PFLT_NAME_NODE } from './file-name-node.ts';
import type { PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';

const f = FILE_OBJECT.bound;
const v = FLT_VOLUME.bound;
const c = IRP_CTRL.bound;
const { set_AssociatedIrp_SystemBuffer } = IRP.bound;
const { set_Parameters_QueryFile_Length, set_Parameters_QueryFile_FileInformationClass } =
  IO_STACK_LOCATION.bound;
const TAG = poolTag('FMnq');
/** FILE_NAME_INFORMATION: a length in bytes, then the name. */
const NAME_AT = 4;
/** Room for most names at the first attempt. */
const FIRST_ROOM = NAME_AT + 520;
const MAX_NAME_BYTES = 0xfffe;
/** A file system that does not know a class says one of these. */
const unknownClass: readonly number[] = [STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER,
  STATUS_INVALID_DEVICE_REQUEST, STATUS_NOT_IMPLEMENTED, STATUS_NOT_SUPPORTED];
const networkTypes: readonly number[] = [FLT_FSTYPE_LANMAN, FLT_FSTYPE_WEBDAV, FLT_FSTYPE_RDPDR,
  FLT_FSTYPE_NFS, FLT_FSTYPE_MUP];

/** Who asks, and about what. */
export interface NameRequest {
  /** NULL asks at the top of the stack. */
  readonly instance: PFLT_INSTANCE;
  readonly volume: PFLT_VOLUME;
  readonly file: PFILE_OBJECT;
  /** FLT_FILE_NAME_NORMALIZED, _OPENED or _SHORT. */
  readonly format: number;
  /** The operation on whose behalf it is asked, and its options as they were given. */
  readonly ctrl?: PIRP_CTRL;
  readonly options?: number;
  /** A provider asks itself (FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER). */
  readonly fromSelf?: boolean;
}

/** A failing status, or the node of the name with one reference. */
export type NameAnswer = PFLT_NAME_NODE | NTSTATUS;

/** Whether the file object is open: its name is the file system's business. */
export function isOpened(file: PFILE_OBJECT): boolean {
  return f.FsContext(file) !== 0;
}

/** Sends one query to the top of the file object's device stack. */
function queryFromTop(file: PFILE_OBJECT, cls: number, buffer: number, length: number): NTSTATUS {
  const device = IoGetRelatedDeviceObject(file) as PDEVICE_OBJECT;
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const irp = buildRequest(file, device, IRP_MJ_QUERY_INFORMATION, 0, IRP_SYNCHRONOUS_API, iosb);
  if (irp === 0) {
    popFrame(frame);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  set_AssociatedIrp_SystemBuffer(irp, buffer);
  const location = IoGetNextIrpStackLocation(irp);
  set_Parameters_QueryFile_Length(location, length);
  set_Parameters_QueryFile_FileInformationClass(location, cls);
  const status = sendAndWait(device, irp);
  popFrame(frame);
  return status;
}

function query(request: NameRequest, cls: number, buffer: number, length: number): NTSTATUS {
  const { instance, file } = request;
  if (instance === 0) return queryFromTop(file, cls, buffer, length);
  return initiate({
    instance,
    file,
    major: IRP_MJ_QUERY_INFORMATION,
    fill(ctrl) {
      c.set_Iopb_Parameters_QueryFileInformation_Length(ctrl, length);
      c.set_Iopb_Parameters_QueryFileInformation_FileInformationClass(ctrl, cls);
      c.set_Iopb_Parameters_QueryFileInformation_InfoBuffer(ctrl, buffer);
    },
  }).status;
}

/** Asks with room for the name; the buffer, to be freed, or a failing status. */
function queryWhole(request: NameRequest, cls: number): number {
  let room = FIRST_ROOM;
  for (;;) {
    const buffer = ExAllocatePoolWithTag(PagedPool, room, TAG);
    if (buffer === 0) return STATUS_INSUFFICIENT_RESOURCES;
    const status = query(request, cls, buffer, room);
    if (NT_SUCCESS(status)) return buffer;
    const needs = NAME_AT + u32[buffer >> 2]!;
    ExFreePoolWithTag(buffer, TAG);
    if (status !== STATUS_BUFFER_OVERFLOW || needs <= room) return status;
    if (needs - NAME_AT > MAX_NAME_BYTES) return STATUS_NAME_TOO_LONG;
    // The name may grow again before it is asked for again.
    room = needs;
  }
}

function queryByFormat(request: NameRequest): number {
  if (request.format === FLT_FILE_NAME_SHORT) {
    return queryWhole(request, FileAlternateNameInformation);
  }
  if (request.format === FLT_FILE_NAME_NORMALIZED) {
    const buffer = queryWhole(request, FileNormalizedNameInformation);
    if (buffer > 0 || !unknownClass.includes(buffer)) return buffer;
  }
  return queryWhole(request, FileNameInformation);
}

/** The name of the volume, as the first piece of a full name. */
function volumePiece(volume: PFLT_VOLUME): NamePiece {
  return { address: v.Name_Buffer(volume), bytes: v.Name_Length(volume) };
}

function build(request: NameRequest, pieces: readonly NamePiece[]): NameAnswer {
  const { volume, format } = request;
  const bare = format === FLT_FILE_NAME_SHORT;
  const first = volumePiece(volume);
  const all = bare ? pieces : [first, ...pieces];
  const bytes = all.reduce((sum, piece) => sum + piece.bytes, 0);
  if (bytes > MAX_NAME_BYTES) return STATUS_NAME_TOO_LONG;
  const path = pieces[0];
  const share = !bare && path !== undefined && networkTypes.includes(v.FileSystemType(volume))
    ? shareLength(path.address, path.bytes)
    : 0;
  const node = createName(all, format, bare ? 0 : first.bytes, share);
  return node === 0 ? STATUS_INSUFFICIENT_RESOURCES : node;
}

/** Asks the file system what an open file is called. PASSIVE_LEVEL, special APCs enabled. */
export function askFileSystem(request: NameRequest): NameAnswer {
  // The volume itself has no name that a file system could tell.
  if (f.FileName_Length(request.file) === 0 && f.RelatedFileObject(request.file) === 0) {
    return build(request, []);
  }
  const buffer = queryByFormat(request);
  if (buffer <= 0) return buffer as NTSTATUS;
  const answer = build(request, [{ address: buffer + NAME_AT, bytes: u32[buffer >> 2]! }]);
  ExFreePoolWithTag(buffer, TAG);
  return answer;
}

/** Whether the name of a file object that is not open needs its parent's name. */
export function isRelative(file: PFILE_OBJECT): boolean {
  return f.RelatedFileObject(file) !== 0;
}

/**
 * The name that a create was given: relative to the volume, or to a file object that is open. The
 * latter asks the file system. <= APC_LEVEL when it is not relative.
 */
export function nameAsGiven(request: NameRequest): NameAnswer {
  const { file } = request;
  const own = { address: f.FileName_Buffer(file), bytes: f.FileName_Length(file) };
  const related = f.RelatedFileObject(file) as PFILE_OBJECT;
  if (related === 0) return build(request, own.bytes === 0 ? [] : [own]);
  const isVolume = f.FileName_Length(related) === 0 && f.RelatedFileObject(related) === 0;
  const buffer = isVolume ? 0 : queryByFormat({ ...request, file: related });
  if (buffer < 0) return buffer as NTSTATUS;
  const answer = joinRelative(request, buffer, own);
  if (buffer !== 0) ExFreePoolWithTag(buffer, TAG);
  return answer;
}

const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Puts a relative name behind its parent's; a stream's name follows without a separator. */
function joinRelative(request: NameRequest, parent: number, own: NamePiece): NameAnswer {
  const bytes = parent === 0 ? 0 : u32[parent >> 2]!;
  const from = parent + NAME_AT;
  const last = bytes === 0 ? 0 : u16[(from + bytes - 2) >> 1];
  const first = own.bytes === 0 ? COLON : u16[own.address >> 1];
  const frame = pushFrame();
  const separator = stackAlloc(2);
  writeUtf16(separator, '\\');
  const joint = last === BACKSLASH || first === COLON ? 0 : 2;
  const answer = build(request, [
    { address: from, bytes },
    { address: separator, bytes: joint },
    own,
  ]);
  popFrame(frame);
  return answer;
}
