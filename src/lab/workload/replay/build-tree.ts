// Makes the files that a log shows to have existed, through the system services, as an
// administrator would: directories first, sparse files of the inferred size with contents where the
// log reads, then extended attributes, object identities, streams, reparse points, links, and last
// of all times and attributes. Guarantees: what cannot be made is named in `problems`, never
// silently left out. Simplification: other links of a file that the log does not name are not made
// up.
import { IO_REPARSE_TAG_MOUNT_POINT } from '../../../ntos/io/control-types.ts';
import { FSCTL_CREATE_OR_GET_OBJECT_ID, FSCTL_SET_REPARSE_POINT, FSCTL_SET_SPARSE }
  from '../../../ntos/io/control-codes.ts';
import { FileBasicInformation, FileEndOfFileInformation, FileLinkInformation }
  from '../../../ntos/io/information/information-classes.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import { STATUS_OBJECT_PATH_NOT_FOUND } from '../../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { statusName } from '../../trace/nt-status.ts';
import { parentPath } from '../../trace/volume-path.ts';
import { fillCells, INITIAL_VERSION } from '../content/cells.ts';
import { closeFile, openFile, setFile, writeFile } from '../user/files.ts';
import { control, setEa } from '../user/requests.ts';
import { eaBytes, nameRoom, putBasic, putFullEa, putInformation, putRename, putReparse }
  from '../user/structures.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PEPROCESS } from '../../../ntos/ob/process.ts';
import type { InitialFile } from '../../trace/inference/initial-state.ts';
import type { OpenResult } from '../user/files.ts';
import type { User, UserFile } from '../user.ts';
import type { ByteRange, TreeFile, TreePlan } from './plan-types.ts';

const ACCESS = c.FILE_GENERIC_READ | c.FILE_GENERIC_WRITE | c.DELETE;
const CHUNK = 64 * 1024;
const EA_NAME = 'LAB';
const LINK_TARGET = '\\??\\C:\\';
const SETTABLE = 0x31a7;

export class TreeBuilder {
  readonly problems: string[] = [];
  readonly #user: User;
  readonly #prefix: string;
  /** Added to every content class: the round's own numbers. */
  readonly #contentBase: number;

  constructor(user: User, prefix: string, contentBase: number) {
    this.#user = user;
    this.#prefix = prefix;
    this.#contentBase = contentBase;
  }

  /** Makes all directories, and the files that `pick` chooses by their place. */
  build(tree: TreePlan, pick: (index: number) => boolean): void {
    this.#user.act(0 as PEPROCESS, true);
    if (this.#prefix !== '') for (const volume of tree.volumes) this.#makeDirectory(volume, '\\');
    tree.files.forEach((file, index) => {
      const isDirectory = file.facts.kind === 'directory' && file.facts.linkOf === undefined;
      if (isDirectory && file.facts.ReparseTag === 0) {
        this.#makeDirectory(file.facts.volume, file.facts.path);
      }
      if (!isDirectory && file.facts.linkOf === undefined && pick(index)) this.#makeFile(file);
    });
  }

  /** What needs all files to be there: links, and what is said of directories. */
  finish(tree: TreePlan, pick: (index: number) => boolean): void {
    this.#user.act(0 as PEPROCESS, true);
    tree.files.forEach(({ facts }, index) => {
      if (!pick(index)) return;
      if (facts.linkOf !== undefined) this.#link(facts, facts.linkOf);
      else if (facts.kind === 'directory') this.#finishDirectory(facts);
    });
  }

  #place(volume: string, path: string): string {
    if (path === '\\') return volume + (this.#prefix === '' ? '\\' : this.#prefix);
    return volume + this.#prefix + path;
  }

  #check(what: string, status: NTSTATUS): boolean {
    if (NT_SUCCESS(status)) return true;
    this.problems.push(`${what}: ${statusName(status)}`);
    return false;
  }

  #makeDirectory(volume: string, path: string): void {
    const opened = this.#open(volume, path, c.FILE_DIRECTORY_FILE, 0);
    if (this.#check(this.#place(volume, path), opened.status)) closeFile(this.#user, opened);
  }

