// Section synchronisation and its siblings: what the memory manager and the cache manager ask of a
// file system before they map, write back or flush a stream. Each acquisition is given back by the
// matching release, in the same thread, which stays in a critical region in between.
import { ExReleaseResourceLite } from '../../ntos/ex/lock/resource.ts';
import { KeEnterCriticalRegion, KeLeaveCriticalRegion } from '../../ntos/ke/apc.ts';
import { i32 } from '../../mem/memory.ts';
import { FILE_OBJECT, SHARE_ACCESS } from '../../ntos/io/types.ts';
import { STATUS_FILE_LOCKED_WITH_ONLY_READERS, STATUS_FILE_LOCKED_WITH_WRITERS,
  STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../ntos/status-codes.ts';
import { RAMFS_SCB, SCB_DIRECTORY, SCB_VOLUME } from './types.ts';
import { lockMainForSection } from './oplock.ts';
import { shareMain, shareNamespace, sharePaging, unlockMain, unlockNamespace,
  unlockPaging } from './locks.ts';
import type { PERESOURCE } from '../../ntos/ex/types.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT, PSHARE_ACCESS } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

/** FS_FILTER_SECTION_SYNC_TYPE. */
export const SyncTypeOther = 0;
export const SyncTypeCreateSection = 1;

const b = RAMFS_SCB.bound;
const { Writers } = SHARE_ACCESS.bound;
const { FsContext } = FILE_OBJECT.bound;

/** The data stream of a file object; NULL for the volume, a directory, or a closed one. */
function streamOf(file: PFILE_OBJECT): PSCB {
  const scb = FsContext(file) as PSCB;
  return (scb === 0 || b.State(scb) & (SCB_VOLUME | SCB_DIRECTORY) ? 0 : scb) as PSCB;
}

/** What a section is synchronised on: a data stream, or the volume itself (as NTFS lets it). */
function sectionStreamOf(file: PFILE_OBJECT): PSCB {
  const scb = FsContext(file) as PSCB;
  return (scb === 0 || b.State(scb) & SCB_DIRECTORY ? 0 : scb) as PSCB;
}

/**
 * Takes a stream's main resource exclusively before a section of it is made or looked at.
 * PASSIVE_LEVEL.
 *
 * @param SyncType SyncTypeOther or SyncTypeCreateSection. @param PageProtection of the section: a
 *   writable one ends granular oplocks.
 * @returns STATUS_SUCCESS for SyncTypeOther; for a section to be made whether somebody has the
 *   stream open for writing: STATUS_FILE_LOCKED_WITH_WRITERS or _WITH_ONLY_READERS, both of which
 *   are successes. STATUS_INVALID_PARAMETER, and nothing taken, for a directory.
 */
export function RamfsAcquireForSection(
  FileObject: PFILE_OBJECT,
  SyncType: number,
  PageProtection: number,
): NTSTATUS {
  const scb = sectionStreamOf(FileObject);
  if (scb === 0) return STATUS_INVALID_PARAMETER;
  KeEnterCriticalRegion();
  lockMainForSection(scb, SyncType, PageProtection);
  if (SyncType !== SyncTypeCreateSection) return STATUS_SUCCESS;
  shareNamespace(b.Vcb(scb));
  const writers = Writers(b.at_ShareAccess(scb) as PSHARE_ACCESS);
  unlockNamespace(b.Vcb(scb));
  return writers === 0 ? STATUS_FILE_LOCKED_WITH_ONLY_READERS : STATUS_FILE_LOCKED_WITH_WRITERS;
}

/** Gives back what RamfsAcquireForSection took. */
export function RamfsReleaseForSection(FileObject: PFILE_OBJECT): NTSTATUS {
  unlockMain(sectionStreamOf(FileObject));
  KeLeaveCriticalRegion();
  return STATUS_SUCCESS;
}

/**
 * Takes what a write-back by the modified page writer needs: the paging resource, shared.
 *
 * @param ResourceToRelease where the resource goes that RamfsReleaseForModWrite gives back.
 */
export function RamfsAcquireForModWrite(
  FileObject: PFILE_OBJECT,
  _EndingOffset: number,
  ResourceToRelease: number,
): NTSTATUS {
  const scb = streamOf(FileObject);
  if (scb === 0) return STATUS_INVALID_PARAMETER;
  KeEnterCriticalRegion();
  sharePaging(scb);
  if (ResourceToRelease !== 0) i32[ResourceToRelease >> 2] = b.at_PagingIoResource(scb);
  return STATUS_SUCCESS;
}

/** Gives back what RamfsAcquireForModWrite took. */
export function RamfsReleaseForModWrite(
  FileObject: PFILE_OBJECT,
  ResourceToRelease: number,
): NTSTATUS {
  const own = b.at_PagingIoResource(streamOf(FileObject));
  ExReleaseResourceLite((ResourceToRelease === 0 ? own : ResourceToRelease) as PERESOURCE);
  KeLeaveCriticalRegion();
  return STATUS_SUCCESS;
}

/** Takes what a flush of the cache needs: both resources, shared. */
export function RamfsAcquireForCcFlush(FileObject: PFILE_OBJECT): NTSTATUS {
  const scb = streamOf(FileObject);
  if (scb === 0) return STATUS_INVALID_PARAMETER;
  KeEnterCriticalRegion();
  shareMain(scb);
  sharePaging(scb);
  return STATUS_SUCCESS;
}

/** Gives back what RamfsAcquireForCcFlush took. */
export function RamfsReleaseForCcFlush(FileObject: PFILE_OBJECT): NTSTATUS {
  const scb = streamOf(FileObject);
  unlockPaging(scb);
  unlockMain(scb);
  KeLeaveCriticalRegion();
  return STATUS_SUCCESS;
}
