// Creates that hit a reparse point (IopDoNameTransmogrify): the file system answers STATUS_REPARSE
// with the tag in Information and the point's data in AuxiliaryBuffer. For symbolic links and mount
// points the file object gets the name that the data leads to, and the create starts again there,
// as after a reparse that a filter asked for (Information IO_REPARSE). Other tags are for filters:
// what none of them handled fails with STATUS_IO_REPARSE_TAG_NOT_HANDLED (create-file.ts).
//
// It runs where the create ends in its issuer's thread, and frees the data in any case.
import { u16, u32 } from '../../../mem/memory.ts';
import { ExFreePool } from '../../ex/pool/pool.ts';
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_IO_REPARSE_DATA_INVALID, STATUS_REPARSE }
  from '../../status-codes.ts';
import { FILE_OBJECT, IRP } from '../types.ts';
import { IO_REPARSE_TAG_MOUNT_POINT, IO_REPARSE_TAG_SYMLINK } from '../control-types.ts';
import { fileName, setFileName } from '../object/file-object.ts';
import { onCreateEnded } from '../irp/complete-request.ts';
import { mountedVolumes } from '../object/volume.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PIRP } from '../types.ts';

const { IoStatus_Status, set_IoStatus_Status, IoStatus_Information, set_IoStatus_Information,
  Tail_Overlay_OriginalFileObject: OriginalFileObject } = IRP.bound;
const { RelatedFileObject, DeviceObject } = FILE_OBJECT.bound;
/** Information of a reparse: the file object's name is where to go on. */
const IO_REPARSE = 0;
const SYMLINK_FLAG_RELATIVE = 1;
const HEAD = 8;

interface Link {
  readonly target: string;
  readonly isRelative: boolean;
}

function textAt(at: number, bytes: number): string {
  return String.fromCharCode(...u16.subarray(at >> 1, (at + bytes) >> 1));
}

/** The substitute name in the data of a link; undefined when the data is no such. */
function linkIn(buffer: number): Link | undefined {
  const tag = u32[buffer >> 2]!;
  const isSymlink = tag === IO_REPARSE_TAG_SYMLINK;
  const names = buffer + HEAD + (isSymlink ? 12 : 8);
  const offset = u16[(buffer + HEAD) >> 1]!;
  const bytes = u16[(buffer + HEAD + 2) >> 1]!;
  const end = buffer + HEAD + u16[(buffer + 4) >> 1]!;
  if (bytes === 0 || names + offset + bytes > end) return undefined;
  const flags = isSymlink ? u32[(buffer + HEAD + 8) >> 2]! : 0;
  return {
    target: textAt(names + offset, bytes),
    isRelative: (flags & SYMLINK_FLAG_RELATIVE) !== 0,
  };
}

/** The file's whole name on its volume, as far as names were given. */
function wholeName(file: PFILE_OBJECT): string {
  const related = RelatedFileObject(file) as PFILE_OBJECT;
  if (related === 0) return fileName(file);
  const below = fileName(file);
  return below === '' ? wholeName(related) : `${wholeName(related)}\\${below}`;
}

/** Resolves "." and ".." in a path that begins with a backslash. */
function resolved(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('\\')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `\\${parts.join('\\')}`;
}

/** Where a create of the file goes on; `unparsed` is the part of its name behind the link. */
function destination(file: PFILE_OBJECT, link: Link, unparsed: string): string {
  if (!link.isRelative) return link.target + unparsed;
  const name = wholeName(file);
  const place = name.slice(0, name.length - unparsed.length);
  const parent = place.slice(0, place.lastIndexOf('\\'));
  const volume = mountedVolumes().find(({ disk }) => disk === DeviceObject(file));
  return `${volume?.name ?? ''}${resolved(`${parent}\\${link.target}`)}${unparsed}`;
}

function fail(irp: PIRP, status: NTSTATUS): void {
  set_IoStatus_Status(irp, status);
  set_IoStatus_Information(irp, 0);
}

function follow(irp: PIRP, file: PFILE_OBJECT, buffer: number): void {
  const tag = u32[buffer >> 2]!;
  if (tag !== IO_REPARSE_TAG_SYMLINK && tag !== IO_REPARSE_TAG_MOUNT_POINT) return;
  const link = linkIn(buffer);
  if (link === undefined) {
    fail(irp, STATUS_IO_REPARSE_DATA_INVALID);
    return;
  }
  const name = fileName(file);
  const unparsed = u16[(buffer + 6) >> 1]! / 2;
  const rest = unparsed === 0 ? '' : name.slice(Math.max(0, name.length - unparsed));
  if (setFileName(file, destination(file, link, rest))) set_IoStatus_Information(irp, IO_REPARSE);
  else fail(irp, STATUS_INSUFFICIENT_RESOURCES);
}

/** Ends what a create left in AuxiliaryBuffer, and frees it. */
function finishReparse(irp: PIRP, buffer: number): void {
  const isReparse =
    IoStatus_Status(irp) === STATUS_REPARSE && IoStatus_Information(irp) !== IO_REPARSE;
  if (isReparse) follow(irp, OriginalFileObject(irp) as PFILE_OBJECT, buffer);
  ExFreePool(buffer);
}

onCreateEnded(finishReparse);
