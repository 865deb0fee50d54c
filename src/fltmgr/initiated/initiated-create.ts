// FltCreateFile and its Ex forms, FltClose (6.3): opening files for the filter's own use. With an
// instance the create, and the file's cleanup and close, are seen only below it: the file object
// remembers the instance (ntos/io/object/file-extension.ts). Without one they go to the top of the
// stack, and the caller's own instances see them (IO-13).
//
// Not there yet, and each says so by name: transactions and device hints (DriverContext).
import { i32 } from '../../mem/memory.ts';
import { add } from '../../atomics-sync/atomics.ts';
import { boot } from '../../mem/boot-options.ts';
import { PASSIVE_LEVEL } from '../../ntos/ke/irql.ts';
import { ObDereferenceObject } from '../../ntos/ob/object.ts';
import { ObpCloseHandle, ObpCreateHandle } from '../../ntos/ob/handle.ts';
import { PsGetCurrentProcess, SYSTEM_PROCESS_ID, PsGetProcessId } from '../../ntos/ob/process.ts';
import { IopCreateFile } from '../../ntos/io/service/create-file.ts';
import { FILE_READ_ATTRIBUTES, READ_CONTROL, SYNCHRONIZE, WRITE_DAC, WRITE_OWNER }
  from '../../ntos/io/file-constants.ts';
import { IO_DRIVER_CREATE_CONTEXT } from '../../ntos/io/ecp.ts';
import { markOpen } from '../../ntos/io/object/file-object.ts';
import { FILE_OBJECT, IO_FORCE_ACCESS_CHECK, IO_IGNORE_SHARE_ACCESS_CHECK,
  IO_OPEN_TARGET_DIRECTORY, IO_STATUS_BLOCK, SL_FORCE_ACCESS_CHECK, SL_OPEN_TARGET_DIRECTORY }
  from '../../ntos/io/types.ts';
import { parseVolumePath } from '../../ntos/io/object/volume.ts';
import { readInt64 } from '../../ntos/rtl/large-integer.ts';
import { OBJECT_ATTRIBUTES, OBJ_KERNEL_HANDLE } from '../../ntos/rtl/types.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_OBJECT_PARAMETER, STATUS_OBJECT_PATH_SYNTAX_BAD }
  from '../../ntos/status-codes.ts';
import { checkInstance, checkMayBlock, checkTopLevel, isDetaching } from './initiated-check.ts';
import { fileOfHandle } from './initiated-rename.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { ringBell } from '../pending/pending.ts';
import { RULE_UNLISTED, checkIrql, violation } from '../violation.ts';
import type { PECP_LIST, PIO_DRIVER_CREATE_CONTEXT } from '../../ntos/io/ecp.ts';
import type { CreateRequest, CreateResult } from '../../ntos/io/service/create-file.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE, PFLT_VOLUME } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const a = OBJECT_ATTRIBUTES.bound;
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
const { at_Initiated, Volume } = FLT_INSTANCE.bound;
const { DeviceObject, DiskDevice } = FLT_VOLUME.bound;
const { DeviceObject: fileDevice } = FILE_OBJECT.bound;
const x = IO_DRIVER_CREATE_CONTEXT.bound;
type PCONTEXT = PIO_DRIVER_CREATE_CONTEXT;
type POA = Parameters<typeof a.ObjectName>[0];
type PIOSB = Parameters<typeof set_Status>[0];
const KernelMode = 0;
const UserMode = 1;
/** With these alone a volume is opened as a device (IO-20). */
const DEVICE_RIGHTS = FILE_READ_ATTRIBUTES | READ_CONTROL | WRITE_DAC | WRITE_OWNER | SYNCHRONIZE;

/** What all these routines share; addresses where the WDK has pointers. */
export interface Create {
  readonly routine: string;
  readonly instance: PFLT_INSTANCE;
  readonly handle: number;
  readonly fileObject: number;
  readonly access: number;
  readonly attributes: number;
  readonly iosb: number;
  readonly allocationSize: number;
  readonly fileAttributes: number;
  readonly share: number;
  readonly disposition: number;
  readonly options: number;
  readonly eaBuffer: number;
  readonly eaLength: number;
  readonly flags: number;
  /** Extra create parameters; the caller keeps the list (IO-19). */
  readonly ecps: PECP_LIST;
  /** For a pipe or mailslot: its major function and the address of its own parameters. */
  readonly major?: number;
  readonly parameters?: number;
}

function checkCall(create: Create): void {
  checkMayBlock(create.routine);
  checkTopLevel(create.routine);
  if (create.instance !== 0) checkInstance(create.routine, create.instance);
  const kernel = (a.Attributes(create.attributes as POA) & OBJ_KERNEL_HANDLE) !== 0;
  const process = PsGetCurrentProcess();
  if (boot.verifier && !kernel && PsGetProcessId(process) !== SYSTEM_PROCESS_ID) {
    violation(RULE_UNLISTED, create.attributes, `${create.routine} without OBJ_KERNEL_HANDLE ` +
      'outside of the system process: the application could use or close the handle (IO-15)');
  }
}