  /** Opens or creates; a missing parent is made first. */
  #open(volume: string, path: string, options: number, FileAttributes: number): OpenResult {
    const request = {
      path: this.#place(volume, path), DesiredAccess: ACCESS, FileAttributes,
      CreateDisposition: c.FILE_OPEN_IF,
      CreateOptions: options | c.FILE_SYNCHRONOUS_IO_NONALERT | c.FILE_OPEN_REPARSE_POINT |
        c.FILE_OPEN_FOR_BACKUP_INTENT,
    };
    const opened = openFile(this.#user, request);
    const parent = parentPath(path);
    if (opened.status !== STATUS_OBJECT_PATH_NOT_FOUND || parent === undefined) return opened;
    this.#makeDirectory(volume, parent);
    return openFile(this.#user, request);
  }

  #makeFile({ facts, content, ranges, streams }: TreeFile): void {
    const { volume, path } = facts;
    const where = this.#place(volume, path);
    const options = facts.kind === 'directory' ? c.FILE_DIRECTORY_FILE : c.FILE_NON_DIRECTORY_FILE;
    const opened = this.#open(volume, path, options, c.FILE_ATTRIBUTE_NORMAL);
    if (!this.#check(where, opened.status)) return;
    if (facts.kind === 'file') this.#putData(where, opened, facts.EndOfFile, content, ranges);
    for (const stream of streams) {
      const file = this.#open(volume, `${path}:${stream.name}`, c.FILE_NON_DIRECTORY_FILE, 0);
      if (!this.#check(`${where}:${stream.name}`, file.status)) continue;
      this.#putData(where, file, stream.EndOfFile, stream.content, stream.ranges);
      closeFile(this.#user, file);
    }
    this.#putExtras(where, opened, facts);
    this.#putBasic(where, opened, facts);
    closeFile(this.#user, opened);
  }

  #finishDirectory(facts: InitialFile): void {
    const where = this.#place(facts.volume, facts.path);
    const opened = this.#open(facts.volume, facts.path, c.FILE_DIRECTORY_FILE, 0);
    if (!this.#check(where, opened.status)) return;
    this.#putExtras(where, opened, facts);
    this.#putBasic(where, opened, facts);
    closeFile(this.#user, opened);
  }

  #putData(
    where: string, file: UserFile, end: number, content: number, ranges: readonly ByteRange[],
  ): void {
    if (end === 0) return;
    this.#control(where, file, FSCTL_SET_SPARSE, 0, () => 0);
    const buffer = this.#user.arena.take(CHUNK);
    putInformation(buffer, FileEndOfFileInformation, { EndOfFile: end });
    this.#check(where, setFile(this.#user, file, FileEndOfFileInformation, buffer, 8));
    for (const [from, to] of ranges) {
      for (let at = from; at < to; at += CHUNK) {
        const length = Math.min(CHUNK, to - at);
        fillCells(buffer, length, content + this.#contentBase, at, INITIAL_VERSION);
        this.#check(where, writeFile(this.#user, file, buffer, length, at));
      }
    }
    this.#user.arena.give(buffer);
  }

  /** A control with an input that `put` lays out; it returns its length. */
  #control(
    where: string, file: UserFile, code: number, room: number, put: (at: number) => number,
  ): void {
    const input = this.#user.arena.take(Math.max(16, room));
    const inputLength = put(input);
    this.#check(where, control(this.#user, file,
      { code, input, inputLength, output: 0, outputLength: 0 }));
    this.#user.arena.give(input);
  }

  #putExtras(where: string, file: UserFile, facts: InitialFile): void {
    if (facts.EaSize > 0) {
      const value = Math.max(0, facts.EaSize - eaBytes(EA_NAME, 0));
      const buffer = this.#user.arena.take(eaBytes(EA_NAME, value));
      const length = putFullEa(buffer, EA_NAME, value);
      this.#check(where, setEa(this.#user, file, buffer, length));
      this.#user.arena.give(buffer);
    }
    if (facts.hasObjectId) this.#makeObjectId(where, file);
    if (facts.ReparseTag === 0) return;
    const tag = facts.ReparseTag;
    const target = tag >>> 0 === IO_REPARSE_TAG_MOUNT_POINT ? LINK_TARGET : `${LINK_TARGET}target`;
    this.#control(where, file, FSCTL_SET_REPARSE_POINT, nameRoom(target),
      (at) => putReparse(at, tag, target));
  }

  #makeObjectId(where: string, file: UserFile): void {
    const output = this.#user.arena.take(64);
    this.#check(where, control(this.#user, file, { code: FSCTL_CREATE_OR_GET_OBJECT_ID,
      input: 0, inputLength: 0, output, outputLength: 64 }));
    this.#user.arena.give(output);
  }

  #putBasic(where: string, file: UserFile, facts: InitialFile): void {
    const buffer = this.#user.arena.take(64);
    const FileAttributes = (facts.FileAttributes & SETTABLE) || c.FILE_ATTRIBUTE_NORMAL;
    const { CreationTime, LastAccessTime, LastWriteTime, ChangeTime } = facts;
    const length = putBasic(buffer, { FileAttributes,
      ...(CreationTime !== undefined && { CreationTime }),
      ...(LastAccessTime !== undefined && { LastAccessTime }),
      ...(LastWriteTime !== undefined && { LastWriteTime }),
      ...(ChangeTime !== undefined && { ChangeTime }) });
    this.#check(where, setFile(this.#user, file, FileBasicInformation, buffer, length));
    this.#user.arena.give(buffer);
  }

  #link(facts: InitialFile, linkOf: string): void {
    const where = this.#place(facts.volume, facts.path);
    const opened = openFile(this.#user, { path: this.#place(facts.volume, linkOf),
      DesiredAccess: c.FILE_WRITE_ATTRIBUTES | c.SYNCHRONIZE,
      CreateOptions: c.FILE_SYNCHRONOUS_IO_NONALERT | c.FILE_OPEN_REPARSE_POINT });
    if (!this.#check(where, opened.status)) return;
    const name = `\\??\\${where}`;
    const buffer = this.#user.arena.take(nameRoom(name));
    const length = putRename(buffer, name, 0);
    this.#check(where, setFile(this.#user, opened, FileLinkInformation, buffer, length));
    this.#user.arena.give(buffer);
    closeFile(this.#user, opened);
  }
}
