// What applications of a scenario do to files, in few words. Each call is a system service of this
// thread; a status comes back by name, so that a scenario reads like a story.
import { User } from '../../workload/user.ts';
import { closeFile, flushFile, openFile, readFile, setFile, writeFile }
  from '../../workload/user/files.ts';
import { cancelRequest, control, lockFile, pageWrite, queryDirectory, startControl }
  from '../../workload/user/requests.ts';
import { FileDirectoryInformation, FileDispositionInformation, FileDispositionInformationEx,
  FileEndOfFileInformation, FileRenameInformation }
  from '../../../ntos/io/information/information-classes.ts';
import { FILE_DISPOSITION_DELETE }
  from '../../../ntos/io/information/file-information.ts';
import { putRename } from '../../workload/user/structures.ts';
import { DELETE, FILE_CREATE, FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_IF, FILE_OVERWRITE_IF,
  FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT,
  GENERIC_READ, GENERIC_WRITE, SYNCHRONIZE }
  from '../../../ntos/io/file-constants.ts';
import { IRP_MJ_READ, IRP_MJ_WRITE } from '../../../ntos/io/constants.ts';
import { NtReadFile, NtWriteFile } from '../../../ntos/io/service/nt-read-write.ts';
import { fileByHandle, releaseFile } from '../../../ntos/io/service/service.ts';
import { delayExecution } from '../../../ntos/ke/thread.ts';
import { TICKS_PER_MS } from '../../../ntos/ke/time.ts';
import { fillBytes, u8 } from '../../../mem/memory.ts';
import { NT_SUCCESS, statusName } from '../../../ntos/status.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { OpenResult } from '../../workload/user/files.ts';
import type { PendingRequest } from '../../workload/user.ts';

const BUFFER_BYTES = 64 * 1024;
const dispositions = {
  open: FILE_OPEN, create: FILE_CREATE, openOrCreate: FILE_OPEN_IF, overwrite: FILE_OVERWRITE_IF,
} as const;

/** An open file, or one that did not open. */
export interface OpenFile extends OpenResult {
  readonly statusName: string;
}

export interface OpenOptions {
  readonly access?: number;
  readonly share?: number;
  readonly options?: number;
  readonly disposition?: keyof typeof dispositions;
}

function bare(code: number): Parameters<typeof control>[2] {
  return { code, input: 0, inputLength: 0, output: 0, outputLength: 0 };
}

/** The file services of one thread. */
export class Files {
  readonly user: User;
  readonly #buffer: number;

  constructor(index: number, count: number) {
    this.user = new User(index, count);
    this.#buffer = this.user.arena.take(BUFFER_BYTES);
  }

  /** Opens a file for reading, writing and deleting, unless `more` says otherwise. */
  open(path: string, more: OpenOptions = {}): OpenFile {
    const result = openFile(this.user, {
      path,
      DesiredAccess: more.access ?? (GENERIC_READ | GENERIC_WRITE | DELETE | SYNCHRONIZE),
      CreateDisposition: dispositions[more.disposition ?? 'open'],
      CreateOptions: more.options ?? (FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE),
      ...(more.share !== undefined && { ShareAccess: more.share }),
    });
    return { ...result, statusName: statusName(result.status) };
  }

  /** Opens a file or makes it. */
  create(path: string, more: OpenOptions = {}): OpenFile {
    return this.open(path, { disposition: 'openOrCreate', ...more });
  }

