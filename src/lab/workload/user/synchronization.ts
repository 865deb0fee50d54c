// What the memory and cache managers ask of a file system on a file object: section
// synchronisation, and the acquisitions before a write-back or a flush.
// Guarantees: whatever is acquired is released before the call returns, in the same thread; the
// acquisition and the release are counted as one operation each.
import { i32 } from '../../../mem/memory.ts';
import { FsRtlAcquireFileForCcFlush, FsRtlAcquireFileForModWrite, FsRtlAcquireToCreateMappedSection,
  FsRtlReleaseFile, FsRtlReleaseFileForCcFlush, FsRtlReleaseFileForModWrite }
  from '../../../ntos/io/service/section-sync.ts';
import * as mj from '../../../ntos/io/constants.ts';
import { NT_SUCCESS } from '../../../ntos/status.ts';
import { STATUS_SUCCESS } from '../../../ntos/status-codes.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../../ntos/io/types.ts';
import type { User } from '../user.ts';

export type Acquisition = 'section' | 'mod-write' | 'cc-flush';

const majors: Readonly<Record<Acquisition, readonly [number, number]>> = {
  'section': [mj.IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION,
    mj.IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION],
  'mod-write': [mj.IRP_MJ_ACQUIRE_FOR_MOD_WRITE, mj.IRP_MJ_RELEASE_FOR_MOD_WRITE],
  'cc-flush': [mj.IRP_MJ_ACQUIRE_FOR_CC_FLUSH, mj.IRP_MJ_RELEASE_FOR_CC_FLUSH],
};

/** Acquires and releases; what the acquisition answered. PASSIVE_LEVEL. */
export function synchronize(
  user: User, file: PFILE_OBJECT, kind: Acquisition, SyncType = 0, PageProtection = 0,
): NTSTATUS {
  const [acquire, release] = majors[kind];
  // ResourceToRelease, and behind it the ending offset.
  const words = user.arena.take(16);
  i32.fill(0, words >> 2, (words + 16) >> 2);
  const status = user.call(acquire, undefined, () =>
    acquireFor(file, kind, words, SyncType, PageProtection));
  if (NT_SUCCESS(status)) {
    user.call(release, undefined, () => {
      releaseFor(file, kind, i32[words >> 2]!);
      return STATUS_SUCCESS;
    });
  }
  user.arena.give(words);
  return status;
}

function acquireFor(
  file: PFILE_OBJECT, kind: Acquisition, words: number, syncType: number, protection: number,
): NTSTATUS {
  if (kind === 'section') return FsRtlAcquireToCreateMappedSection(file, protection, syncType);
  if (kind === 'mod-write') return FsRtlAcquireFileForModWrite(file, words + 8, words);
  return FsRtlAcquireFileForCcFlush(file);
}

function releaseFor(file: PFILE_OBJECT, kind: Acquisition, resource: number): void {
  if (kind === 'section') FsRtlReleaseFile(file);
  else if (kind === 'mod-write') FsRtlReleaseFileForModWrite(file, resource);
  else FsRtlReleaseFileForCcFlush(file);
}
