// Names of files as filters ask for them (9.1): FltGetFileNameInformation and kin. This file holds
// the rules of asking; file-name-query.ts finds names, file-name-cache.ts keeps them,
// file-name-parse.ts takes them apart, file-name-destination.ts finds the target of a rename.
import { i32 } from '../../mem/memory.ts';
import { KeAreAllApcsDisabled } from '../../ntos/ke/apc.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { FILE_OBJECT, FO_CLEANUP_COMPLETE, IRP_MJ_ACQUIRE_FOR_CC_FLUSH,
  IRP_MJ_ACQUIRE_FOR_MOD_WRITE, IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION, IRP_MJ_CLOSE,
  IRP_MJ_CREATE, IRP_MJ_RELEASE_FOR_CC_FLUSH, IRP_MJ_RELEASE_FOR_MOD_WRITE,
  IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION, IRP_PAGING_IO } from '../../ntos/io/types.ts';
import { FILE_OPEN_BY_FILE_ID } from '../../ntos/io/file-constants.ts';
import { IoGetTopLevelIrp } from '../../ntos/io/irp/top-level-irp.ts';
import { STATUS_FLT_INVALID_NAME_REQUEST, STATUS_FLT_NAME_CACHE_MISS, STATUS_INVALID_PARAMETER,
  STATUS_REPARSE, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_CALLBACK_DATA_POST_OPERATION, FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE,
  FLT_FILE_NAME_DO_NOT_CACHE, FLT_FILE_NAME_QUERY_CACHE_ONLY, FLT_FILE_NAME_QUERY_DEFAULT,
  FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY, FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER,
  FLT_FILE_NAME_SHORT } from '../constants.ts';
import { assignName, giveName, referenceName, releaseName } from './file-name-node.ts';
import { cacheName, dropAllNames, dropNamesOfFile, findName, nameGeneration, FltpNamesChanged }
  from './file-name-cache.ts';
import { nameById } from './file-name-by-id.ts';
import { askFileSystem, isOpened, isRelative, nameAsGiven } from './file-name-query.ts';
import { parseNameOptions } from './file-name-options.ts';
import { askProvider } from './file-name-provider.ts';
import { IRP_CTRL, sheetOf } from '../walk/irp-ctrl.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { nameProviders } from '../attach/root.ts';
import { checkIrql } from '../violation.ts';
import { allVolumes } from '../attach/volume.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { NameAnswer, NameRequest } from './file-name-query.ts';
import type { PFLT_NAME_NODE } from './file-name-node.ts';
import type { PIRP_CTRL } from '../walk/irp-ctrl.ts';
import type { PFLT_CALLBACK_DATA, PFLT_FILE_NAME_INFORMATION, PFLT_FILTER, PFLT_INSTANCE,
  PFLT_VOLUME } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const c = IRP_CTRL.bound;
const s = FLT_INSTANCE.bound;
const { Flags, DeviceObject } = FILE_OBJECT.bound;
const { DiskDevice } = FLT_VOLUME.bound;
/** Both callbacks of these run while the file system holds its locks (NAM-3). */
const lockedMajors: readonly number[] = [IRP_MJ_ACQUIRE_FOR_CC_FLUSH, IRP_MJ_RELEASE_FOR_CC_FLUSH,
  IRP_MJ_ACQUIRE_FOR_MOD_WRITE, IRP_MJ_RELEASE_FOR_MOD_WRITE,
  IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION];

function isPostOperation(ctrl: PIRP_CTRL): boolean {
  return (c.Data_Flags(ctrl) & FLTFL_CALLBACK_DATA_POST_OPERATION) !== 0;
}

/** Whether the operation is one in which the file system must not be asked (NAM-3). */
function forbidsQuery(ctrl: PIRP_CTRL, file: PFILE_OBJECT, flags: number): boolean {
  const major = c.Iopb_MajorFunction(ctrl);
  if ((c.Iopb_IrpFlags(ctrl) & IRP_PAGING_IO) !== 0) return true;
  if ((Flags(file) & FO_CLEANUP_COMPLETE) !== 0 || lockedMajors.includes(major)) return true;
  if (!isPostOperation(ctrl)) return false;
  if (major === IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION || major === IRP_MJ_CLOSE) return true;
  return major === IRP_MJ_CREATE && c.Data_IoStatus_Status(ctrl) === STATUS_REPARSE &&
    (flags & FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE) === 0;
}

