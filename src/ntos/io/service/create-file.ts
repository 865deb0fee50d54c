// Opening a file: the name is taken apart, a file object is made, IRP_MJ_CREATE goes to the top of
// the volume's device stack (or below the instance that initiates it), and a handle is given out.
// A create is synchronous whatever the file object will be.
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { NT_SUCCESS } from '../../status.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_IO_REPARSE_TAG_NOT_HANDLED, STATUS_MOUNT_POINT_NOT_RESOLVED, STATUS_OBJECT_NAME_INVALID,
  STATUS_INVALID_SECURITY_DESCR, STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_REPARSE,
  STATUS_REPARSE_POINT_ENCOUNTERED, STATUS_REPARSE_POINT_NOT_RESOLVED }
  from '../../status-codes.ts';
import { ObDereferenceObject, ObReferenceObject } from '../../ob/object.ts';
import { ObpCreateHandle } from '../../ob/handle.ts';
import { OBJ_DONT_REPARSE } from '../../rtl/types.ts';
import { ACCESS_STATE, FILE_OBJECT, FO_ALERTABLE_IO, FO_MAILSLOT, FO_NAMED_PIPE,
  FO_NO_INTERMEDIATE_BUFFERING, FO_SEQUENTIAL_ONLY, FO_SYNCHRONOUS_IO, FO_WRITE_THROUGH,
  IO_SECURITY_CONTEXT, IO_STACK_LOCATION, IO_STATUS_BLOCK, IRP, IRP_CREATE_OPERATION, IRP_MJ_CREATE,
  IRP_MJ_CREATE_MAILSLOT, IRP_MJ_CREATE_NAMED_PIPE, IRP_SYNCHRONOUS_API } from '../types.ts';
import { FILE_ALL_ACCESS, FILE_NO_INTERMEDIATE_BUFFERING, FILE_OPEN_BY_FILE_ID,
  FILE_SEQUENTIAL_ONLY, FILE_SYNCHRONOUS_IO_ALERT,
  FILE_SYNCHRONOUS_IO_NONALERT, FILE_WRITE_THROUGH, MAXIMUM_ALLOWED, SYNCHRONIZE }
  from '../file-constants.ts';
import { IoGetNextIrpStackLocation } from '../irp/irp.ts';
import { IoGetRelatedDeviceObject } from '../object/device.ts';
import { buildRequest, sendAndWait } from './issue.ts';
import { abandonFile, createFileObject, fileName, markOpen } from '../object/file-object.ts';
import { setExtension } from '../object/file-extension.ts';
import { mapGenericAccess } from './access.ts';
import { setEcpList } from '../ecp.ts';
import { parseOpenPath } from './parse-path.ts';
import { parseVolumePath } from '../object/volume.ts';
import './reparse.ts';
import { isSecurityDescriptor } from '../../rtl/security-parts.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PSECURITY_DESCRIPTOR } from '../../rtl/security-descriptor.ts';
import type { PECP_LIST } from '../ecp.ts';
import type { PACCESS_STATE, PDEVICE_OBJECT, PFILE_OBJECT, PVPB } from '../types.ts';

/** What a create asks for: the parameters of NtCreateFile and IoCreateFileEx, in one place. */
export interface CreateRequest {
  /** A full path, or one relative to `root`. */
  readonly path: string;
  readonly root?: PFILE_OBJECT;
  readonly desiredAccess: number;
  readonly allocationSize?: number;
  readonly fileAttributes: number;
  readonly shareAccess: number;
  readonly disposition: number;
  readonly options: number;
  readonly eaBuffer?: number;
  readonly eaLength?: number;
  /** KernelMode 0 or UserMode 1. */
  readonly mode: number;
  /** OBJ_KERNEL_HANDLE: the handle is for the kernel only. OBJ_DONT_REPARSE. */
  readonly attributes?: number;
  /** SL_* flags of the stack location (SL_OPEN_TARGET_DIRECTORY, SL_FORCE_ACCESS_CHECK). */
  readonly flags?: number;
  /** The security of a file that is made: a SECURITY_DESCRIPTOR in kernel memory. */
  readonly security?: number;
  /** Extra create parameters, which stay the caller's. */
  readonly ecps?: PECP_LIST;
  /** Send to this device and only to instances below `instance`. */
  readonly target?: PDEVICE_OBJECT;
  readonly instance?: number;
  /** IRP_MJ_CREATE where it is left out; pipes and mailslots are created by IRPs of their own. */
  readonly major?: number;
  /** Address of the NAMED_PIPE_CREATE_PARAMETERS or MAILSLOT_CREATE_PARAMETERS of those. */
  readonly parameters?: number;
  /** Share access is neither checked nor recorded (IO_IGNORE_SHARE_ACCESS_CHECK). */
  readonly ignoresSharing?: boolean;
}

