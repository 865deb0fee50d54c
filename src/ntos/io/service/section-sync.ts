// What the memory manager asks of a file system before it maps a file, and tells it afterwards:
// acquire and release for section synchronisation (OP-6). FSFilter operations: no IRP, no buffers,
// in the caller's thread.
import { i32 } from '../../../mem/memory.ts';
import { routineTable } from '../../../mem/routine.ts';
import { popFrame, pushFrame, stackAlloc } from '../../../mem/stack.ts';
import { APC_LEVEL, KeLowerIrql, KfRaiseIrql } from '../../ke/irql.ts';
import { STATUS_SUCCESS } from '../../status-codes.ts';
import { IoGetRelatedDeviceObject } from '../object/device.ts';
import { fastIoEntry } from '../fast-io.ts';
import type { NTSTATUS } from '../../status.ts';
import type { PFILE_OBJECT } from '../types.ts';

/** FS_FILTER_SECTION_SYNC_TYPE. */
export const SyncTypeOther = 0;
export const SyncTypeCreateSection = 1;
/** FS_FILTER_SECTION_SYNC_OUTPUT: StructureSize, SizeReturned, Flags, DesiredReadAlignment. */
const SYNC_OUTPUT_SIZE = 16;

/** Calls an entry of the fast table of the file's top device; success where there is none. */
function callTop(file: PFILE_OBJECT, member: string, ...args: number[]): NTSTATUS {
  const device = IoGetRelatedDeviceObject(file);
  const entry = fastIoEntry(device, member);
  if (entry === 0) return STATUS_SUCCESS;
  return routineTable[entry]!(file, ...args, device) as NTSTATUS;
}

/** Acquires a file before a section of it is made. PASSIVE_LEVEL; the thread must release it. */
export function FsRtlAcquireToCreateMappedSection(
  file: PFILE_OBJECT,
  PageProtection: number,
  syncType: number = SyncTypeCreateSection,
): NTSTATUS {
  const frame = pushFrame();
  const output = stackAlloc(SYNC_OUTPUT_SIZE);
  i32[output >> 2] = SYNC_OUTPUT_SIZE;
  // Nobody protects pages when nothing is mapped (OP-6).
  const protection = syncType === SyncTypeOther ? 0 : PageProtection;
  const status = callTop(file, 'AcquireFileForNtCreateSection', syncType, protection, output);
  popFrame(frame);
  return status;
}

/** Releases what FsRtlAcquireToCreateMappedSection acquired, in the same thread. */
export function FsRtlReleaseFile(file: PFILE_OBJECT): void {
  callTop(file, 'ReleaseFileForNtCreateSection');
}

/** Acquires a file before the modified page writer writes it back. IRQL <= APC_LEVEL. */
export function FsRtlAcquireFileForModWrite(
  file: PFILE_OBJECT,
  endingOffset: number,
  resourceToRelease: number,
): NTSTATUS {
  return callTop(file, 'AcquireForModWrite', endingOffset, resourceToRelease);
}

/**
 * Releases it: the resource is what the acquisition stored. It runs as part of a special kernel APC
 * of the writer, so always at APC_LEVEL (OP-7).
 */
export function FsRtlReleaseFileForModWrite(file: PFILE_OBJECT, resource: number): void {
  const irql = KfRaiseIrql(APC_LEVEL);
  callTop(file, 'ReleaseForModWrite', resource);
  KeLowerIrql(irql);
}

/** Acquires a file before the cache manager flushes it. IRQL <= APC_LEVEL. */
export function FsRtlAcquireFileForCcFlush(file: PFILE_OBJECT): NTSTATUS {
  return callTop(file, 'AcquireForCcFlush');
}

/** Releases what FsRtlAcquireFileForCcFlush acquired, in the same thread. */
export function FsRtlReleaseFileForCcFlush(file: PFILE_OBJECT): void {
  callTop(file, 'ReleaseForCcFlush');
}