/** A volume that is opened for nothing but these is opened as a device, without its file system. */
function checkVolumeOpen(create: Create, root: PFILE_OBJECT, path: string): void {
  if (!boot.verifier || root !== 0 || (create.access & ~DEVICE_RIGHTS) !== 0) return;
  if (parseVolumePath(path)?.path !== '') return;
  violation(RULE_UNLISTED, create.attributes, `${create.routine} opens a volume with attribute ` +
    'or security access only: that is a direct device open, which leaks (IO-20)');
}

/** Whether the name leads to the volume of the instance; unknown names are the open's to refuse. */
function isOnVolume(volume: PFLT_VOLUME, path: string, root: PFILE_OBJECT): boolean {
  if (root !== 0) return fileDevice(root) === DiskDevice(volume);
  const where = parseVolumePath(path);
  return where === undefined || where.disk === DiskDevice(volume);
}

function requestOf(create: Create, root: PFILE_OBJECT, path: string): CreateRequest {
  const security = a.SecurityDescriptor(create.attributes as POA);
  return {
    path,
    ...(root !== 0 && { root }),
    desiredAccess: create.access,
    allocationSize: create.allocationSize === 0 ? 0 : readInt64(create.allocationSize),
    fileAttributes: create.fileAttributes,
    shareAccess: create.share,
    disposition: create.disposition,
    options: create.options,
    eaBuffer: create.eaBuffer,
    eaLength: create.eaLength,
    mode: create.flags & IO_FORCE_ACCESS_CHECK ? UserMode : KernelMode,
    ignoresSharing: (create.flags & IO_IGNORE_SHARE_ACCESS_CHECK) !== 0,
    ...(create.ecps !== 0 && { ecps: create.ecps }),
    ...(security !== 0 && { security }),
    ...(create.major !== undefined && { major: create.major, parameters: create.parameters ?? 0 }),
    flags: (create.flags & IO_FORCE_ACCESS_CHECK ? SL_FORCE_ACCESS_CHECK : 0) |
      (create.flags & IO_OPEN_TARGET_DIRECTORY ? SL_OPEN_TARGET_DIRECTORY : 0),
  };
}

/** Sends a create below an instance, which cannot be torn down meanwhile (TD-5). */
export function createBelow(
  instance: PFLT_INSTANCE, request: CreateRequest,
): CreateResult | NTSTATUS {
  const target = DeviceObject(Volume(instance)) as PDEVICE_OBJECT;
  add(at_Initiated(instance), 1);
  // Pairs with the teardown's load of the count after its store of the state.
  const result = isDetaching(instance)
    ? STATUS_FLT_DELETING_OBJECT
    : IopCreateFile({ ...request, target, instance });
  add(at_Initiated(instance), -1);
  ringBell(instance);
  return result;
}

function send(create: Create, root: PFILE_OBJECT): CreateResult | NTSTATUS {
  const instance = create.instance;
  const path = readUnicode(a.ObjectName(create.attributes as POA));
  if (root === 0 && !path.includes('\\')) return STATUS_OBJECT_PATH_SYNTAX_BAD;
  checkVolumeOpen(create, root, path);
  if (instance === 0) return IopCreateFile(requestOf(create, root, path));
  if (!isOnVolume(Volume(instance) as PFLT_VOLUME, path, root)) {
    return STATUS_INVALID_DEVICE_OBJECT_PARAMETER;
  }
  return createBelow(instance, requestOf(create, root, path));
}

/** Gives out the handle, and the file object with a reference of its own when it is wanted. */
function giveOut(create: Create, result: CreateResult): NTSTATUS {
  markOpen(result.file, true);
  const attributes = a.Attributes(create.attributes as POA) & OBJ_KERNEL_HANDLE;
  const handle = ObpCreateHandle(result.file, result.grantedAccess, attributes);
  if (handle === 0) {
    ObDereferenceObject(result.file);
    return STATUS_INSUFFICIENT_RESOURCES;
  }
  i32[create.handle >> 2] = handle;
  if (create.fileObject !== 0) i32[create.fileObject >> 2] = result.file;
  else ObDereferenceObject(result.file);
  return result.status;
}

