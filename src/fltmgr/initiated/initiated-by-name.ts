// FltQueryInformationByName: a question about a file that the filter has not opened (6.5). It goes
// down as IRP_MJ_QUERY_OPEN; when a filter or the file system will not answer, the file is opened,
// asked about and closed, below the same instance.
import { i32 } from '../../mem/memory.ts';
import { popFrame, pushFrame, stackAlloc } from '../../mem/stack.ts';
import { add } from '../../atomics-sync/atomics.ts';
import { ObDereferenceObject } from '../../ntos/ob/object.ts';
import { IO_DRIVER_CREATE_CONTEXT } from '../../ntos/io/ecp.ts';
import { FILE_OPEN, FILE_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE,
  FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT, SYNCHRONIZE }
  from '../../ntos/io/file-constants.ts';
import { ZwQueryInformationFile } from '../../ntos/io/service/zw-query.ts';
import { askByName } from '../../ntos/io/service/query-open.ts';
import { FILE_OBJECT, IO_STATUS_BLOCK } from '../../ntos/io/types.ts';
import { parseVolumePath } from '../../ntos/io/object/volume.ts';
import { OBJECT_ATTRIBUTES } from '../../ntos/rtl/types.ts';
import { readUnicode } from '../../ntos/rtl/unicode-string.ts';
import { NT_SUCCESS } from '../../ntos/status.ts';
import { STATUS_FLT_DELETING_OBJECT, STATUS_INVALID_DEVICE_OBJECT_PARAMETER }
  from '../../ntos/status-codes.ts';
import { checkInstance, checkMayBlock, checkTopLevel, isDetaching } from './initiated-check.ts';
import { FltClose, FltCreateFileEx2 } from './initiated-create.ts';
import { FltQueryInformationFile } from './initiated-query.ts';
import { fileOfHandle } from './initiated-rename.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { ringBell } from '../pending/pending.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PECP_LIST, PIO_DRIVER_CREATE_CONTEXT } from '../../ntos/io/ecp.ts';
import type { NameOfFile } from '../../ntos/io/service/query-open.ts';
import type { PDEVICE_OBJECT, PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_FILTER, PFLT_INSTANCE } from '../types.ts';

const a = OBJECT_ATTRIBUTES.bound;
type POA = Parameters<typeof a.ObjectName>[0];
const { set_Status, set_Information } = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof set_Status>[0];
const { ExtraCreateParameter } = IO_DRIVER_CREATE_CONTEXT.bound;
const { DeviceObject: fileDevice } = FILE_OBJECT.bound;
const { at_Initiated, Volume } = FLT_INSTANCE.bound;
const { DeviceObject, DiskDevice } = FLT_VOLUME.bound;
const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
const OPTIONS = FILE_OPEN_REPARSE_POINT | FILE_SYNCHRONOUS_IO_NONALERT;

/** What is asked, and where the answer goes. */
interface Question {
  readonly filter: PFLT_FILTER;
  readonly instance: PFLT_INSTANCE;
  readonly attributes: number;
  readonly iosb: number;
  readonly information: number;
  readonly length: number;
  readonly cls: number;
  readonly context: number;
}

/** Opens the file, asks and closes; the status of the first that fails. */
function openAndAsk(q: Question): NTSTATUS {
  const frame = pushFrame();
  const [handleAt, fileAt, lengthAt] = [stackAlloc(4), stackAlloc(4), stackAlloc(4)];
  let status = FltCreateFileEx2(q.filter, q.instance, handleAt as never, fileAt as never,
    FILE_READ_ATTRIBUTES | SYNCHRONIZE, q.attributes, q.iosb, 0, 0, SHARE_ALL, FILE_OPEN, OPTIONS,
    0, 0, 0, q.context);
  const handle = i32[handleAt >> 2]!;
  const file = i32[fileAt >> 2]! as PFILE_OBJECT;
  if (NT_SUCCESS(status)) {
    if (q.instance === 0) {
      status = ZwQueryInformationFile(handle, q.iosb, q.information, q.length, q.cls);
    } else {
      status = FltQueryInformationFile(q.instance, file, q.information, q.length, q.cls,
        lengthAt as never);
      set_Status(q.iosb as PIOSB, status);
      set_Information(q.iosb as PIOSB, i32[lengthAt >> 2]!);
    }
    FltClose(handle);
    ObDereferenceObject(file);
  }
  popFrame(frame);
  return status;
}