/** Whether this thread may wait for the file system now. */
function mayAsk(): boolean {
  return IoGetTopLevelIrp() === 0 && !KeAreAllApcsDisabled();
}

/** One request for a name: what is asked, by whom, and whether the file system may be asked. */
interface Asking {
  readonly request: NameRequest;
  readonly filter: PFLT_FILTER;
  readonly method: number;
  readonly doNotCache: boolean;
  readonly safe: boolean;
  /** Whether an unopened file object has an id in place of a name. */
  readonly byId: boolean;
}

function given(
  node: PFLT_NAME_NODE,
  asking: Asking,
  out: number,
): NTSTATUS {
  i32[out >> 2] = giveName(node, asking.filter);
  return STATUS_SUCCESS;
}

/** The name of a file object that is not open: as the create gave it. It is not cached. */
function unopenedName(asking: Asking, out: number): NTSTATUS {
  const { request, method, safe, byId } = asking;
  if (request.format === FLT_FILE_NAME_SHORT) return STATUS_FLT_INVALID_NAME_REQUEST;
  if (method === FLT_FILE_NAME_QUERY_CACHE_ONLY) return STATUS_FLT_NAME_CACHE_MISS;
  if (isRelative(request.file) && !safe) return STATUS_FLT_INVALID_NAME_REQUEST;
  // A provider is called where the file system may be asked, and nowhere else.
  if (!safe && nameProviders() !== 0) return STATUS_FLT_INVALID_NAME_REQUEST;
  const answer = askProvider(request)?.answer ??
    (byId ? nameById(request) : nameAsGiven(request));
  return answered(answer, asking, nameGeneration(), false, out);
}

function answered(
  answer: NameAnswer,
  asking: Asking,
  generation: number,
  cache: boolean,
  out: number,
): NTSTATUS {
  if (answer < 0) return answer as NTSTATUS;
  const node = answer as PFLT_NAME_NODE;
  assignName(node, asking.request.file, asking.filter, generation);
  if (cache) cacheName(node);
  return given(node, asking, out);
}

/** The name of an open file object, from the cache or the file system, as the method says. */
function openedName(asking: Asking, out: number): NTSTATUS {
  const { request, method, safe, filter, doNotCache } = asking;
  // The default method does nothing where it is not safe to ask, whatever the cache has.
  if (method === FLT_FILE_NAME_QUERY_DEFAULT && !safe) return STATUS_FLT_INVALID_NAME_REQUEST;
  // The cache has what those below the filter say, not what it says itself.
  const fromDisk = method === FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY || request.fromSelf === true;
  if (!fromDisk) {
    const node = findName(request.file, filter, request.format);
    if (node !== 0) return given(node, asking, out);
  }
  if (method === FLT_FILE_NAME_QUERY_CACHE_ONLY) return STATUS_FLT_NAME_CACHE_MISS;
  if (!safe) return STATUS_FLT_INVALID_NAME_REQUEST;
  const generation = nameGeneration();
  const provided = askProvider(request);
  const mayCache = !fromDisk && !doNotCache && provided?.mayCache !== false;
  return answered(provided?.answer ?? askFileSystem(request), asking, generation, mayCache, out);
}

function ask(asking: Asking, out: number): NTSTATUS {
  return isOpened(asking.request.file) ? openedName(asking, out) : unopenedName(asking, out);
}

/**
 * Gets the name of the file of an operation. IRQL <= APC_LEVEL; in a pre- or post-operation
 * callback. The result is read-only; FltReleaseFileNameInformation gives it back.
 *
 * Before the file is open the name is the one that the create was given, with the volume's in
 * front (NAM-4). Name providers below the filter are asked first (NAM-10).
 * @param NameOptions one format, one query method and flags (NAM-2).
 * @param FileNameInformation where the address goes; NULL on failure.
 * @returns STATUS_FLT_INVALID_NAME_REQUEST where the file system must not be asked (NAM-3),
 *   STATUS_FLT_NAME_CACHE_MISS for a cache-only request, STATUS_INVALID_PARAMETER,
 *   STATUS_INSUFFICIENT_RESOURCES, STATUS_NAME_TOO_LONG, or what the file system says.
 */
