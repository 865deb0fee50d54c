// Asking about a file by name: NtQueryFullAttributesFile and NtQueryAttributesFile ask the device
// stack by fast I/O (IRP_MJ_NETWORK_QUERY_OPEN), NtQueryInformationByName as an FSFilter operation
// (IRP_MJ_QUERY_OPEN). Both describe the open with a create IRP that is never sent, for a file
// object on this thread's stack (OP-10). When the file system or a filter will not answer, the file
// is opened, queried and closed (OP-9).
import { copyBytes, i32 } from '../../../mem/memory.ts';
import { routineTable } from '../../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag } from '../../ex/pool/pool.ts';
import { NonPagedPool } from '../../ex/types.ts';
import { KTHREAD, currentThread } from '../../ke/prcb.ts';
import { OBJECT_ATTRIBUTES } from '../../rtl/types.ts';
import { readUnicode, writeUtf16 } from '../../rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_FLT_DISALLOW_FAST_IO, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_INFO_CLASS,
  STATUS_NOT_SUPPORTED, STATUS_OBJECT_PATH_NOT_FOUND, STATUS_REPARSE } from '../../status-codes.ts';
import { FILE_OPEN, FILE_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE,
  FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, SYNCHRONIZE }
  from '../file-constants.ts';
import { FILE_BASIC_INFORMATION, FILE_NETWORK_OPEN_INFORMATION }
  from '../information/file-information.ts';
import { FileCaseSensitiveInformation, FileNetworkOpenInformation, FileStatBasicInformation,
  FileStatInformation, FileStatLxInformation } from '../information/information-classes.ts';
import { ACCESS_STATE, DEVICE_OBJECT, FILE_OBJECT, IO_SECURITY_CONTEXT, IO_STACK_LOCATION,
  IO_STATUS_BLOCK, IRP, IRP_CREATE_OPERATION, IRP_MJ_CREATE, IRP_SYNCHRONOUS_API }
  from '../types.ts';
import { IO_TYPE_FILE, TAG_NAME } from '../object/private.ts';
import { IoAllocateIrp, IoFreeIrp, IoGetNextIrpStackLocation } from '../irp/irp.ts';
import { IoGetRelatedDeviceObject } from '../object/device.ts';
import { setEcpList } from '../ecp.ts';
import { fastIoEntry } from '../fast-io.ts';
import { freeExtension, setExtension } from '../object/file-extension.ts';
import { NtClose, createFile } from './nt-create.ts';
import { NtQueryInformationFile } from './nt-information.ts';
import { checkServiceLevel, fileByHandle, releaseFile } from './service.ts';
import { parseVolumePath } from '../object/volume.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PECP_LIST } from '../ecp.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT, PIRP, PVPB } from '../types.ts';

const f = FILE_OBJECT.bound;
const i = IRP.bound;
const s = IO_STACK_LOCATION.bound;
const { PreviousMode } = KTHREAD.bound;
const { StackSize } = DEVICE_OBJECT.bound;
const { RootDirectory, ObjectName } = OBJECT_ATTRIBUTES.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
const context = IO_SECURITY_CONTEXT.bound;
const state = ACCESS_STATE.bound;
type POA = Parameters<typeof ObjectName>[0];
type PIOSB = Parameters<typeof set_Status>[0];

const OPTIONS = FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT;
const SHARE = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const BY_NAME: readonly number[] = [FileStatInformation, FileStatLxInformation,
  FileCaseSensitiveInformation, FileStatBasicInformation];

/** A path, and the file object of the root that it is relative to. */
export interface NameOfFile {
  readonly path: string;
  readonly root?: PFILE_OBJECT;
  /** Ask this device and only instances below `instance`: a minifilter's own question. */
  readonly target?: PDEVICE_OBJECT;
  readonly instance?: number;
  readonly ecps?: PECP_LIST;
}

interface Place {
  readonly disk: PDEVICE_OBJECT;
  readonly vpb: PVPB;
  readonly path: string;
}

function placeOf({ path, root }: NameOfFile): Place | undefined {
  if (root === undefined || root === 0) return parseVolumePath(path);
  return { disk: f.DeviceObject(root) as PDEVICE_OBJECT, vpb: f.Vpb(root) as PVPB, path };
}

/** Zeroed room in front of the file object: whoever references it is caught by its count of 0. */
const NO_HEADER = 64;

