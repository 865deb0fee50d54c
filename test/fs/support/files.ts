// Using files in tests in the words of the system services, with JavaScript values in and out.
// Buffers lie in the user region, as an application's do.
import { boot } from '#src/mem/boot-options.ts';
import { i32, u8, u16 } from '#src/mem/memory.ts';
import { USER } from '#src/mem/memory-map.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import { createFile, NtClose } from '#src/ntos/io/service/nt-create.ts';
import { NtDeviceIoControlFile, NtFsControlFile, NtQueryDirectoryFile }
  from '#src/ntos/io/service/nt-control.ts';
import { NtQueryInformationFile, NtQueryVolumeInformationFile, NtSetInformationFile }
  from '#src/ntos/io/service/nt-information.ts';
import { NtReadFile, NtWriteFile } from '#src/ntos/io/service/nt-read-write.ts';
import { UNICODE_STRING } from '#src/ntos/rtl/types.ts';
import { setUnicode, writeUtf16, readUtf16 } from '#src/ntos/rtl/unicode-string.ts';
import { statusName } from '#src/ntos/status.ts';
import * as c from '#src/ntos/io/file-constants.ts';
import { FILE_RENAME_INFORMATION } from '#src/ntos/io/information/file-information.ts';
import * as cls from '#src/ntos/io/information/information-classes.ts';
import type { CreateRequest } from '#src/ntos/io/service/create-file.ts';
import type { NTSTATUS } from '#src/ntos/status.ts';

export const BUFFER_BYTES = 1 << 20;
/** Each processor's test thread has its own part of the user region. */
const MINE = USER.start + boot.processor * (BUFFER_BYTES + 131072);
const IOSB = MINE + 8192;
const HANDLE = IOSB + 32;
const STRING = IOSB + 64;
const TEXT = IOSB + 128;
export const INPUT = MINE + 16384;
/** A buffer of a megabyte for tests. */
export const BUFFER = MINE + 65536;
const io = IO_STATUS_BLOCK.bound;
type PIOSB = Parameters<typeof io.Status>[0];

export const READ = c.GENERIC_READ | c.SYNCHRONIZE;
export const READ_WRITE = c.GENERIC_READ | c.GENERIC_WRITE | c.SYNCHRONIZE;
export const ALL = c.FILE_ALL_ACCESS;
export const SHARE_ALL = c.FILE_SHARE_READ | c.FILE_SHARE_WRITE | c.FILE_SHARE_DELETE;

export interface Opened {
  readonly status: string;
  readonly handle: number;
  readonly information: number;
}

/** IoStatus.Information of the last call. */
export function information(): number {
  return io.Information(IOSB as PIOSB);
}

/** NtCreateFile; what is not said is a synchronous open of what exists, with all rights shared. */
export function create(path: string, more: Partial<CreateRequest> = {}): Opened {
  i32[HANDLE >> 2] = 0;
  const status = createFile(HANDLE, IOSB, {
    path: path.startsWith('\\') && more.root === undefined ? `C:${path}` : path,
    desiredAccess: READ_WRITE | c.DELETE,
    fileAttributes: 0,
    shareAccess: SHARE_ALL,
    disposition: c.FILE_OPEN,
    options: c.FILE_SYNCHRONOUS_IO_NONALERT,
    mode: 1,
    ...more,
  });
  return { status: nameOf(status), handle: i32[HANDLE >> 2]!, information: information() };
}

/** Opens, and expects success. */
export function must(path: string, more: Partial<CreateRequest> = {}): number {
  const opened = create(path, more);
  if (opened.status !== 'SUCCESS') throw new Error(`${path}: ${opened.status}`);
  return opened.handle;
}

/** The name of a status without STATUS_. */
export function nameOf(status: NTSTATUS): string {
  return statusName(status).replace(/^STATUS_/, '');
}

const SYNC = c.FILE_SYNCHRONOUS_IO_NONALERT;

/** Makes a file with contents and closes it. */
export function makeFile(path: string, contents = ''): void {
  const handle = must(path, { disposition: c.FILE_OVERWRITE_IF,
    options: SYNC | c.FILE_NON_DIRECTORY_FILE });
  if (contents !== '') write(handle, 0, contents);
  close(handle);
}

/** Makes a directory. */
export function makeDirectory(path: string): void {
  close(must(path, { disposition: c.FILE_CREATE, options: SYNC | c.FILE_DIRECTORY_FILE }));
}

export function close(handle: number): void {
  NtClose(handle);
}

/** NtWriteFile of text (Latin-1). */
export function write(handle: number, offset: number, text: string): string {
  for (let i = 0; i < text.length; i++) u8[BUFFER + i] = text.charCodeAt(i);
  return nameOf(NtWriteFile(handle, 0, IOSB, BUFFER, text.length, offset));
}

/** NtReadFile; the text, or the name of the failing status. */
export function read(handle: number, offset: number, length: number): string {
  const status = NtReadFile(handle, 0, IOSB, BUFFER, length, offset);
  if (status < 0) return nameOf(status);
  return String.fromCharCode(...Array.from(u8.subarray(BUFFER, BUFFER + information())));
}

/** Reads a whole file by name. */
export function contentsOf(path: string): string {
  const handle = must(path, { desiredAccess: READ });
  const text = read(handle, 0, 65536);
  close(handle);
  return text === 'END_OF_FILE' ? '' : text;
}

