// errno as NTSTATUS: what an NT file system answers where Linux answered with an error.
// Guarantees: one rule per errno and situation. An error that says nothing about the file system
// (a signal, a full descriptor table, a bad address) has no status; such calls are left out.
import * as codes from '../../../ntos/status-codes.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { NameTree, TreeNode } from './name-tree.ts';

/** Errors with one counterpart wherever they occur. */
const PLAIN: Readonly<Record<string, NTSTATUS>> = {
  EACCES: codes.STATUS_ACCESS_DENIED,
  EPERM: codes.STATUS_ACCESS_DENIED,
  EBADF: codes.STATUS_ACCESS_DENIED,
  EROFS: codes.STATUS_MEDIA_WRITE_PROTECTED,
  EEXIST: codes.STATUS_OBJECT_NAME_COLLISION,
  EISDIR: codes.STATUS_FILE_IS_A_DIRECTORY,
  ENOTEMPTY: codes.STATUS_DIRECTORY_NOT_EMPTY,
  EBUSY: codes.STATUS_SHARING_VIOLATION,
  ETXTBSY: codes.STATUS_SHARING_VIOLATION,
  ENAMETOOLONG: codes.STATUS_OBJECT_NAME_INVALID,
  ELOOP: codes.STATUS_STOPPED_ON_SYMLINK,
  ENOSPC: codes.STATUS_DISK_FULL,
  EDQUOT: codes.STATUS_DISK_FULL,
  EFBIG: codes.STATUS_FILE_TOO_LARGE,
  EMLINK: codes.STATUS_TOO_MANY_LINKS,
  EIO: codes.STATUS_IO_DEVICE_ERROR,
  EINVAL: codes.STATUS_INVALID_PARAMETER,
  EOPNOTSUPP: codes.STATUS_NOT_SUPPORTED,
  ENOTSUP: codes.STATUS_NOT_SUPPORTED,
};

/** Errors of the process or of the kernel, not of the file system. */
const NOT_THE_FILE = new Set([
  'EINTR', 'EAGAIN', 'EFAULT', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSYS', 'ENODEV', 'ENXIO', 'ESPIPE',
  'ENOTTY', 'ERESTARTSYS', 'ERESTARTNOINTR', 'ERESTARTNOHAND', 'ERESTART_RESTARTBLOCK', 'EXDEV',
  'ENOEXEC', 'EDEADLK', 'ENOLCK', 'EPIPE', 'ETIMEDOUT', 'ECANCELED',
]);

/** What a call wanted of the name, as far as an error depends on it. */
export interface NameIntent {
  /** The call makes the last component (O_CREAT, mkdir, link): only its folder can be missing. */
  readonly creates?: boolean;
  /** The call wants a folder (O_DIRECTORY, rmdir). */
  readonly wantsDirectory?: boolean;
}

/**
 * Status for a failed call on a name, after noting in the tree what the error tells.
 * @returns undefined when the error is not about the file system; a string for an unknown errno
 */
export function nameStatus(
  tree: NameTree, node: TreeNode, error: string, intent: NameIntent,
): NTSTATUS | string | undefined {
  if (error === 'ENOENT') {
    const pathMissing = intent.creates === true || tree.parentMissing(node);
    if (intent.creates === true && node.parent) tree.missing(node.parent);
    else if (!pathMissing) tree.missing(node);
    return pathMissing ? codes.STATUS_OBJECT_PATH_NOT_FOUND : codes.STATUS_OBJECT_NAME_NOT_FOUND;
  }
  if (error === 'ENOTDIR') {
    const lastIsFile = intent.wantsDirectory === true && !tree.parentMissing(node);
    return lastIsFile ? codes.STATUS_NOT_A_DIRECTORY : codes.STATUS_OBJECT_PATH_NOT_FOUND;
  }
  if (error === 'EEXIST') tree.present(node);
  if (error === 'EISDIR' || error === 'ENOTEMPTY') tree.present(node, 'directory');
  return plainStatus(error);
}

/** Status for a failed call on an open file; see `nameStatus` for what it returns. */
export function plainStatus(error: string): NTSTATUS | string | undefined {
  return PLAIN[error] ?? (NOT_THE_FILE.has(error) ? undefined : error);
}