/** A file object that lives as long as the question; nobody may reference it. */
function stackFile(place: Place, root: PFILE_OBJECT | undefined, name: number): PFILE_OBJECT {
  const file = (stackAlloc(FILE_OBJECT.size + NO_HEADER) + NO_HEADER) as PFILE_OBJECT;
  f.set_Type(file, IO_TYPE_FILE);
  f.set_Size(file, FILE_OBJECT.size);
  f.set_DeviceObject(file, place.disk);
  f.set_Vpb(file, place.vpb);
  f.set_RelatedFileObject(file, root ?? (0 as PFILE_OBJECT));
  f.set_FileName_Buffer(file, name as never);
  f.set_FileName_Length(file, place.path.length * 2);
  f.set_FileName_MaximumLength(file, place.path.length * 2);
  return file;
}

/** Writes the open into the IRP's first stack location, as it would be sent. */
function describeOpen(irp: PIRP, file: PFILE_OBJECT): void {
  const security = stackAlloc(IO_SECURITY_CONTEXT.size) as Parameters<
    typeof context.set_AccessState>[0];
  const access = stackAlloc(ACCESS_STATE.size) as Parameters<
    typeof state.set_OriginalDesiredAccess>[0];
  state.set_OriginalDesiredAccess(access, FILE_READ_ATTRIBUTES);
  state.set_RemainingDesiredAccess(access, FILE_READ_ATTRIBUTES);
  context.set_AccessState(security, access);
  context.set_DesiredAccess(security, FILE_READ_ATTRIBUTES);
  i.set_Flags(irp, IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API);
  i.set_RequestorMode(irp, PreviousMode(currentThread));
  i.set_Tail_Overlay_Thread(irp, currentThread);
  const location = IoGetNextIrpStackLocation(irp);
  s.set_MajorFunction(location, IRP_MJ_CREATE);
  s.set_FileObject(location, file);
  s.set_Parameters_Create_SecurityContext(location, security);
  s.set_Parameters_Create_Options(location, (FILE_OPEN << 24) | FILE_OPEN_REPARSE_POINT);
  s.set_Parameters_Create_ShareAccess(location, SHARE);
}

/** What an entry answered: its status, or undefined when the file has to be opened. */
type Answer = NTSTATUS | undefined;
type Ask = (entry: number, irp: PIRP, device: PDEVICE_OBJECT) => Answer;

/** Asks an entry of the top device's fast table about the file of a name. */
function askStack(name: NameOfFile, member: string, ask: Ask): Answer {
  const place = placeOf(name);
  if (place === undefined) return STATUS_OBJECT_PATH_NOT_FOUND;
  const bytes = Math.max(place.path.length * 2, 2);
  const text = ExAllocatePoolWithTag(NonPagedPool, bytes, TAG_NAME);
  if (text === 0) return STATUS_INSUFFICIENT_RESOURCES;
  writeUtf16(text, place.path);
  const frame = pushFrame();
  const file = stackFile(place, name.root, text);
  const device = name.target ?? IoGetRelatedDeviceObject(file);
  const below = name.target !== undefined && name.instance !== undefined;
  if (below && !setExtension(file, name.target, name.instance)) {
    // Asked without it, the question would go to those who must not see it.
    ExFreePoolWithTag(text, TAG_NAME);
    popFrame(frame);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  const entry = fastIoEntry(device, member);
  const irp = entry === 0 ? (0 as PIRP) : IoAllocateIrp(StackSize(device));
  let answer: Answer;
  if (irp !== 0) {
    describeOpen(irp, file);
    if (name.ecps !== undefined) setEcpList(irp, name.ecps, false);
    answer = ask(entry, irp, device);
    IoFreeIrp(irp);
  }
  if (below) freeExtension(file);
  ExFreePoolWithTag(text, TAG_NAME);
  popFrame(frame);
  return answer;
}

/** The long way: open, query, close; the status of the first that fails. */
function openAndQuery(
  name: NameOfFile, iosb: number, information: number, length: number, cls: number,
): NTSTATUS {
  const frame = pushFrame();
  const handleAt = stackAlloc(4);
  const opened = createFile(handleAt, iosb, {
    path: name.path, ...(name.root !== undefined && { root: name.root }),
    desiredAccess: FILE_READ_ATTRIBUTES | SYNCHRONIZE, fileAttributes: 0, shareAccess: SHARE,
    disposition: FILE_OPEN, options: OPTIONS, mode: PreviousMode(currentThread),
  });
  const handle = i32[handleAt >> 2]!;
  popFrame(frame);
  if (!NT_SUCCESS(opened)) return opened;
  const status = NtQueryInformationFile(handle, iosb, information, length, cls);
  NtClose(handle);
  return status;
}

/**
 * What NtQueryFullAttributesFile does after probing. PASSIVE_LEVEL.
 * @param information room for a FILE_NETWORK_OPEN_INFORMATION.
 */
export function queryFullAttributes(name: NameOfFile, information: number): NTSTATUS {
  checkServiceLevel('NtQueryFullAttributesFile');
  const answer = askStack(name, 'FastIoQueryOpen', (entry, irp, device) => {
    if (routineTable[entry]!(irp, information, device) === 0) return undefined;
    const status = i.IoStatus_Status(irp);
    return status === STATUS_REPARSE ? undefined : status;
  });
  if (answer !== undefined) return answer;
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size);
  const status = openAndQuery(name, iosb, information, FILE_NETWORK_OPEN_INFORMATION.size,
    FileNetworkOpenInformation);
  popFrame(frame);
  return status;
}

