// The name a file will have when its rename or hard link succeeds (NAM-6). What a request gives is
// a full path, a name in the directory of the file, one relative to a directory handle, or the name
// of a stream.
import { i32 } from '../../mem/memory.ts';
import { KeAreAllApcsDisabled } from '../../ntos/ke/apc.ts';
import { APC_LEVEL } from '../../ntos/ke/irql.ts';
import { FILE_OBJECT } from '../../ntos/io/types.ts';
import { fileByHandle, releaseFile } from '../../ntos/io/service/service.ts';
import { IoGetTopLevelIrp } from '../../ntos/io/irp/top-level-irp.ts';
import { parseVolumePath } from '../../ntos/io/object/volume.ts';
import { readUtf16 } from '../../ntos/rtl/unicode-string.ts';
import { STATUS_FLT_INVALID_NAME_REQUEST, STATUS_INVALID_PARAMETER, STATUS_NOT_SAME_DEVICE,
  STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME, FLT_FILE_NAME_SHORT } from '../constants.ts';
import { FLT_NAME_NODE, assignName, dropName, giveName } from './file-name-node.ts';
import { nameGeneration } from './file-name-cache.ts';
import { askFileSystem, isOpened } from './file-name-query.ts';
import { parseNameOptions } from './file-name-options.ts';
import { askProvider, normalizeDestination } from './file-name-provider.ts';
import { createTextName } from './file-name-text.ts';
import { FLT_INSTANCE, FLT_VOLUME } from '../attach/object.ts';
import { textOf } from '../strings.ts';
import { checkIrql } from '../violation.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { PFLT_NAME_NODE } from './file-name-node.ts';
import type { NameRequest } from './file-name-query.ts';
import type { PFLT_INSTANCE } from '../types.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const s = FLT_INSTANCE.bound;
const n = FLT_NAME_NODE.bound;
const { DeviceObject } = FILE_OBJECT.bound;
const { at_Name: at_volumeName } = FLT_VOLUME.bound;

/** The full name of an open file as text, or a failing status. */
function fullName(request: NameRequest): string | NTSTATUS {
  const answer = askProvider(request)?.answer ?? askFileSystem(request);
  if (answer < 0) return answer as NTSTATUS;
  const node = answer as PFLT_NAME_NODE;
  const text = readUtf16(n.Info_Name_Buffer(node), n.Info_Name_Length(node));
  dropName(node);
  return text;
}

function inDirectory(directory: string, name: string): string {
  return directory.endsWith('\\') ? directory + name : `${directory}\\${name}`;
}

/** A name without a directory: beside the file, or a stream of it. */
function besideFile(request: NameRequest, name: string): string | NTSTATUS {
  const full = fullName(request);
  if (typeof full !== 'string') return full;
  const last = full.lastIndexOf('\\');
  if (!name.startsWith(':')) return full.slice(0, last + 1) + name;
  const colon = full.indexOf(':', last);
  return (colon < 0 ? full : full.slice(0, colon)) + name;
}

/** A name below a directory that a handle is open on. */
function belowHandle(request: NameRequest, handle: number, name: string): string | NTSTATUS {
  const directory = fileByHandle(handle, 0);
  if (directory <= 0) return directory as NTSTATUS;
  const file = directory as PFILE_OBJECT;
  const sameVolume = DeviceObject(file) === DeviceObject(request.file);
  const full = sameVolume ? fullName({ ...request, file }) : STATUS_NOT_SAME_DEVICE;
  releaseFile(file);
  return typeof full === 'string' ? inDirectory(full, name) : full;
}

/** A path from the root of the name space; it must stay on the volume. */
function fromRoot(request: NameRequest, path: string): string | NTSTATUS {
  const target = parseVolumePath(path);
  if (target === undefined) return STATUS_INVALID_PARAMETER;
  if (target.disk !== DeviceObject(request.file)) return STATUS_NOT_SAME_DEVICE;
  return textOf(at_volumeName(request.volume)) + target.path;
}

function destination(request: NameRequest, root: number, name: string): string | NTSTATUS {
  if (root !== 0) {
    return name.startsWith('\\') ? STATUS_INVALID_PARAMETER : belowHandle(request, root, name);
  }
  return name.includes('\\') ? fromRoot(request, name) : besideFile(request, name);
}

/** Gives a name made of text to the filter of the request. */
export function giveText(request: NameRequest, text: string, out: number): NTSTATUS {
  const volumeBytes = textOf(at_volumeName(request.volume)).length * 2;
  const answer = createTextName(text, request.format, volumeBytes);
  if (answer < 0) return answer as NTSTATUS;
  const node = answer as PFLT_NAME_NODE;
  const filter = s.Filter(request.instance);
  assignName(node, request.file, filter, nameGeneration());
  i32[out >> 2] = giveName(node, filter);
  return STATUS_SUCCESS;
}

/**
 * Gets the full destination name of a rename or hard-link request. IRQL <= APC_LEVEL, special APCs
 * enabled; in the pre-operation callback, before the operation has changed anything.
 *
 * @param FileObject the file that is renamed or linked to, open.
 * @param RootDirectory a handle, or NULL; @param FileName the name's address, FileNameLength bytes.
 * @param NameOptions a format, FLT_FILE_NAME_SHORT excepted, and a query method; the name is not
 *   cached, whatever the method.
 * @returns STATUS_INVALID_PARAMETER, STATUS_FLT_INVALID_NAME_REQUEST where the file system must not
 *   be asked, STATUS_NOT_SAME_DEVICE, or what the file system says.
 */
export function FltGetDestinationFileNameInformation(
  Instance: PFLT_INSTANCE,
  FileObject: PFILE_OBJECT,
  RootDirectory: number,
  FileName: number,
  FileNameLength: number,
  NameOptions: number,
  RetFileNameInformation: OutPtr,
): NTSTATUS {
  checkIrql('FltGetDestinationFileNameInformation', APC_LEVEL);
  i32[RetFileNameInformation >> 2] = 0;
  const options = parseNameOptions(NameOptions);
  if (options === undefined || options.format === FLT_FILE_NAME_SHORT || FileName === 0 ||
      FileNameLength === 0 || FileNameLength % 2 !== 0) {
    return STATUS_INVALID_PARAMETER;
  }
  if (IoGetTopLevelIrp() !== 0 || KeAreAllApcsDisabled() || !isOpened(FileObject)) {
    return STATUS_FLT_INVALID_NAME_REQUEST;
  }
  const volume = s.Volume(Instance);
  const request = {
    instance: Instance, volume, file: FileObject, format: options.format, options: NameOptions,
  };
  const given = destination(request, RootDirectory, readUtf16(FileName, FileNameLength));
  const text = typeof given !== 'string' ? given
    : normalizeDestination(request, given, FLTFL_NORMALIZE_NAME_DESTINATION_FILE_NAME);
  return typeof text === 'string' ? giveText(request, text, RetFileNameInformation) : text;
}

