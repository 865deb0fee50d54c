// The name a file will have when its rename or hard link succeeds (NAM-6). What a request gives is
// a full path, a name in the directory of the file, one relative to a directory handle, or the name
// of a stream.
import { i32 } from '../mem/memory.ts';
import { KeAreAllApcsDisabled } from '../ntos/ke/apc.ts';
import { APC_LEVEL } from '../ntos/ke/irql.ts';
import { FILE_OBJECT } from '../ntos/io/types.ts';
import { fileByHandle, releaseFile } from '../ntos/io/service.ts';
import { IoGetTopLevelIrp } from '../ntos/io/top-level-irp.ts';
import { parseVolumePath } from '../ntos/io/volume.ts';
import { readUtf16, writeUtf16 } from '../ntos/rtl/unicode-string.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ntos/ex/pool.ts';
import { PagedPool } from '../ntos/ex/types.ts';
import { STATUS_FLT_INVALID_NAME_REQUEST, STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER,
  STATUS_NAME_TOO_LONG, STATUS_NOT_SAME_DEVICE, STATUS_SUCCESS } from '../ntos/status-codes.ts';
import { FLT_FILE_NAME_SHORT } from './constants.ts';
import { FLT_NAME_NODE, assignName, createName, dropName, giveName } from './file-name-node.ts';
import { nameGeneration } from './file-name-cache.ts';
import { askFileSystem, isOpened } from './file-name-query.ts';
import { parseNameOptions } from './file-name-options.ts';
import { FLT_INSTANCE, FLT_VOLUME } from './object.ts';
import { textOf } from './strings.ts';
import { checkIrql } from './violation.ts';
import type { NTSTATUS } from '../ntos/status.ts';
import type { PFILE_OBJECT } from '../ntos/io/types.ts';
import type { PFLT_NAME_NODE } from './file-name-node.ts';
import type { NameRequest } from './file-name-query.ts';
import type { PFLT_INSTANCE } from './types.ts';
import type { OutPtr } from '../mem/pointer.ts';

const s = FLT_INSTANCE.bound;
const n = FLT_NAME_NODE.bound;
const { DeviceObject } = FILE_OBJECT.bound;
const { at_Name: at_volumeName } = FLT_VOLUME.bound;
const TAG = poolTag('FMnq');
const MAX_NAME_BYTES = 0xfffe;

/** The full name of an open file as text, or a failing status. */
function fullName(request: NameRequest): string | NTSTATUS {
  const answer = askFileSystem(request);
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

function makeNode(request: NameRequest, text: string, volumeBytes: number): PFLT_NAME_NODE {
  const buffer = ExAllocatePoolWithTag(PagedPool, text.length * 2, TAG);
  if (buffer === 0) return buffer as PFLT_NAME_NODE;
  writeUtf16(buffer, text);
  const piece = { address: buffer, bytes: text.length * 2 };
  const node = createName([piece], request.format, volumeBytes);
  ExFreePoolWithTag(buffer, TAG);
  return node;
}

/** Gives a name made of text to the filter of the request. */
export function giveText(request: NameRequest, text: string, out: number): NTSTATUS {
  if (text.length * 2 > MAX_NAME_BYTES) return STATUS_NAME_TOO_LONG;
  const node = makeNode(request, text, textOf(at_volumeName(request.volume)).length * 2);
  if (node === 0) return STATUS_INSUFFICIENT_RESOURCES;
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
  const request = { instance: Instance, volume, file: FileObject, format: options.format };
  const text = destination(request, RootDirectory, readUtf16(FileName, FileNameLength));
  return typeof text === 'string' ? giveText(request, text, RetFileNameInformation) : text;
}

