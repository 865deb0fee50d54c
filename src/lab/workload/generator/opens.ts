// Opens whose handles stay open for a while, and opens that fail on purpose.
import { FILE_ALL_ACCESS, FILE_CREATE, FILE_CREATED, FILE_DIRECTORY_FILE, FILE_GENERIC_READ,
  FILE_NON_DIRECTORY_FILE, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT, FILE_OPEN_IF,
  FILE_OPEN_REPARSE_POINT, FILE_READ_ATTRIBUTES, FILE_SYNCHRONOUS_IO_NONALERT, READ_CONTROL,
  SYNCHRONIZE } from '../../../ntos/io/file-constants.ts';
import { NT_SUCCESS, statusName } from '../../../ntos/status.ts';
import * as st from '../../../ntos/status-codes.ts';
import { openFile } from '../user/files.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { OpenRequest } from '../user/files.ts';
import type { HandleUse, OpenHandle, Run } from './run.ts';
import type { LabFile } from './tree.ts';

const ATTRIBUTES_ONLY = FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE;

function keepOpen(
  run: Run, request: OpenRequest, use: HandleUse, file: LabFile | undefined,
): OpenHandle | undefined {
  const opened = openFile(run.user, request);
  if (!run.check(`open ${request.path}`, opened.status)) return undefined;
  if (opened.information === FILE_CREATED && file !== undefined) {
    if (file.exists && !file.isShared) run.wrongContent(`${file.path}: it was lost`);
    file.exists = true;
  }
  return run.keep({ handle: opened.handle, asynchronous: opened.asynchronous, use, file,
    position: 0 });
}

/** Opens for data; a file that is not there is made. */
export function openData(run: Run, chosen?: LabFile): OpenHandle | undefined {
  const { prng, preset, tree } = run;
  const useShared = tree.shared.length > 0 && prng.chance(preset.opens.shared);
  const file = chosen ?? (useShared ? prng.pick(tree.shared) : tree.choose(prng));
  const isAsynchronous = prng.chance(preset.opens.asynchronous);
  // On null-fs nothing says that a file was made.
  if (run.isNull) file.exists = true;
  return keepOpen(run, {
    path: file.path, DesiredAccess: FILE_ALL_ACCESS,
    CreateDisposition: file.exists && !file.isShared ? FILE_OPEN : FILE_OPEN_IF,
    CreateOptions: FILE_NON_DIRECTORY_FILE | (isAsynchronous ? 0 : FILE_SYNCHRONOUS_IO_NONALERT),
  }, 'data', file);
}

function openAttributes(run: Run): OpenHandle | undefined {
  const file = run.tree.find(run.prng, true);
  if (file === undefined) return openData(run);
  return keepOpen(run, { path: file.path, DesiredAccess: ATTRIBUTES_ONLY,
    CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_REPARSE_POINT }, 'attributes', file);
}

/** Opens a directory of its own to list it. */
export function openDirectory(run: Run): OpenHandle | undefined {
  return keepOpen(run, {
    path: run.prng.pick(run.tree.directories), DesiredAccess: FILE_GENERIC_READ,
    CreateOptions: FILE_DIRECTORY_FILE | FILE_OPEN_FOR_BACKUP_INTENT | FILE_SYNCHRONOUS_IO_NONALERT,
  }, 'directory', undefined);
}

/** An open as the preset's shares of opens tell. */
export function openNext(run: Run): OpenHandle | undefined {
  const { prng, preset: { opens } } = run;
  if (prng.chance(opens.miss)) {
    miss(run);
    return undefined;
  }
  if (prng.chance(opens.directory)) return openDirectory(run);
  return prng.chance(opens.attributeOnly) ? openAttributes(run) : openData(run);
}

interface Miss {
  readonly request: OpenRequest;
  readonly status: NTSTATUS;
}

/** An open that must fail, and how. */
function nextMiss(run: Run): Miss {
  const { prng, tree } = run;
  const directory = prng.pick(tree.directories);
  const existing = tree.find(prng, true);
  const missing = { path: `${directory}\\missing${prng.below(100)}`,
    status: st.STATUS_OBJECT_NAME_NOT_FOUND };
  const base = { DesiredAccess: FILE_GENERIC_READ, CreateOptions: FILE_SYNCHRONOUS_IO_NONALERT };
  switch (prng.below(4)) {
    case 0:
      return { status: st.STATUS_OBJECT_PATH_NOT_FOUND,
        request: { ...base, path: `${tree.own}\\nowhere\\n${prng.below(100)}` } };
    case 1:
      return { status: st.STATUS_FILE_IS_A_DIRECTORY, request: { ...base, path: directory,
        CreateOptions: base.CreateOptions | FILE_NON_DIRECTORY_FILE } };
    case 2:
      return existing === undefined
        ? { status: missing.status, request: { ...base, path: missing.path } }
        : { status: st.STATUS_OBJECT_NAME_COLLISION,
          request: { ...base, path: existing.path, CreateDisposition: FILE_CREATE } };
    default:
      return { status: missing.status, request: { ...base, path: missing.path } };
  }
}

/** Opens what cannot be opened. */
export function miss(run: Run): void {
  const { request, status } = nextMiss(run);
  const opened = openFile(run.user, request);
  if (NT_SUCCESS(opened.status)) run.close(opened);
  if (run.isNull) return;
  if (opened.status === 0) run.surprise(`open ${request.path}: not ${statusName(status)}`);
  else run.check(`open ${request.path}`, opened.status, status);
}