/**
 * Asks the device stack about a file by name, as an FSFilter operation. PASSIVE_LEVEL.
 *
 * @param cls FileStatInformation, FileStatLxInformation, FileCaseSensitiveInformation or
 *   FileStatBasicInformation; STATUS_INVALID_INFO_CLASS for others (OP-9).
 * @returns undefined when nobody answers: the caller opens the file and asks then.
 */
export function askByName(
  name: NameOfFile, iosb: number, information: number, length: number, cls: number,
): NTSTATUS | undefined {
  if (!BY_NAME.includes(cls)) return STATUS_INVALID_INFO_CLASS;
  const frame = pushFrame();
  const lengthAt = stackAlloc(4);
  i32[lengthAt >> 2] = length;
  const answer = askStack(name, 'PreQueryOpen', (entry, irp, device) => {
    const status = routineTable[entry]!(irp, information, lengthAt, cls, device) as NTSTATUS;
    const refused = status === STATUS_NOT_SUPPORTED || status === STATUS_FLT_DISALLOW_FAST_IO;
    return refused ? undefined : status;
  });
  const used = i32[lengthAt >> 2]!;
  popFrame(frame);
  if (answer === undefined) return answer;
  set_Status(iosb as PIOSB, answer);
  set_Information(iosb as PIOSB, NT_SUCCESS(answer) ? used : 0);
  return answer;
}

/** What NtQueryInformationByName does after probing. PASSIVE_LEVEL. Parameters as askByName. */
export function queryInformationByName(
  name: NameOfFile, iosb: number, information: number, length: number, cls: number,
): NTSTATUS {
  checkServiceLevel('NtQueryInformationByName');
  return askByName(name, iosb, information, length, cls) ??
    openAndQuery(name, iosb, information, length, cls);
}

function withName(attributes: number, query: (name: NameOfFile) => NTSTATUS): NTSTATUS {
  const root = RootDirectory(attributes as POA);
  const path = readUnicode(ObjectName(attributes as POA));
  if (root === 0) return query({ path });
  const file = fileByHandle(root, 0);
  if (file < 0) return file as NTSTATUS;
  const status = query({ path, root: file as PFILE_OBJECT });
  releaseFile(file as PFILE_OBJECT);
  return status;
}

/** NtQueryFullAttributesFile: FILE_NETWORK_OPEN_INFORMATION by name. PASSIVE_LEVEL. */
export function NtQueryFullAttributesFile(
  ObjectAttributes: number, FileInformation: number,
): NTSTATUS {
  return withName(ObjectAttributes, (name) => queryFullAttributes(name, FileInformation));
}

/** NtQueryAttributesFile: FILE_BASIC_INFORMATION by name. PASSIVE_LEVEL. */
export function NtQueryAttributesFile(ObjectAttributes: number, FileInformation: number): NTSTATUS {
  const frame = pushFrame();
  const full = FILE_NETWORK_OPEN_INFORMATION.at(stackAlloc(FILE_NETWORK_OPEN_INFORMATION.size));
  const status = NtQueryFullAttributesFile(ObjectAttributes, full.address);
  if (NT_SUCCESS(status)) {
    // Four times stand first in both; the attributes follow at once, or behind the two sizes.
    copyBytes(FileInformation, full.address, 32);
    FILE_BASIC_INFORMATION.at(FileInformation).FileAttributes = full.FileAttributes;
  }
  popFrame(frame);
  return status;
}

/** NtQueryInformationByName. PASSIVE_LEVEL. @see queryInformationByName */
export function NtQueryInformationByName(
  ObjectAttributes: number, IoStatusBlock: number, FileInformation: number, Length: number,
  FileInformationClass: number,
): NTSTATUS {
  return withName(ObjectAttributes, (name) =>
    queryInformationByName(name, IoStatusBlock, FileInformation, Length, FileInformationClass));
}
