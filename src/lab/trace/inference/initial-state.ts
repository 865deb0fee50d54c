// The volumes as they must have been before a log began: plain data that a machine's set-up creates
// before a replay starts.
// Guarantees: directories come before what lies in them; every path is one that existed before the
// first event; what the log says nothing about has a plain default (an empty file, no EAs).
// Simplification: a name that is known only from a listing, or from an open for attributes, is a
// file unless something below it or a request says directory.
import type { VolumeFields } from '../event.ts';
import { foldPath, lastName, pathKey, splitStream, upperCase } from '../volume-path.ts';
import * as wdk from '../wdk.ts';
import type { FileEvidence, Namespace, NameNode } from './namespace.ts';
import type { VolumeEvidence } from './volume-evidence.ts';

export interface InitialVolume {
  /** `C:`, `\\server\share`, `\Device\HarddiskVolume2`. */
  readonly name: string;
  /** A network share, a pipe or mailslot device, a raw disk: no local file system. */
  readonly isOutside: boolean;
  /** What volume queries printed. */
  readonly fields: VolumeFields;
}

export interface InitialFile {
  readonly volume: string;
  /** `\a\b.txt`, in the spelling of its first event. */
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly EndOfFile: number;
  /** The log tells the size; otherwise 0 stands for unknown. */
  readonly isSizeKnown: boolean;
  readonly AllocationSize: number | undefined;
  readonly FileAttributes: number;
  /** 100 ns units since 1601, where printed. */
  readonly CreationTime: number | undefined;
  readonly LastAccessTime: number | undefined;
  readonly LastWriteTime: number | undefined;
  readonly ChangeTime: number | undefined;
  /** Bytes of extended attributes; 0 for none. */
  readonly EaSize: number;
  /** 0 for no reparse point. */
  readonly ReparseTag: number;
  readonly NumberOfLinks: number;
  /** File reference number as printed: files that share it are one file. */
  readonly IndexNumber: string | undefined;
  /** The path of the file that this is another name of. */
  readonly linkOf: string | undefined;
  readonly hasObjectId: boolean;
  readonly streams: readonly InitialStream[];
}

export interface InitialStream {
  readonly name: string;
  readonly EndOfFile: number;
}

/** EAs whose size nothing tells. */
const UNKNOWN_EA_BYTES = 64;

export const initialVolumes = (evidence: VolumeEvidence): InitialVolume[] =>
  evidence.volumes.map(({ name, fields }) => ({ name, isOutside: isOutside(name), fields }));

/** True for what the lab has no file system for: shares, pipes, mailslots, raw devices. */
export function isOutside(volume: string): boolean {
  if (/^[A-Za-z]:$/.test(volume)) return false;
  return !/^\\Device\\Harddisk(?:Volume|VolumeShadowCopy)\d+$/i.test(volume);
}

/** All files and directories that existed, directories first. */
export function initialFiles(names: Namespace): InitialFile[] {
  const present = names.nodes.filter((node) => node.initial === 'present'
    && !isOutside(node.volume));
  const parents = new Set(present.map((node) => parentKey(node)));
  const streams = streamsByBase(present);
  const first = new Map<string, string>();
  return present
    .filter((node) => splitStream(node.home).stream === '' && node.home !== '')
    .toSorted((one, other) => one.home.length - other.home.length)
    .map((node) => {
      const key = pathKey(node.volume, node.home);
      const isParent = parents.has(key);
      return fileOf(node, isParent, streams.get(key) ?? [], linkedTo(node, first));
    });
}

function fileOf(
  node: NameNode, isParent: boolean, streams: InitialStream[], linkOf: string | undefined,
): InitialFile {
  const { first, noDirectory } = node;
  const isDirectory = isParent || first.kind === 'directory'
    || (first.kind === 'unknown' && first.likelyDirectory && !noDirectory)
    || node.home === '\\';
  const { AllocationSize, CreationTime, LastAccessTime, LastWriteTime, ChangeTime } = first.fields;
  return {
    volume: node.volume, path: node.home, kind: isDirectory ? 'directory' : 'file',
    EndOfFile: isDirectory ? 0 : first.size.initial,
    isSizeKnown: first.size.isKnown, AllocationSize,
    FileAttributes: attributesOf(first, isDirectory),
    CreationTime, LastAccessTime, LastWriteTime, ChangeTime,
    EaSize: eaSizeOf(first), ReparseTag: reparseTagOf(first, isDirectory),
    NumberOfLinks: first.fields.NumberOfLinks ?? 1, IndexNumber: first.fields.IndexNumber,
    linkOf, hasObjectId: first.hasObjectId, streams,
  };
}

function attributesOf(file: FileEvidence, isDirectory: boolean): number {
  const plain = isDirectory ? wdk.FILE_ATTRIBUTE_DIRECTORY : wdk.FILE_ATTRIBUTE_ARCHIVE;
  const known = file.fields.FileAttributes;
  const denied = known === undefined && file.writeDenied && !file.wasWritten && !isDirectory;
  return (known ?? plain)
    | (isDirectory ? wdk.FILE_ATTRIBUTE_DIRECTORY : 0)
    | (denied ? wdk.FILE_ATTRIBUTE_READONLY : 0)
    | (file.isReparsePoint ? wdk.FILE_ATTRIBUTE_REPARSE_POINT : 0);
}

function eaSizeOf(file: FileEvidence): number {
  const known = file.fields.EaSize ?? 0;
  return known === 0 && file.hasEa === true ? UNKNOWN_EA_BYTES : known;
}

function reparseTagOf(file: FileEvidence, isDirectory: boolean): number {
  if (file.fields.ReparseTag !== undefined) return file.fields.ReparseTag;
  if (!file.isReparsePoint) return 0;
  return isDirectory ? wdk.IO_REPARSE_TAG_MOUNT_POINT : wdk.IO_REPARSE_TAG_SYMLINK;
}

/** Two names with one file reference number are one file with two links. */
function linkedTo(node: NameNode, first: Map<string, string>): string | undefined {
  const { IndexNumber, NumberOfLinks } = node.first.fields;
  if (IndexNumber === undefined || (NumberOfLinks ?? 1) < 2) return undefined;
  const key = `${upperCase(node.volume)}|${IndexNumber.toLowerCase()}`;
  const known = first.get(key);
  if (known === undefined) first.set(key, node.home);
  return known;
}

function parentKey(node: NameNode): string {
  const key = foldPath(node.home);
  if (splitStream(node.home).stream !== '' || lastName(node.home) === '') return '';
  const cut = key.lastIndexOf('\\');
  return pathKey(node.volume, cut <= 0 ? '\\' : key.slice(0, cut));
}

function streamsByBase(nodes: readonly NameNode[]): Map<string, InitialStream[]> {
  const streams = new Map<string, InitialStream[]>();
  for (const node of nodes) {
    const { base, stream } = splitStream(node.home);
    if (stream === '') continue;
    const key = pathKey(node.volume, base);
    const list = streams.get(key) ?? [];
    list.push({ name: stream, EndOfFile: node.first.size.initial });
    streams.set(key, list);
  }
  return streams;
}
