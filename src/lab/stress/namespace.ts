// The model of the namespace against the file system: what one directory of a requestor lists must
// be exactly the files that should be there. Directories that the requestor made itself are left
// out: they are told apart by being no file of its books.
import { FILE_DIRECTORY_FILE, FILE_GENERIC_READ, FILE_SYNCHRONOUS_IO_NONALERT }
  from '../../ntos/io/file-constants.ts';
import { openFile } from '../workload/user/files.ts';
import { list } from '../workload/replay/clear-tree.ts';
import type { Run } from '../workload/generator/run.ts';

const FILE_ATTRIBUTE_DIRECTORY = 0x10;

/** Lists one of the run's directories and books what differs. PASSIVE_LEVEL, nothing open. */
export function checkNamespace(run: Run): void {
  const path = run.prng.pick(run.tree.directories);
  const opened = openFile(run.user, { path, DesiredAccess: FILE_GENERIC_READ,
    CreateOptions: FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT });
  if (run.isFault(opened.status)) return;
  if (!run.check(`open ${path}`, opened.status)) return;
  const listed = list(run.user, opened)
    .filter(({ attributes }) => (attributes & FILE_ATTRIBUTE_DIRECTORY) === 0)
    .map(({ name }) => name);
  run.close(opened);
  const files = run.tree.files.filter((file) => file.exists && file.path.startsWith(`${path}\\`));
  const right = new Set(files.map((file) => file.path.slice(path.length + 1)));
  const lost = [...right].filter((name) => !listed.includes(name));
  const strange = listed.filter((name) => !right.has(name));
  for (const name of lost) run.wrongContent(`${path}: ${name} is there, but is not listed`);
  for (const name of strange) run.wrongContent(`${path}: ${name} is listed, but was taken away`);
}
