// Where a stream's oplock lies, in the head of its SCB, and what the head says of fast I/O for it.
import { FsRtlAreThereCurrentFileLocks } from '../../ntos/fsrtl/lock/byte-range-lock.ts';
import { FastIoIsNotPossible, FastIoIsPossible, FastIoIsQuestionable }
  from '../../ntos/fsrtl/filter-context.ts';
import { FsRtlOplockIsFastIoPossible } from '../../ntos/fsrtl/oplock/oplock-query.ts';
import { oplockGrants } from '../../ntos/fsrtl/oplock/oplock-state.ts';
import { FSRTL_ADVANCED_FCB_HEADER } from '../../ntos/io/types.ts';
import { RAMFS_SCB } from './types.ts';
import type { PFILE_LOCK } from '../../ntos/io/control-types.ts';
import type { PFSRTL_ADVANCED_FCB_HEADER } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

const { at_Header, at_FileLock } = RAMFS_SCB.bound;
const h = FSRTL_ADVANCED_FCB_HEADER.bound;

/** The head of an SCB. */
export function headOf(scb: PSCB): PFSRTL_ADVANCED_FCB_HEADER {
  return at_Header(scb) as PFSRTL_ADVANCED_FCB_HEADER;
}

/** The address of a stream's OPLOCK. */
export function oplockOf(scb: PSCB): number {
  return h.at_Oplock(headOf(scb));
}

/** Whether the oplock allows fast I/O on the stream. IRQL <= APC_LEVEL. */
export function oplockAllowsFastIo(scb: PSCB): boolean {
  return FsRtlOplockIsFastIoPossible(oplockOf(scb));
}

/** What an operation was let pass with that asked nothing but whether fast I/O is possible. */
export const PASSED_AS_FAST_IO = -1;

/** The oplocks granted on a stream so far; read before the check, for `mayGoOn`. */
export function grantsOf(scb: PSCB): number {
  return oplockGrants(oplockOf(scb));
}

/**
 * Whether an operation that was let pass may take place now: not when an oplock was granted since,
 * whose holder was not told. The caller holds the lock that excludes requests (Main, or the
 * namespace resource exclusively); after FALSE it asks again without it.
 *
 * @param passed what grantsOf gave before the check, or PASSED_AS_FAST_IO.
 */
export function mayGoOn(scb: PSCB, passed: number): boolean {
  return passed === PASSED_AS_FAST_IO ? oplockAllowsFastIo(scb) : grantsOf(scb) === passed;
}

/** Brings the head up to date after a check: a break that is under way forbids fast I/O. */
export function showOplock(scb: PSCB): void {
  const head = headOf(scb);
  if (!oplockAllowsFastIo(scb)) {
    h.set_IsFastIoPossible(head, FastIoIsNotPossible);
  } else if (h.IsFastIoPossible(head) === FastIoIsNotPossible) {
    const locked = FsRtlAreThereCurrentFileLocks(at_FileLock(scb) as PFILE_LOCK);
    h.set_IsFastIoPossible(head, locked ? FastIoIsQuestionable : FastIoIsPossible);
  }
}
