// ProbeForRead and ProbeForWrite: whether a buffer that an application named lies in user space.
// IRQL <= APC_LEVEL, inside try. A bad buffer raises STATUS_ACCESS_VIOLATION, a badly aligned one
// STATUS_DATATYPE_MISALIGNMENT; a length of 0 is never wrong.
import { USER, MmUserProbeAddress as probeAddress } from '../../mem/memory-map.ts';
import { raiseStatus } from '../ke/exception.ts';
import { APC_LEVEL } from '../ke/irql.ts';
import { checkIrql } from '../rtl/services.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_DATATYPE_MISALIGNMENT } from '../status-codes.ts';

function check(routine: string, address: number, length: number, alignment: number): boolean {
  checkIrql(routine, APC_LEVEL);
  if (length === 0) return false;
  const start = address >>> 0;
  const size = length >>> 0;
  if ((start & (alignment - 1)) !== 0) {
    raiseStatus(STATUS_DATATYPE_MISALIGNMENT, `${routine}(0x${start.toString(16)})`);
  }
  if (start + size > probeAddress) {
    raiseStatus(STATUS_ACCESS_VIOLATION, `${routine}(0x${start.toString(16)}, ${size})`);
  }
  return true;
}

/**
 * Checks that a buffer lies in user space. As on Windows nothing is touched: a NULL pointer passes
 * and faults when it is read.
 * @param Alignment 1, 2, 4, 8 or 16.
 */
export function ProbeForRead(Address: number, Length: number, Alignment: number): void {
  check('ProbeForRead', Address, Length, Alignment);
}

/** ProbeForRead that also writes to each page of the buffer: one that is not there raises. */
export function ProbeForWrite(Address: number, Length: number, Alignment: number): void {
  if (!check('ProbeForWrite', Address, Length, Alignment)) return;
  if (Address >>> 0 < USER.start) {
    raiseStatus(STATUS_ACCESS_VIOLATION, `ProbeForWrite(0x${(Address >>> 0).toString(16)})`);
  }
}
