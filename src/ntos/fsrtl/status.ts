// Which statuses an exception handler of a file system or filter may swallow.
import { STATUS_ACCESS_VIOLATION, STATUS_DATATYPE_MISALIGNMENT, STATUS_ILLEGAL_INSTRUCTION }
  from '../status-codes.ts';
import { asStatus } from '../status.ts';
import type { NTSTATUS } from '../status.ts';

const STATUS_INSTRUCTION_MISALIGNMENT = asStatus(0xc00000aa);
const bugs = new Set<number>([STATUS_DATATYPE_MISALIGNMENT, STATUS_ACCESS_VIOLATION,
  STATUS_ILLEGAL_INSTRUCTION, STATUS_INSTRUCTION_MISALIGNMENT]);

/** FALSE for what only a bug raises (an access violation), TRUE for all others. Any IRQL. */
export function FsRtlIsNtstatusExpected(Exception: number): boolean {
  return !bugs.has(Exception | 0);
}

/** The status itself when it is expected, else the generic one. Any IRQL. */
export function FsRtlNormalizeNtstatus(Exception: number, GenericException: number): NTSTATUS {
  return asStatus(FsRtlIsNtstatusExpected(Exception) ? Exception : GenericException);
}
