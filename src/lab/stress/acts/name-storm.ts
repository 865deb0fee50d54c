// Everybody makes, renames, links, lists and deletes a dozen names in one directory. Which of two
// wins is open; that a name has one file, and a file the bytes of one maker, is not: each maker
// writes cells with its own mark, and whoever reads a file must find a single mark in it.
import { i32 } from '../../../mem/memory.ts';
import * as c from '../../../ntos/io/file-constants.ts';
import * as cls from '../../../ntos/io/information/information-classes.ts';
import * as st from '../../../ntos/status-codes.ts';
import { CELL_BYTES, fillCells } from '../../workload/content/cells.ts';
import { readFile, setFile, writeFile } from '../../workload/user/files.ts';
import { list } from '../../workload/replay/clear-tree.ts';
import { putInformation, putRename } from '../../workload/user/structures.ts';
import { verifyCells } from '../../workload/content/verify.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { UserFile } from '../../workload/user.ts';
import type { Stage } from '../stage.ts';

const NAMES = 12;
const BYTES = 20 * CELL_BYTES;
const REPLACE_IF_EXISTS = 1;
const SYNC = c.FILE_SYNCHRONOUS_IO_NONALERT | c.FILE_NON_DIRECTORY_FILE;
/** What comes of two that want one name. */
const raced: readonly NTSTATUS[] = [st.STATUS_OBJECT_NAME_NOT_FOUND,
  st.STATUS_OBJECT_NAME_COLLISION, st.STATUS_DELETE_PENDING, st.STATUS_ACCESS_DENIED,
  st.STATUS_SHARING_VIOLATION, st.STATUS_FILE_DELETED, st.STATUS_CANNOT_DELETE];

const pathOf = (stage: Stage): string => `${stage.folder}\\names\\n${stage.prng.below(NAMES)}`;

function withFile(
  stage: Stage, access: number, disposition: number, work: (file: UserFile) => void,
): void {
  const file = stage.open('open', { path: pathOf(stage), DesiredAccess: access | c.SYNCHRONIZE,
    CreateDisposition: disposition, CreateOptions: SYNC }, raced);
  if (file === undefined) return;
  work(file);
  stage.close(file);
}

/** Nobody can read a file before its maker has written it: it is not shared until then. */
function make(stage: Stage): void {
  const id = (stage.index + 1) * 0x10000 + stage.prng.below(0xffff);
  const file = stage.open('make', { path: pathOf(stage), DesiredAccess: c.FILE_GENERIC_WRITE,
    CreateDisposition: c.FILE_CREATE, CreateOptions: SYNC, ShareAccess: 0 }, raced);
  if (file === undefined) return;
  fillCells(stage.data, BYTES, id, 0, 1);
  stage.check('write', writeFile(stage.user, file, stage.data, BYTES, 0));
  stage.close(file);
}

function read(stage: Stage): void {
  withFile(stage, c.FILE_GENERIC_READ, c.FILE_OPEN, (file) => {
    const status = readFile(stage.user, file, stage.data, BYTES, 0);
    const moved = stage.user.information;
    if (!stage.check('read', status, [st.STATUS_END_OF_FILE])) return;
    stage.content.readsChecked++;
    stage.content.bytesChecked += moved;
    const mark = i32[stage.data >> 2]!;
    if (moved === BYTES && verifyCells(stage.data, BYTES, mark, 0) < 0) return;
    stage.wrongContent(`${stage.folder}\\names: a file has ${moved} bytes, or those of two makers`);
  });
}

function rename(stage: Stage, informationClass: number): void {
  withFile(stage, c.DELETE | c.FILE_READ_ATTRIBUTES, c.FILE_OPEN, (file) => {
    const flags = stage.prng.chance(50) ? REPLACE_IF_EXISTS : 0;
    const bytes = putRename(stage.page, pathOf(stage), flags);
    stage.check('rename', setFile(stage.user, file, informationClass, stage.page, bytes), raced);
  });
}

function remove(stage: Stage): void {
  withFile(stage, c.DELETE | c.FILE_READ_ATTRIBUTES, c.FILE_OPEN, (file) => {
    const bytes = putInformation(stage.page, cls.FileDispositionInformation, { DeleteFile: true });
    stage.check('delete', setFile(stage.user, file, cls.FileDispositionInformation, stage.page,
      bytes), raced);
  });
}

/** A name is listed at most once, whatever happens meanwhile. */
function listNames(stage: Stage): void {
  const file = stage.open('open to list', { path: `${stage.folder}\\names`,
    DesiredAccess: c.FILE_GENERIC_READ, CreateOptions: c.FILE_DIRECTORY_FILE |
    c.FILE_SYNCHRONOUS_IO_NONALERT });
  if (file === undefined) return;
  const names = list(stage.user, file).map(({ name }) => name);
  stage.close(file);
  const strange = names.find((name) => !/^n\d+$/.test(name));
  if (strange !== undefined) stage.surprise(`the storm's directory lists ${strange}`);
}

/** Makes, renames and deletes until the round is over. */
export function nameStorm(stage: Stage): void {
  while (!stage.isOver) {
    const dice = stage.prng.below(100);
    if (dice < 30) make(stage);
    else if (dice < 55) read(stage);
    else if (dice < 75) rename(stage, cls.FileRenameInformation);
    else if (dice < 80) rename(stage, cls.FileLinkInformation);
    else if (dice < 93) remove(stage);
    else listNames(stage);
  }
}