  /** Writes a text at an offset; the status. */
  write(file: OpenFile, offset: number, text: string): string {
    const bytes = new TextEncoder().encode(text);
    u8.set(bytes, this.#buffer);
    return statusName(writeFile(this.user, file, this.#buffer, bytes.length, offset));
  }

  /** Reads a text; the status instead when it fails. */
  read(file: OpenFile, offset: number, length: number): string {
    fillBytes(this.#buffer, 0, length);
    const status = readFile(this.user, file, this.#buffer, length, offset);
    if (!NT_SUCCESS(status)) return statusName(status);
    const bytes = u8.slice(this.#buffer, this.#buffer + this.user.information);
    return new TextDecoder().decode(bytes);
  }

  flush(file: OpenFile): string {
    return statusName(flushFile(this.user, file));
  }

  /** Sets the end of the file. */
  resize(file: OpenFile, size: number): string {
    fillBytes(this.#buffer, 0, 8);
    new DataView(u8.buffer).setUint32(this.#buffer, size, true);
    return this.#set(file, FileEndOfFileInformation, 8);
  }

  /** Lists a folder from its beginning, as far as the buffer goes. */
  list(folder: OpenFile): string {
    return statusName(queryDirectory(this.user, folder, {
      FileInformationClass: FileDirectoryInformation, FileName: undefined, RestartScan: true,
      ReturnSingleEntry: false,
    }, this.#buffer, BUFFER_BYTES));
  }

  /** Marks the file for deletion at its last close. */
  remove(file: OpenFile): string {
    u8[this.#buffer] = 1;
    return this.#set(file, FileDispositionInformation, 1);
  }

  /** Marks the file for deletion by the newer class of information. */
  removeEx(file: OpenFile): string {
    fillBytes(this.#buffer, 0, 4);
    u8[this.#buffer] = FILE_DISPOSITION_DELETE;
    return this.#set(file, FileDispositionInformationEx, 4);
  }

  /** Renames the file; `target` is a full path of the object manager. */
  rename(file: OpenFile, target: string): string {
    const length = putRename(this.#buffer, target, 1);
    return this.#set(file, FileRenameInformation, length);
  }

  #set(file: OpenFile, informationClass: number, length: number): string {
    const status: NTSTATUS = setFile(this.user, file, informationClass, this.#buffer, length);
    return statusName(status);
  }

  /** Locks a range at once or not at all. */
  lock(file: OpenFile, offset: number, length: number): string {
    return statusName(lockFile(this.user, file, {
      ByteOffset: offset, Length: length, Key: 0, FailImmediately: true, ExclusiveLock: true,
    }));
  }

  /** Sends a control code without buffers and waits for its end. */
  control(file: OpenFile, code: number): string {
    return statusName(control(this.user, file, bare(code)));
  }

  /** Sends a control code without buffers that may stay pending: an oplock request. */
  startControl(file: OpenFile, code: number, done: (status: string) => void): PendingRequest {
    const ended = (status: NTSTATUS): void => done(statusName(status));
    return startControl(this.user, file, bare(code), [], ended).request;
  }

  /** Begins a write of a file that was opened without FILE_SYNCHRONOUS_IO_*. */
  startWrite(
    file: OpenFile, offset: number, text: string, done: (status: string) => void,
  ): PendingRequest {
    const bytes = new TextEncoder().encode(text);
    const block = this.user.arena.take(Math.max(8, bytes.length));
    u8.set(bytes, block);
    return this.user.start(IRP_MJ_WRITE, (iosb, event) =>
      NtWriteFile(file.handle, event, iosb, block, bytes.length, offset), [block],
    (status) => done(statusName(status))).request;
  }

  /** Begins a read of a file that was opened without FILE_SYNCHRONOUS_IO_*. */
  startRead(
    file: OpenFile, offset: number, length: number, done: (status: string) => void,
  ): PendingRequest {
    const block = this.user.arena.take(Math.max(8, length));
    return this.user.start(IRP_MJ_READ, (iosb, event) =>
      NtReadFile(file.handle, event, iosb, block, length, offset), [block],
    (status) => done(statusName(status))).request;
  }

  /** Writes pages of the file back, as the memory manager does. */
  writeBack(file: OpenFile, offset: number, length: number): string {
    const fileObject = fileByHandle(file.handle, 0);
    if (fileObject < 0) return statusName(fileObject as NTSTATUS);
    const status = pageWrite(this.user, fileObject as PFILE_OBJECT, this.#buffer, length, offset);
    releaseFile(fileObject as PFILE_OBJECT);
    return statusName(status);
  }

  /** Sleeps; with late timeouts until nobody else can go on. */
  pause(milliseconds: number): void {
    delayExecution(-milliseconds * TICKS_PER_MS);
  }

  /** Asks for a pending request to end; it ends in `settle`. */
  cancel(file: OpenFile, request: PendingRequest): string {
    return statusName(cancelRequest(file, request));
  }

  /** Waits for what was started. */
  settle(): void {
    this.user.settle(60_000);
  }

  close(file: OpenFile): string {
    return file.handle === 0 ? file.statusName : statusName(closeFile(this.user, file));
  }
}

/** How a file is opened whose requests go as IRPs and may end later, in another thread. */
export const asynchronous: OpenOptions = { options: FILE_NON_DIRECTORY_FILE };
/** How a file is opened that others may have open as well. */
export const shared: OpenOptions = {
  share: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
};