/** NtQueryInformationFile into BUFFER. */
export function query(handle: number, informationClass: number, length = 4096): string {
  return nameOf(NtQueryInformationFile(handle, IOSB, BUFFER, length, informationClass));
}

/** NtSetInformationFile from BUFFER. */
export function set(handle: number, informationClass: number, length: number): string {
  return nameOf(NtSetInformationFile(handle, IOSB, BUFFER, length, informationClass));
}

export function queryVolume(handle: number, informationClass: number, length = 4096): string {
  return nameOf(NtQueryVolumeInformationFile(handle, IOSB, BUFFER, length, informationClass));
}

/** The name FileNameInformation tells. */
export function nameOfHandle(handle: number): string {
  query(handle, cls.FileNameInformation);
  return readUtf16(BUFFER + 4, i32[BUFFER >> 2]!);
}

/** Marks for deletion. */
export function dispose(handle: number, deletes = true): string {
  u8[BUFFER] = deletes ? 1 : 0;
  return set(handle, cls.FileDispositionInformation, 1);
}

/** Marks for deletion with flags of the Ex form. */
export function disposeEx(handle: number, flags: number): string {
  i32[BUFFER >> 2] = flags;
  return set(handle, cls.FileDispositionInformationEx, 4);
}

function nameRequest(name: string, flags: number): number {
  const full = name.startsWith('\\') ? `C:${name}` : name;
  i32[BUFFER >> 2] = flags;
  i32[(BUFFER + 4) >> 2] = 0;
  i32[(BUFFER + 8) >> 2] = full.length * 2;
  i32[(BUFFER + 12) >> 2] = 0;
  writeUtf16(BUFFER + 12, full);
  // No less than the structure, however short the name is.
  return Math.max(12 + full.length * 2, FILE_RENAME_INFORMATION.size);
}

/** Renames; a path begins with a backslash, a simple name stays in its directory. */
export function rename(handle: number, name: string, replace = false): string {
  return set(handle, cls.FileRenameInformation, nameRequest(name, replace ? 1 : 0));
}

export function renameEx(handle: number, name: string, flags: number): string {
  return set(handle, cls.FileRenameInformationEx, nameRequest(name, flags));
}

/** Makes a hard link. */
export function link(handle: number, name: string, replace = false): string {
  return set(handle, cls.FileLinkInformation, nameRequest(name, replace ? 1 : 0));
}

/** Sets one of the sizes. */
export function setSize(handle: number, informationClass: number, size: number): string {
  putLarge(BUFFER, size);
  return set(handle, informationClass, 8);
}

export function putLarge(at: number, value: number): void {
  i32[at >> 2] = value % 2 ** 32;
  i32[(at >> 2) + 1] = Math.floor(value / 2 ** 32);
}

export function getLarge(at: number): number {
  return (i32[at >> 2]! >>> 0) + i32[(at >> 2) + 1]! * 2 ** 32;
}

export interface ListOptions {
  readonly pattern?: string;
  readonly single?: boolean;
  readonly restart?: boolean;
  readonly length?: number;
}

/** One query of a directory by FileNamesInformation: the names, or the failing status. */
export function listOnce(handle: number, more: ListOptions = {}): string[] | string {
  const pattern = more.pattern === undefined ? 0 : STRING;
  if (more.pattern !== undefined) {
    setUnicode(STRING, TEXT, writeUtf16(TEXT, more.pattern), more.pattern.length * 2);
  }
  const status = NtQueryDirectoryFile(handle, IOSB, BUFFER, more.length ?? 65536,
    cls.FileNamesInformation, more.single ?? false, pattern, more.restart ?? false);
  return status < 0 ? nameOf(status) : namesInBuffer();
}

/** The names of FileNamesInformation entries in BUFFER. */
export function namesInBuffer(): string[] {
  const names: string[] = [];
  for (let at = BUFFER; ; at += i32[at >> 2]!) {
    names.push(readUtf16(at + 12, i32[(at + 8) >> 2]!));
    if (i32[at >> 2] === 0) return names;
  }
}

/** All names of a directory but the dots. */
export function list(path: string, pattern = '*'): string[] {
  const handle = must(path, { desiredAccess: READ, options: SYNC | c.FILE_DIRECTORY_FILE });
  const all: string[] = [];
  let part = listOnce(handle, { pattern });
  for (; typeof part !== 'string'; part = listOnce(handle)) all.push(...part);
  close(handle);
  return all.filter((name) => name !== '.' && name !== '..');
}

/** NtFsControlFile: input from INPUT, output to BUFFER. */
export function control(
  handle: number, code: number, inputLength = 0, outputLength = 4096,
): string {
  return nameOf(NtFsControlFile(handle, 0, IOSB, code, INPUT, inputLength, BUFFER, outputLength));
}

export function deviceControl(handle: number, code: number, outputLength = 4096): string {
  return nameOf(NtDeviceIoControlFile(handle, 0, IOSB, code, INPUT, 0, BUFFER, outputLength));
}

/** UTF-16 text at an address. */
export function textAt(at: number, bytes: number): string {
  return readUtf16(at, bytes);
}

export { IOSB, SYNC, UNICODE_STRING, u16 };
