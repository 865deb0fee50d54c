// The kinds of operation that are a whole story: an open, some work, a close. They make, read,
// change, rename and delete the requestor's own files.
// Guarantees: a file that is deleted or replaced has no other handle of this requestor open, and
// nobody else opens it; so its name is free when the story ends.
import { DELETE, FILE_ALL_ACCESS, FILE_CREATE, FILE_DIRECTORY_FILE, FILE_GENERIC_READ,
  FILE_GENERIC_WRITE, FILE_NON_DIRECTORY_FILE, FILE_OVERWRITE_IF, FILE_READ_ATTRIBUTES,
  SYNCHRONIZE } from '../../../ntos/io/file-constants.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import { flushFile, queryFile, setFile } from '../user/files.ts';
import { queryAttributes } from '../user/requests.ts';
import { putInformation, putRename } from '../user/structures.ts';
import { readWhole, resize, writeAt, writeWhole } from './transfers.ts';
import { openData } from './opens.ts';
import { mapSection } from './steps.ts';
import type { UserFile } from '../user.ts';
import type { LabFile } from './tree.ts';
import type { Run } from './run.ts';

const QUERY_BYTES = 64;
const REPLACE_IF_EXISTS = 1;
const DELETE_ACCESS = DELETE | FILE_READ_ATTRIBUTES | SYNCHRONIZE;

/** A file that exists; one is made when there is none. */
function someFile(run: Run): LabFile | undefined {
  const file = run.tree.find(run.prng, true);
  if (file === undefined) createFile(run);
  return file;
}

function withFile(
  run: Run, what: string, file: LabFile, access: number, work: (opened: UserFile) => void,
): void {
  const opened = run.openFor(what, { path: file.path, DesiredAccess: access,
    CreateOptions: FILE_NON_DIRECTORY_FILE });
  if (opened === undefined) return;
  work(opened);
  run.close(opened);
}

/** Makes a file with contents; when no name is free, one is overwritten. */
function make(run: Run, ends: (opened: UserFile) => void): LabFile | undefined {
  const file = run.tree.find(run.prng, false) ?? run.tree.choose(run.prng);
  const opened = run.openFor('create', { path: file.path, DesiredAccess: FILE_ALL_ACCESS,
    CreateDisposition: file.exists ? FILE_OVERWRITE_IF : FILE_CREATE,
    CreateOptions: FILE_NON_DIRECTORY_FILE });
  if (opened === undefined) return undefined;
  file.exists = true;
  run.tree.resized(file, 0);
  writeWhole(run, opened, file, run.tree.newSize(run.prng));
  ends(opened);
  run.close(opened);
  return file;
}

export function createFile(run: Run): void {
  make(run, () => undefined);
}

export function createMail(run: Run): void {
  make(run, (opened) => run.check('flush', flushFile(run.user, opened)));
}

export function readFileWhole(run: Run): void {
  const useShared = run.tree.shared.length > 0 && run.prng.chance(run.preset.opens.shared);
  const file = useShared ? run.prng.pick(run.tree.shared) : someFile(run);
  if (file === undefined) return;
  withFile(run, 'open to read', file, FILE_GENERIC_READ, (opened) => readWhole(run, opened, file));
}

export function appendFile(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  withFile(run, 'open to append', file, FILE_GENERIC_WRITE | FILE_GENERIC_READ, (opened) => {
    writeAt(run, opened, file, file.size, run.choices.write.of(run.prng));
  });
}

/** Reads a mail box whole, appends a mail, sees it to the disk. */
export function updateMail(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  withFile(run, 'open mail', file, FILE_GENERIC_WRITE | FILE_GENERIC_READ, (opened) => {
    readWhole(run, opened, file);
    writeAt(run, opened, file, file.size, run.choices.write.of(run.prng));
    run.check('flush', flushFile(run.user, opened));
  });
}

/** Appends to a log whose handle stays open; a log that is full begins anew. */
export function appendLog(run: Run): void {
  const log = run.tree.files[0]!;
  const handle = run.findHandle(({ file, use }) => file === log && use === 'data')
    ?? openData(run, log);
  if (handle === undefined) return;
  const bytes = run.choices.write.of(run.prng);
  if (!run.tree.hasRoom(log, log.size + bytes)) resize(run, handle, log, 0);
  writeAt(run, handle, log, log.size, bytes);
}

export function stat(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  run.check(`attributes of ${file.path}`, queryAttributes(run.user, file.path));
}

function dispose(run: Run, opened: UserFile): boolean {
  const bytes = putInformation(run.page, cls.FileDispositionInformation, { DeleteFile: true });
  return run.check('delete',
    setFile(run.user, opened, cls.FileDispositionInformation, run.page, bytes));
}

function deletePath(run: Run, path: string, options = FILE_NON_DIRECTORY_FILE): boolean {
  const opened = run.openFor('open to delete', { path, DesiredAccess: DELETE_ACCESS,
    CreateOptions: options });
  if (opened === undefined) return false;
  const isDeleted = dispose(run, opened);
  run.close(opened);
  return isDeleted;
}

export function deleteFile(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  run.closeAll(file);
  if (!deletePath(run, file.path)) return;
  file.exists = false;
  run.tree.resized(file, 0);
}

function renameTo(
  run: Run, file: LabFile, path: string, informationClass: number, flags: number,
): boolean {
  let isDone = false;
  withFile(run, 'open to rename', file, DELETE_ACCESS, (opened) => {
    const bytes = putRename(run.page, path, flags);
    isDone = run.check(`${file.path} to ${path}`,
      setFile(run.user, opened, informationClass, run.page, bytes));
  });
  return isDone;
}

/** To a name that never was, perhaps in another directory; handles of the file stay open. */
export function rename(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  const path = run.tree.newName();
  if (renameTo(run, file, path, cls.FileRenameInformation, 0)) file.path = path;
}

/** Over a file that exists, as editors and compilers save. */
export function replace(run: Run): void {
  const file = someFile(run);
  const target = run.tree.find(run.prng, true);
  if (file === undefined || target === undefined || target === file) return;
  run.closeAll(target);
  const { path } = target;
  if (!renameTo(run, file, path, cls.FileRenameInformation, REPLACE_IF_EXISTS)) return;
  target.exists = false;
  run.tree.resized(target, 0);
  target.path = run.tree.newName();
  file.path = path;
}

/** A second name, taken away again. */
export function link(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  const path = run.tree.newName();
  if (renameTo(run, file, path, cls.FileLinkInformation, 0)) deletePath(run, path);
}

export function makeDirectory(run: Run): void {
  const path = run.tree.newName();
  const made = run.openFor('make directory', { path, DesiredAccess: FILE_GENERIC_READ,
    CreateDisposition: FILE_CREATE, CreateOptions: FILE_DIRECTORY_FILE });
  if (made === undefined) return;
  run.close(made);
  run.tree.extra.push(path);
}

export function removeDirectory(run: Run): void {
  const path = run.tree.extra.pop();
  if (path === undefined) makeDirectory(run);
  else deletePath(run, path, FILE_DIRECTORY_FILE);
}

/** What a virus scanner does with a file. */
export function scan(run: Run): void {
  const file = someFile(run);
  if (file === undefined) return;
  withFile(run, 'open to scan', file, FILE_GENERIC_READ, (opened) => {
    run.check('query', queryFile(run.user, opened, cls.FileStandardInformation, run.page,
      QUERY_BYTES));
    mapSection(run, opened.handle);
    readWhole(run, opened, file);
  });
}