/** The create itself, for every routine that opens something for a filter. */
export function createFile(create: Create): NTSTATUS {
  checkCall(create);
  i32[create.handle >> 2] = 0;
  if (create.fileObject !== 0) i32[create.fileObject >> 2] = 0;
  const root = fileOfHandle(a.RootDirectory(create.attributes as POA));
  let status = root as NTSTATUS;
  let information = 0;
  if (root >= 0) {
    const result = send(create, root as PFILE_OBJECT);
    if (root !== 0) ObDereferenceObject(root);
    if (typeof result === 'number') {
      status = result;
    } else {
      status = NT_SUCCESS(result.status) ? giveOut(create, result) : result.status;
      information = result.information;
    }
  }
  if (create.iosb !== 0) {
    set_Status(create.iosb as PIOSB, status);
    set_Information(create.iosb as PIOSB, information);
  }
  return status;
}

/**
 * Opens or creates a file. PASSIVE_LEVEL, APCs enabled, TopLevelIrp NULL.
 *
 * @param Instance below which the create is seen; NULL sends it to the top of the stack (IO-13).
 * @param FileHandle address of the handle; close it with FltClose. @param Flags IO_*.
 * @param AllocationSize address of a LARGE_INTEGER, or NULL.
 * @returns what IRP_MJ_CREATE answers, never STATUS_REPARSE (IO-14); STATUS_FLT_DELETING_OBJECT;
 *   STATUS_OBJECT_PATH_SYNTAX_BAD for a name without a backslash and without a root directory;
 *   STATUS_INVALID_DEVICE_OBJECT_PARAMETER when the file is not on the instance's volume.
 */
export function FltCreateFile(
  Filter: PFLT_FILTER, Instance: PFLT_INSTANCE, FileHandle: OutPtr, DesiredAccess: number,
  ObjectAttributes: number, IoStatusBlock: number, AllocationSize: number, FileAttributes: number,
  ShareAccess: number, CreateDisposition: number, CreateOptions: number, EaBuffer: number,
  EaLength: number, Flags: number,
): NTSTATUS {
  return FltCreateFileEx2(Filter, Instance, FileHandle, 0, DesiredAccess, ObjectAttributes,
    IoStatusBlock, AllocationSize, FileAttributes, ShareAccess, CreateDisposition, CreateOptions,
    EaBuffer, EaLength, Flags, 0);
}

/** FltCreateFile that also gives the file object, which the caller dereferences (IO-15). */
export function FltCreateFileEx(
  Filter: PFLT_FILTER, Instance: PFLT_INSTANCE, FileHandle: OutPtr, FileObject: OutPtr,
  DesiredAccess: number, ObjectAttributes: number, IoStatusBlock: number, AllocationSize: number,
  FileAttributes: number, ShareAccess: number, CreateDisposition: number, CreateOptions: number,
  EaBuffer: number, EaLength: number, Flags: number,
): NTSTATUS {
  return FltCreateFileEx2(Filter, Instance, FileHandle, FileObject, DesiredAccess,
    ObjectAttributes, IoStatusBlock, AllocationSize, FileAttributes, ShareAccess,
    CreateDisposition, CreateOptions, EaBuffer, EaLength, Flags, 0);
}

/** FltCreateFileEx with an IO_DRIVER_CREATE_CONTEXT, or NULL: extra create parameters (IO-19). */
export function FltCreateFileEx2(
  _Filter: PFLT_FILTER, Instance: PFLT_INSTANCE, FileHandle: OutPtr, FileObject: OutPtr,
  DesiredAccess: number, ObjectAttributes: number, IoStatusBlock: number, AllocationSize: number,
  FileAttributes: number, ShareAccess: number, CreateDisposition: number, CreateOptions: number,
  EaBuffer: number, EaLength: number, Flags: number, DriverContext: number,
): NTSTATUS {
  return createFile({
    routine: 'FltCreateFile', instance: Instance, handle: FileHandle, fileObject: FileObject,
    access: DesiredAccess, attributes: ObjectAttributes, iosb: IoStatusBlock,
    allocationSize: AllocationSize, fileAttributes: FileAttributes, share: ShareAccess,
    disposition: CreateDisposition, options: CreateOptions, eaBuffer: EaBuffer,
    eaLength: EaLength, flags: Flags, ecps: ecpsOf(DriverContext as PCONTEXT),
  });
}

/** The extra create parameters of a driver's context; what else it may hold is refused. */
export function ecpsOf(context: PCONTEXT): PECP_LIST {
  if (context === 0) return 0 as PECP_LIST;
  if (x.DeviceObjectHint(context) !== 0 || x.TxnParameters(context) !== 0) {
    throw new Error('FltCreateFileEx2: DeviceObjectHint and TxnParameters are not implemented');
  }
  return x.ExtraCreateParameter(context) as PECP_LIST;
}

/**
 * Closes a handle from FltCreateFile; cleanup and close are sent below the instance given there.
 * PASSIVE_LEVEL. STATUS_INVALID_HANDLE.
 */
export function FltClose(FileHandle: number): NTSTATUS {
  checkIrql('FltClose', PASSIVE_LEVEL);
  return ObpCloseHandle(FileHandle, KernelMode);
}
