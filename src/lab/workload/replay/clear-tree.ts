// Deletes a directory with all that lies in it, as an application does: list, delete, list again
// until nothing is listed.
// Guarantees: nothing is followed (reparse points are deleted themselves); read-only files are made
// writable first; what cannot be deleted is counted, not waited for.
import { i32 } from '../../../mem/memory.ts';
import { readUtf16 } from '../../../ntos/rtl/unicode-string.ts';
import { FILE_DIRECTORY_INFORMATION } from '../../../ntos/io/information/file-information.ts';
import { FileBasicInformation, FileDirectoryInformation }
  from '../../../ntos/io/information/information-classes.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { closeFile, openFile, setFile } from '../user/files.ts';
import { queryDirectory } from '../user/requests.ts';
import { putBasic } from '../user/structures.ts';
import type { PEPROCESS } from '../../../ntos/ob/process.ts';
import type { User, UserFile } from '../user.ts';

const SYNC = c.FILE_SYNCHRONOUS_IO_NONALERT | c.FILE_OPEN_REPARSE_POINT |
  c.FILE_OPEN_FOR_BACKUP_INTENT;
const LIST_BYTES = 16 * 1024;
const info = FILE_DIRECTORY_INFORMATION;
const NAME_AT = info.offsets['FileName'] ?? 64;
type PINFO = Parameters<typeof info.bound.FileAttributes>[0];

export interface Entry {
  readonly name: string;
  readonly attributes: number;
}

/** Names that one query listed; '.' and '..' are left out. */
function entriesAt(buffer: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = buffer; ;) {
    const p = at as PINFO;
    const name = readUtf16(at + NAME_AT, info.bound.FileNameLength(p));
    if (name !== '.' && name !== '..') {
      entries.push({ name, attributes: info.bound.FileAttributes(p) });
    }
    const next = i32[at >> 2]!;
    if (next === 0) return entries;
    at += next;
  }
}

/** Names of a directory, as many as one query lists from its start. */
export function list(user: User, file: UserFile): Entry[] {
  const buffer = user.arena.take(LIST_BYTES);
  const found: Entry[] = [];
  for (let restart = true; ; restart = false) {
    const status = queryDirectory(user, file, { FileInformationClass: FileDirectoryInformation,
      FileName: undefined, RestartScan: restart, ReturnSingleEntry: false }, buffer, LIST_BYTES);
    if (!NT_SUCCESS(status)) break;
    found.push(...entriesAt(buffer));
  }
  user.arena.give(buffer);
  return found;
}

function makeWritable(user: User, path: string): void {
  const opened = openFile(user, { path, CreateOptions: SYNC,
    DesiredAccess: c.FILE_WRITE_ATTRIBUTES | c.SYNCHRONIZE });
  if (!NT_SUCCESS(opened.status)) return;
  const buffer = user.arena.take(64);
  const length = putBasic(buffer, { FileAttributes: c.FILE_ATTRIBUTE_NORMAL });
  setFile(user, opened, FileBasicInformation, buffer, length);
  user.arena.give(buffer);
  closeFile(user, opened);
}

function deleteOne(user: User, path: string): boolean {
  const opened = openFile(user, { path, DesiredAccess: c.DELETE | c.SYNCHRONIZE,
    CreateOptions: SYNC | c.FILE_DELETE_ON_CLOSE });
  if (!NT_SUCCESS(opened.status)) return false;
  closeFile(user, opened);
  return true;
}

/** Deletes a directory and everything below it; how many names are left over. PASSIVE_LEVEL. */
export function clearTree(user: User, path: string): number {
  user.act(0 as PEPROCESS, true);
  const opened = openFile(user, { path, CreateOptions: SYNC | c.FILE_DIRECTORY_FILE,
    DesiredAccess: c.FILE_LIST_DIRECTORY | c.SYNCHRONIZE });
  if (!NT_SUCCESS(opened.status)) return 1;
  const entries = list(user, opened);
  closeFile(user, opened);
  let left = 0;
  for (const { name, attributes } of entries) {
    const child = `${path}\\${name}`;
    const isLink = (attributes & c.FILE_ATTRIBUTE_REPARSE_POINT) !== 0;
    if ((attributes & c.FILE_ATTRIBUTE_READONLY) !== 0) makeWritable(user, child);
    if ((attributes & c.FILE_ATTRIBUTE_DIRECTORY) !== 0 && !isLink) left += clearTree(user, child);
    else if (!deleteOne(user, child)) left++;
  }
  return left + (deleteOne(user, path) ? 0 : 1);
}
