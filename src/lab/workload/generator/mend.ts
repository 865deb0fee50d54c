// After a fault nobody knows what a step left behind: a create that failed above the file system
// may have made its file, a write may have been done in part. So the files of the step, and the
// names that it made, are deleted with faults off, and the books say so.
import { DELETE, FILE_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, SYNCHRONIZE }
  from '../../../ntos/io/file-constants.ts';
import { FileDispositionInformation }
  from '../../../ntos/io/information/information-classes.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '../../../ntos/io/file-constants.ts';
import { STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND }
  from '../../../ntos/status-codes.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { withoutFaults } from '../../../machine/faults/policy.ts';
import { faultStatuses } from '../books.ts';
import { openFile, setFile } from '../user/files.ts';
import { putInformation } from '../user/structures.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Run } from './run.ts';

/** Faults of another thread's work for this request may be under way when they are switched off. */
const ATTEMPTS = 20;

function removeOnce(run: Run, path: string): NTSTATUS {
  const opened = openFile(run.user, { path, DesiredAccess: DELETE | FILE_READ_ATTRIBUTES |
    SYNCHRONIZE, CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT });
  if (!NT_SUCCESS(opened.status)) return opened.status;
  const bytes = putInformation(run.page, FileDispositionInformation, { DeleteFile: true });
  const status = setFile(run.user, opened, FileDispositionInformation, run.page, bytes);
  run.close(opened);
  return status;
}

function remove(run: Run, path: string): void {
  let status = removeOnce(run, path);
  for (let n = 1; n < ATTEMPTS && faultStatuses.includes(status); n++) {
    status = removeOnce(run, path);
  }
  const isGone = status === STATUS_OBJECT_NAME_NOT_FOUND || status === STATUS_OBJECT_PATH_NOT_FOUND;
  if (!isGone) run.check(`delete ${path} after a fault`, status);
}

/** Makes a requestor know its files again if a fault came between; else forgets the step. */
export function mend(run: Run): void {
  const { tree } = run;
  if (run.isFaulted && !run.isNull) {
    withoutFaults(() => {
      for (const file of tree.touched) run.closeAll(file);
      const paths = new Set([...tree.named, ...Array.from(tree.touched, ({ path }) => path)]);
      for (const path of paths) remove(run, path);
    });
    for (const file of tree.touched) {
      file.exists = false;
      tree.resized(file, 0);
    }
    tree.extra.splice(0, Infinity, ...tree.extra.filter((path) => !tree.named.includes(path)));
  }
  run.isFaulted = false;
  tree.touched.clear();
  tree.named.length = 0;
}
