// FileEndOfFileInformation, FileAllocationInformation and FileValidDataLengthInformation: each
// under both of the stream's resources, since a file that gets shorter gives pages back.
import { FSRTL_ADVANCED_FCB_HEADER, IO_STACK_LOCATION } from '../../../ntos/io/types.ts';
import { FILE_END_OF_FILE_INFORMATION } from '../../../ntos/io/information/file-information.ts';
import { STATUS_DISK_FULL, STATUS_INVALID_PARAMETER, STATUS_RETRY, STATUS_SUCCESS }
  from '../../../ntos/status-codes.ts';
import { DID_CHANGE_SIZE, DID_WRITE, RAMFS_CCB, RAMFS_SCB, SCB_DIRECTORY } from '../types.ts';
import { lockMain, lockPaging, unlockMain, unlockPaging } from '../locks.ts';
import { MAX_FILE_SIZE, endOfFile, headOf, setAllocation, setEndOfFile, setValidData }
  from '../content/sizes.ts';
import { USN_REASON_DATA_EXTEND, USN_REASON_DATA_TRUNCATION, noteChange }
  from '../journal/journal.ts';
import { reportDone } from '../notify.ts';
import { isOvertaken } from './change.ts';
import { touchWrite } from './times.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { Change } from './change.ts';
import type { PFCB, PSCB } from '../types.ts';

const b = RAMFS_SCB.bound;
const c = RAMFS_CCB.bound;
const { ValidDataLength } = FSRTL_ADVANCED_FCB_HEADER.bound;
const { Parameters_SetFile_AdvanceOnly } = IO_STACK_LOCATION.bound;

/** The size that a request carries: the three structures are one LARGE_INTEGER each. */
function sizeOf(change: Change): number {
  return FILE_END_OF_FILE_INFORMATION.at(change.buffer).EndOfFile;
}

/** Changes sizes under both resources; what became of the end of file is recorded. */
function resize(change: Change, size: number, by: (scb: PSCB, size: number) => void): NTSTATUS {
  const { scb, ccb } = change;
  if (b.State(scb) & SCB_DIRECTORY || size < 0) return STATUS_INVALID_PARAMETER;
  if (size > MAX_FILE_SIZE) return STATUS_DISK_FULL;
  const fcb = b.Fcb(scb) as PFCB;
  lockMain(scb);
  if (isOvertaken(change)) {
    unlockMain(scb);
    return STATUS_RETRY;
  }
  lockPaging(scb);
  const before = endOfFile(scb);
  by(scb, size);
  const after = endOfFile(scb);
  c.set_Did(ccb, c.Did(ccb) | DID_WRITE | DID_CHANGE_SIZE);
  unlockPaging(scb);
  unlockMain(scb);
  if (after !== before) {
    touchWrite(fcb, ccb);
    noteChange(fcb, after > before ? USN_REASON_DATA_EXTEND : USN_REASON_DATA_TRUNCATION);
  }
  reportDone(change.vcb, fcb, ccb);
  return STATUS_SUCCESS;
}

/** FileEndOfFileInformation. The lazy writer's form (AdvanceOnly) never makes a file shorter. */
export function setEndOfFileSize(change: Change): NTSTATUS {
  const size = sizeOf(change);
  if (Parameters_SetFile_AdvanceOnly(change.location) === 0) {
    return resize(change, size, setEndOfFile);
  }
  return resize(change, size, (scb, to) => {
    const valid = Math.min(to, endOfFile(scb));
    if (valid > ValidDataLength(headOf(scb))) setValidData(scb, valid);
  });
}

/** FileAllocationInformation: below the end of file it makes the file shorter. */
export function setAllocationSize(change: Change): NTSTATUS {
  return resize(change, sizeOf(change), setAllocation);
}

/** FileValidDataLengthInformation: only upwards, and not beyond the end of file. */
export function setValidDataLength(change: Change): NTSTATUS {
  const { scb } = change;
  const valid = sizeOf(change);
  if (b.State(scb) & SCB_DIRECTORY) return STATUS_INVALID_PARAMETER;
  lockMain(scb);
  const overtaken = isOvertaken(change);
  const fits = valid >= ValidDataLength(headOf(scb)) && valid <= endOfFile(scb);
  if (fits && !overtaken) setValidData(scb, valid);
  unlockMain(scb);
  if (overtaken) return STATUS_RETRY;
  return fits ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}
