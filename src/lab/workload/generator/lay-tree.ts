// Makes the files of a generator before its mix begins: the same directories, sizes and contents
// that every Tree of the same preset, seed and requestor expects.
import { FILE_ALL_ACCESS, FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_IF } from '../../../ntos/io/file-constants.ts';
import { CELL_BYTES, fillCells } from '../content/cells.ts';
import { writeFile } from '../user/files.ts';
import { INITIAL_WRITE } from './tree.ts';
import type { UserFile } from '../user.ts';
import type { LabFile } from './tree.ts';
import type { Run } from './run.ts';

function writeInitial(run: Run, handle: UserFile, file: LabFile): void {
  const most = Math.floor(run.maxTransfer / CELL_BYTES) * CELL_BYTES;
  for (let at = 0; at < file.size; at += most) {
    const bytes = Math.min(most, file.size - at);
    if (!run.isNull) fillCells(run.buffer, bytes, file.id, at, INITIAL_WRITE);
    run.check(`write ${file.path}`, writeFile(run.user, handle, run.buffer, bytes, at));
  }
}

/** A shared file is everybody's to make: each writes the same. */
function layFile(run: Run, file: LabFile): void {
  const made = run.openFor('make', { path: file.path, DesiredAccess: FILE_ALL_ACCESS,
    CreateDisposition: FILE_OPEN_IF, CreateOptions: FILE_NON_DIRECTORY_FILE });
  if (made === undefined) return;
  writeInitial(run, made, file);
  run.close(made);
}

/** Makes a requestor's directories and files as its tree says that they are at first. */
export function layTree(run: Run): void {
  const { tree } = run;
  const folders = [tree.root, `${tree.root}\\shared`, tree.own, ...tree.directories];
  for (const path of folders) {
    const made = run.openFor('make directory', { path, DesiredAccess: FILE_GENERIC_READ,
      CreateDisposition: FILE_OPEN_IF, CreateOptions: FILE_DIRECTORY_FILE });
    if (made !== undefined) run.close(made);
  }
  for (const file of [...tree.shared, ...tree.files]) {
    if (file.exists) layFile(run, file);
  }
}