/** What came of it. The file object has one reference, which is the caller's. */
export interface CreateResult {
  readonly status: NTSTATUS;
  readonly information: number;
  readonly file: PFILE_OBJECT;
  readonly grantedAccess: number;
}

const f = FILE_OBJECT.bound;
const { set_Parameters_Create_SecurityContext, set_Parameters_Create_Options,
  set_Parameters_Create_FileAttributes, set_Parameters_Create_ShareAccess,
  set_Parameters_Create_EaLength, set_Parameters_CreatePipe_Parameters,
  set_Flags: set_locationFlags } = IO_STACK_LOCATION.bound;
const { set_AssociatedIrp_SystemBuffer, set_Overlay_AllocationSize } = IRP.bound;
const { set_AccessState, set_DesiredAccess, set_FullCreateOptions } = IO_SECURITY_CONTEXT.bound;
const { set_OriginalDesiredAccess, set_SecurityDescriptor, set_RemainingDesiredAccess,
  RemainingDesiredAccess, PreviouslyGrantedAccess } = ACCESS_STATE.bound;
const { Status, Information } = IO_STATUS_BLOCK.bound;
const NO_FILE = 0 as PFILE_OBJECT;
/** Reparse points that one path may lead through, as the Windows documentation has it. */
const MAX_REPARSES = 63;

function failed(status: NTSTATUS): CreateResult {
  return { status, information: 0, file: NO_FILE, grantedAccess: 0 };
}

function fileFlags({ options, major }: CreateRequest): number {
  let flags = 0;
  if (major === IRP_MJ_CREATE_NAMED_PIPE) flags |= FO_NAMED_PIPE;
  if (major === IRP_MJ_CREATE_MAILSLOT) flags |= FO_MAILSLOT;
  if (options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) {
    flags |= FO_SYNCHRONOUS_IO;
  }
  if (options & FILE_SYNCHRONOUS_IO_ALERT) flags |= FO_ALERTABLE_IO;
  if (options & FILE_NO_INTERMEDIATE_BUFFERING) flags |= FO_NO_INTERMEDIATE_BUFFERING;
  if (options & FILE_WRITE_THROUGH) flags |= FO_WRITE_THROUGH;
  if (options & FILE_SEQUENTIAL_ONLY) flags |= FO_SEQUENTIAL_ONLY;
  return flags;
}

function makeFile(request: CreateRequest, path: string): PFILE_OBJECT | NTSTATUS {
  if (request.root !== undefined && request.root !== 0) {
    // The bytes of a file id are no path, whatever they look like.
    const isId = (request.options & FILE_OPEN_BY_FILE_ID) !== 0;
    if (!isId && path.startsWith('\\')) return STATUS_OBJECT_PATH_SYNTAX_BAD;
    const root = request.root;
    const disk = f.DeviceObject(root) as PDEVICE_OBJECT;
    const file = createFileObject(disk, f.Vpb(root) as PVPB, path);
    if (file === 0) return STATUS_INSUFFICIENT_RESOURCES;
    ObReferenceObject(root);
    f.set_RelatedFileObject(file, root);
    return file;
  }
  if (path === '') return STATUS_OBJECT_NAME_INVALID;
  const where = parseOpenPath(path);
  if (typeof where === 'number') return where;
  const file = createFileObject(where.disk, where.vpb, where.path);
  return file === 0 ? STATUS_INSUFFICIENT_RESOURCES : file;
}

/**
 * What a create granted: what the file system says, and what of the wish it left undecided. One
 * that decides nothing grants everything to a caller who wants as much as there is.
 */
function granted(state: PACCESS_STATE): number {
  const decided = PreviouslyGrantedAccess(state);
  const left = RemainingDesiredAccess(state);
  const most = left & MAXIMUM_ALLOWED && decided === 0 ? FILE_ALL_ACCESS : 0;
  return (decided | (left & ~MAXIMUM_ALLOWED) | most) >>> 0;
}

