// Share access: what those who have a stream open allow each other. A file system keeps one
// SHARE_ACCESS per stream, under its own lock, and asks here at each create and cleanup. Opens
// that neither read, write nor delete share with everyone and are not counted; nor are those of
// filters that ignore sharing (IO_IGNORE_SHARE_ACCESS_CHECK).
import { FILE_OBJECT, SHARE_ACCESS } from '../types.ts';
import { DELETE, FILE_APPEND_DATA, FILE_EXECUTE, FILE_READ_DATA, FILE_SHARE_DELETE,
  FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_WRITE_DATA } from '../file-constants.ts';
import { STATUS_SHARING_VIOLATION, STATUS_SUCCESS } from '../../status-codes.ts';
import { IoIsFileObjectIgnoringSharing } from '../object/file-extension.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT, PSHARE_ACCESS } from '../types.ts';

const f = FILE_OBJECT.bound;
const s = SHARE_ACCESS.bound;

/** Notes in the file object what it asks for; whether that is anything that can collide. */
function noteAccess(file: PFILE_OBJECT, access: number, share: number): boolean {
  const read = (access & (FILE_EXECUTE | FILE_READ_DATA)) !== 0;
  const write = (access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0;
  const deletes = (access & DELETE) !== 0;
  f.set_ReadAccess(file, read ? 1 : 0);
  f.set_WriteAccess(file, write ? 1 : 0);
  f.set_DeleteAccess(file, deletes ? 1 : 0);
  const collides = (read || write || deletes) && !IoIsFileObjectIgnoringSharing(file);
  f.set_SharedRead(file, collides && share & FILE_SHARE_READ ? 1 : 0);
  f.set_SharedWrite(file, collides && share & FILE_SHARE_WRITE ? 1 : 0);
  f.set_SharedDelete(file, collides && share & FILE_SHARE_DELETE ? 1 : 0);
  return collides;
}

function count(file: PFILE_OBJECT, share: PSHARE_ACCESS, by: number): void {
  s.set_OpenCount(share, s.OpenCount(share) + by);
  s.set_Readers(share, s.Readers(share) + by * f.ReadAccess(file));
  s.set_Writers(share, s.Writers(share) + by * f.WriteAccess(file));
  s.set_Deleters(share, s.Deleters(share) + by * f.DeleteAccess(file));
  s.set_SharedRead(share, s.SharedRead(share) + by * f.SharedRead(file));
  s.set_SharedWrite(share, s.SharedWrite(share) + by * f.SharedWrite(file));
  s.set_SharedDelete(share, s.SharedDelete(share) + by * f.SharedDelete(file));
}

function isCounted(file: PFILE_OBJECT): boolean {
  if (IoIsFileObjectIgnoringSharing(file)) return false;
  return f.ReadAccess(file) !== 0 || f.WriteAccess(file) !== 0 || f.DeleteAccess(file) !== 0;
}

/** Whether an open with this access and sharing agrees with those that are there. */
function agrees(file: PFILE_OBJECT, share: PSHARE_ACCESS): boolean {
  const opens = s.OpenCount(share);
  if (f.ReadAccess(file) !== 0 && s.SharedRead(share) < opens) return false;
  if (f.WriteAccess(file) !== 0 && s.SharedWrite(share) < opens) return false;
  if (f.DeleteAccess(file) !== 0 && s.SharedDelete(share) < opens) return false;
  if (s.Readers(share) !== 0 && f.SharedRead(file) === 0) return false;
  if (s.Writers(share) !== 0 && f.SharedWrite(file) === 0) return false;
  return s.Deleters(share) === 0 || f.SharedDelete(file) !== 0;
}

/**
 * Asks whether a further open is allowed, and with `Update` counts it. PASSIVE_LEVEL.
 *
 * @param DesiredAccess specific rights; generic ones must have been mapped.
 * @param DesiredShareAccess FILE_SHARE_*.
 * @returns STATUS_SHARING_VIOLATION when somebody's open excludes this one, or this one somebody's.
 */
export function IoCheckShareAccess(
  DesiredAccess: number,
  DesiredShareAccess: number,
  FileObject: PFILE_OBJECT,
  ShareAccess: PSHARE_ACCESS,
  Update: boolean,
): NTSTATUS {
  if (!noteAccess(FileObject, DesiredAccess, DesiredShareAccess)) return STATUS_SUCCESS;
  if (!agrees(FileObject, ShareAccess)) return STATUS_SHARING_VIOLATION;
  if (Update) count(FileObject, ShareAccess, 1);
  return STATUS_SUCCESS;
}

/** Begins the counting of a stream with its first open. PASSIVE_LEVEL. */
export function IoSetShareAccess(
  DesiredAccess: number,
  DesiredShareAccess: number,
  FileObject: PFILE_OBJECT,
  ShareAccess: PSHARE_ACCESS,
): void {
  const collides = noteAccess(FileObject, DesiredAccess, DesiredShareAccess);
  s.set_OpenCount(ShareAccess, 0);
  s.set_Readers(ShareAccess, 0);
  s.set_Writers(ShareAccess, 0);
  s.set_Deleters(ShareAccess, 0);
  s.set_SharedRead(ShareAccess, 0);
  s.set_SharedWrite(ShareAccess, 0);
  s.set_SharedDelete(ShareAccess, 0);
  if (collides) count(FileObject, ShareAccess, 1);
}

/** Counts an open that IoCheckShareAccess allowed without counting it. PASSIVE_LEVEL. */
export function IoUpdateShareAccess(FileObject: PFILE_OBJECT, ShareAccess: PSHARE_ACCESS): void {
  if (isCounted(FileObject)) count(FileObject, ShareAccess, 1);
}

/** Takes an open out of the count; at cleanup. PASSIVE_LEVEL. */
export function IoRemoveShareAccess(FileObject: PFILE_OBJECT, ShareAccess: PSHARE_ACCESS): void {
  if (isCounted(FileObject)) count(FileObject, ShareAccess, -1);
}
