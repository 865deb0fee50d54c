// The seam to the oplock package (src/ntos/fsrtl/oplock.ts), which does not exist yet. Every place
// where NTFS calls it is marked in this file system by a call of one of the routines below.
//
// What they do today, exactly: a request for an oplock is answered STATUS_OPLOCK_NOT_GRANTED, an
// acknowledgement STATUS_INVALID_OPLOCK_PROTOCOL (nobody holds one), and a check before an
// operation says "go on" (STATUS_SUCCESS). No operation is ever held back for an oplock.
import { STATUS_INVALID_OPLOCK_PROTOCOL, STATUS_OPLOCK_NOT_GRANTED, STATUS_SUCCESS }
  from '../../ntos/status-codes.ts';
import { FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_NOTIFY, FSCTL_REQUEST_BATCH_OPLOCK,
  FSCTL_REQUEST_FILTER_OPLOCK, FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2 } from '../../ntos/io/control-codes.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PIRP } from '../../ntos/io/types.ts';
import type { PSCB } from './types.ts';

const requests: readonly number[] = [FSCTL_REQUEST_OPLOCK, FSCTL_REQUEST_OPLOCK_LEVEL_1,
  FSCTL_REQUEST_OPLOCK_LEVEL_2, FSCTL_REQUEST_BATCH_OPLOCK, FSCTL_REQUEST_FILTER_OPLOCK];
const acknowledgements: readonly number[] = [FSCTL_OPLOCK_BREAK_ACKNOWLEDGE,
  FSCTL_OPBATCH_ACK_CLOSE_PENDING, FSCTL_OPLOCK_BREAK_ACK_NO_2, FSCTL_OPLOCK_BREAK_NOTIFY];

/** Makes the oplock of a fresh SCB ready. */
export function initializeOplock(_scb: PSCB): void {}

/** Ends the oplock of an SCB that goes. */
export function uninitializeOplock(_scb: PSCB): void {}

/** Whether a control code belongs to the oplock package. */
export function isOplockControl(code: number): boolean {
  return requests.includes(code) || acknowledgements.includes(code);
}

/**
 * Handles an oplock control. When this returns STATUS_PENDING the IRP is the package's.
 * The caller holds no lock.
 */
export function controlOplock(_scb: PSCB, _irp: PIRP, code: number): NTSTATUS {
  return requests.includes(code) ? STATUS_OPLOCK_NOT_GRANTED : STATUS_INVALID_OPLOCK_PROTOCOL;
}

/**
 * Asks whether an operation on an open stream may go on; breaks the oplock otherwise. A pending
 * status would mean that the package holds the IRP and will start it again. The caller holds no lock.
 */
export function checkOplock(_scb: PSCB, _irp: PIRP): NTSTATUS {
  return STATUS_SUCCESS;
}

/**
 * The same for a create that found the stream, before share access is checked. Here the caller
 * holds the namespace resource and gives it back before it returns a pending status.
 */
export function checkOplockOfCreate(_scb: PSCB, _irp: PIRP): NTSTATUS {
  return STATUS_SUCCESS;
}

/** Whether the oplock allows fast I/O on the stream. Any IRQL. */
export function oplockAllowsFastIo(_scb: PSCB): boolean {
  return true;
}