function isOnVolume(instance: PFLT_INSTANCE, name: NameOfFile): boolean {
  const disk = DiskDevice(Volume(instance));
  if (name.root !== undefined) return fileDevice(name.root) === disk;
  const where = parseVolumePath(name.path);
  return where === undefined || where.disk === disk;
}

/** Asks below an instance, which cannot be torn down meanwhile (TD-5). */
function ask(q: Question, name: NameOfFile): NTSTATUS {
  const below = (more: Partial<NameOfFile>): NTSTATUS =>
    askByName({ ...name, ...more }, q.iosb, q.information, q.length, q.cls) ?? openAndAsk(q);
  const { instance } = q;
  if (instance === 0) return below({});
  if (!isOnVolume(instance, name)) return STATUS_INVALID_DEVICE_OBJECT_PARAMETER;
  const target = DeviceObject(Volume(instance)) as PDEVICE_OBJECT;
  add(at_Initiated(instance), 1);
  const status = isDetaching(instance) ? STATUS_FLT_DELETING_OBJECT : below({ target, instance });
  add(at_Initiated(instance), -1);
  ringBell(instance);
  return status;
}

/**
 * Asks about a file by name, without opening it where the file system can. PASSIVE_LEVEL, APCs
 * enabled, TopLevelIrp NULL.
 *
 * @param Instance below which the question is asked; NULL asks from the top of the stack, the
 *   caller's own instances included. @param ObjectAttributes name and root; OBJ_KERNEL_HANDLE.
 * @param IoStatusBlock gets status and length. @param Length of FileInformation in bytes.
 * @param FileInformationClass FileStatInformation, FileStatLxInformation,
 *   FileCaseSensitiveInformation, FileStatBasicInformation.
 * @param DriverContext an IO_DRIVER_CREATE_CONTEXT with extra create parameters, or NULL.
 * @returns STATUS_INVALID_INFO_CLASS; STATUS_FLT_DELETING_OBJECT;
 *   STATUS_INVALID_DEVICE_OBJECT_PARAMETER when the file is not on the instance's volume; the file
 *   system's status.
 * @see OP-9; flt/fltqueryinformationbyname
 */
export function FltQueryInformationByName(
  Filter: PFLT_FILTER, Instance: PFLT_INSTANCE, ObjectAttributes: number, IoStatusBlock: number,
  FileInformation: number, Length: number, FileInformationClass: number, DriverContext: number,
): NTSTATUS {
  const routine = 'FltQueryInformationByName';
  checkMayBlock(routine);
  checkTopLevel(routine);
  if (Instance !== 0) checkInstance(routine, Instance);
  const root = fileOfHandle(a.RootDirectory(ObjectAttributes as POA));
  if (root < 0) return root as NTSTATUS;
  const ecps = DriverContext === 0 ? 0
    : ExtraCreateParameter(DriverContext as PIO_DRIVER_CREATE_CONTEXT);
  const status = ask({
    filter: Filter, instance: Instance, attributes: ObjectAttributes, iosb: IoStatusBlock,
    information: FileInformation, length: Length, cls: FileInformationClass,
    context: DriverContext,
  }, {
    path: readUnicode(a.ObjectName(ObjectAttributes as POA)),
    ...(root !== 0 && { root: root as PFILE_OBJECT }),
    ...(ecps !== 0 && { ecps: ecps as PECP_LIST }),
  });
  if (root !== 0) ObDereferenceObject(root);
  return status;
}