function sendCreate(request: CreateRequest, file: PFILE_OBJECT, access: number): CreateResult {
  const frame = pushFrame();
  const iosb = stackAlloc(IO_STATUS_BLOCK.size) as Parameters<typeof Status>[0];
  const context = stackAlloc(IO_SECURITY_CONTEXT.size) as Parameters<typeof set_AccessState>[0];
  const state = stackAlloc(ACCESS_STATE.size) as PACCESS_STATE;
  const device = request.target ?? IoGetRelatedDeviceObject(file);
  const flags = IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API;
  const major = request.major ?? IRP_MJ_CREATE;
  const irp = buildRequest(file, device, major, request.mode, flags, iosb);
  if (irp === 0) {
    popFrame(frame);
    return { ...failed(STATUS_INSUFFICIENT_RESOURCES), file };
  }
  set_OriginalDesiredAccess(state, access);
  set_RemainingDesiredAccess(state, access);
  set_SecurityDescriptor(state, request.security ?? 0);
  set_AccessState(context, state);
  set_DesiredAccess(context, access);
  set_FullCreateOptions(context, request.options);
  const location = IoGetNextIrpStackLocation(irp);
  set_Parameters_Create_SecurityContext(location, context);
  const options = (request.disposition << 24) | (request.options & 0xffffff);
  set_Parameters_Create_Options(location, options);
  set_Parameters_Create_FileAttributes(location, request.fileAttributes);
  set_Parameters_Create_ShareAccess(location, request.shareAccess);
  if (major === IRP_MJ_CREATE) set_Parameters_Create_EaLength(location, request.eaLength ?? 0);
  else set_Parameters_CreatePipe_Parameters(location, request.parameters ?? 0);
  set_locationFlags(location, request.flags ?? 0);
  set_AssociatedIrp_SystemBuffer(irp, request.eaBuffer ?? 0);
  set_Overlay_AllocationSize(irp, request.allocationSize ?? 0);
  if (request.ecps !== undefined) setEcpList(irp, request.ecps, false);
  const sent = sendAndWait(device, irp);
  // What a reparse point led to is found out when the create ends: the block has the last word.
  const status = NT_SUCCESS(sent) ? Status(iosb) : sent;
  // A create that fails may say more, too: FILE_OPBATCH_BREAK_UNDERWAY, where a list of EAs is bad.
  const information = Information(iosb);
  const grantedAccess = granted(state);
  popFrame(frame);
  return { status, information, file, grantedAccess };
}

/** Notes in the file object what is special about its create; false when there is no memory. */
function extend(file: PFILE_OBJECT, request: CreateRequest): boolean {
  const { target, instance, ignoresSharing } = request;
  if (target === undefined && ignoresSharing !== true) return true;
  return setExtension(file, target ?? (0 as PDEVICE_OBJECT), instance ?? 0, ignoresSharing);
}

/**
 * Opens or creates a file and returns its file object. PASSIVE_LEVEL, special APCs enabled.
 * Fails as IRP_MJ_CREATE does; a name without a volume is STATUS_OBJECT_PATH_NOT_FOUND.
 */
export function IopCreateFile(request: CreateRequest): CreateResult {
  const sync = request.options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT);
  if (sync !== 0 && !(mapGenericAccess(request.desiredAccess) & SYNCHRONIZE)) {
    return failed(STATUS_INVALID_PARAMETER);
  }
  const security = (request.security ?? 0) as PSECURITY_DESCRIPTOR;
  if (security !== 0 && !isSecurityDescriptor(security)) {
    return failed(STATUS_INVALID_SECURITY_DESCR);
  }
  const access = mapGenericAccess(request.desiredAccess);
  let path = request.path;
  let root = request;
  for (let turn = 0; turn <= MAX_REPARSES; turn++) {
    const file = makeFile(root, path);
    if (file <= 0) return failed(file as NTSTATUS);
    f.set_Flags(file as PFILE_OBJECT, fileFlags(request));
    if (!extend(file as PFILE_OBJECT, request)) {
      abandonFile(file as PFILE_OBJECT);
      return failed(STATUS_INSUFFICIENT_RESOURCES);
    }
    const result = sendCreate(request, file as PFILE_OBJECT, access);
    if (result.status === STATUS_REPARSE && (request.attributes ?? 0) & OBJ_DONT_REPARSE) {
      abandonFile(result.file);
      return failed(STATUS_REPARSE_POINT_ENCOUNTERED);
    }
    if (result.status === STATUS_REPARSE && result.information === 0) {
      const from = f.DeviceObject(result.file);
      path = fileName(result.file);
      root = { ...request, root: NO_FILE };
      abandonFile(result.file);
      if (request.instance !== undefined && !isOnDisk(path, from)) {
        return failed(STATUS_MOUNT_POINT_NOT_RESOLVED);
      }
      continue;
    }
    if (result.status === STATUS_REPARSE) {
      abandonFile(result.file);
      return failed(STATUS_IO_REPARSE_TAG_NOT_HANDLED);
    }
    if (!NT_SUCCESS(result.status)) {
      abandonFile(result.file);
      return { ...result, file: NO_FILE };
    }
    markOpen(result.file, false);
    return result;
  }
  return failed(STATUS_REPARSE_POINT_NOT_RESOLVED);
}

/**
 * Whether a path stays on a disk. A create that a minifilter initiated goes below its instance,
 * which has none on another volume (IO-14).
 */
function isOnDisk(path: string, disk: number): boolean {
  const where = parseVolumePath(path);
  return where === undefined || where.disk === disk;
}

/** Gives a handle for an opened file object; the handle takes over the caller's reference. */
export function handleFor(result: CreateResult, attributes = 0): number {
  markOpen(result.file, true);
  const handle = ObpCreateHandle(result.file, result.grantedAccess, attributes);
  ObDereferenceObject(result.file);
  return handle;
}