export function FltGetFileNameInformation(
  CallbackData: PFLT_CALLBACK_DATA,
  NameOptions: number,
  FileNameInformation: OutPtr,
): NTSTATUS {
  checkIrql('FltGetFileNameInformation', APC_LEVEL);
  i32[FileNameInformation >> 2] = 0;
  const options = parseNameOptions(NameOptions);
  const ctrl = sheetOf(CallbackData);
  const file = c.Iopb_TargetFileObject(ctrl) as PFILE_OBJECT;
  const related = c.Related_Instance(ctrl) as PFLT_INSTANCE;
  const instance = related !== 0 ? related : (c.Iopb_TargetInstance(ctrl) as PFLT_INSTANCE);
  if (options === undefined || file === 0 || instance === 0) return STATUS_INVALID_PARAMETER;
  const request = {
    instance, volume: s.Volume(instance), file, format: options.format, ctrl,
    options: NameOptions,
    fromSelf: (options.flags & FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER) !== 0,
  };
  const forbidden = forbidsQuery(ctrl, file, options.flags);
  // After the close the file object has a name, and no file.
  if (forbidden && !isOpened(file)) return STATUS_FLT_INVALID_NAME_REQUEST;
  return ask({
    request,
    filter: s.Filter(instance),
    method: options.method,
    doNotCache: (options.flags & FLT_FILE_NAME_DO_NOT_CACHE) !== 0,
    safe: !forbidden && mayAsk(),
    byId: c.Iopb_MajorFunction(ctrl) === IRP_MJ_CREATE &&
      (c.Iopb_Parameters_Create_Options(ctrl) & FILE_OPEN_BY_FILE_ID) !== 0,
  }, FileNameInformation);
}

function volumeOfFile(file: PFILE_OBJECT): PFLT_VOLUME {
  const disk = DeviceObject(file);
  return allVolumes().find((volume) => DiskDevice(volume) === disk) ?? (0 as PFLT_VOLUME);
}

/**
 * FltGetFileNameInformation without callback data, and without its protection: the caller sees to
 * it that the file system may be asked (NAM-5). IRQL <= APC_LEVEL; PASSIVE_LEVEL when it is asked.
 *
 * @param Instance asks below it; NULL asks at the top of the device stack.
 */
export function FltGetFileNameInformationUnsafe(
  FileObject: PFILE_OBJECT,
  Instance: PFLT_INSTANCE,
  NameOptions: number,
  FileNameInformation: OutPtr,
): NTSTATUS {
  checkIrql('FltGetFileNameInformationUnsafe', APC_LEVEL);
  i32[FileNameInformation >> 2] = 0;
  const options = parseNameOptions(NameOptions);
  if (options === undefined || FileObject === 0) return STATUS_INVALID_PARAMETER;
  const volume = Instance !== 0 ? s.Volume(Instance) : volumeOfFile(FileObject);
  if (volume === 0) return STATUS_INVALID_PARAMETER;
  return ask({
    request: {
      instance: Instance, volume, file: FileObject, format: options.format, options: NameOptions,
      fromSelf: (options.flags & FLT_FILE_NAME_REQUEST_FROM_CURRENT_PROVIDER) !== 0,
    },
    filter: Instance !== 0 ? s.Filter(Instance) : (0 as PFLT_FILTER),
    method: options.method,
    doNotCache: (options.flags & FLT_FILE_NAME_DO_NOT_CACHE) !== 0,
    safe: true,
    byId: false,
  }, FileNameInformation);
}

/** Adds a reference; the caller has one. <= APC_LEVEL. Else bug check 0xF5/0x68. */
export function FltReferenceFileNameInformation(
  FileNameInformation: PFLT_FILE_NAME_INFORMATION,
): void {
  checkIrql('FltReferenceFileNameInformation', APC_LEVEL);
  referenceName('FltReferenceFileNameInformation', FileNameInformation);
}

/** Drops a reference; the last frees it. <= APC_LEVEL. One too many is bug check 0xF5/0x68. */
export function FltReleaseFileNameInformation(
  FileNameInformation: PFLT_FILE_NAME_INFORMATION,
): void {
  checkIrql('FltReleaseFileNameInformation', APC_LEVEL);
  releaseName('FltReleaseFileNameInformation', FileNameInformation);
}

/**
 * Forgets the cached names of a file object, or with NULL all names, so that they are asked for
 * again (NAM-9). <= APC_LEVEL. Name information that filters hold is not affected.
 */
export function FltPurgeFileNameInformationCache(
  _Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
): NTSTATUS {
  checkIrql('FltPurgeFileNameInformationCache', APC_LEVEL);
  if (FileObject !== 0) {
    dropNamesOfFile(FileObject);
    return STATUS_SUCCESS;
  }
  // Names that are being asked for now are of before the purge.
  FltpNamesChanged();
  dropAllNames();
  return STATUS_SUCCESS;
}
