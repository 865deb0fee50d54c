// ntintsafe: arithmetic that says when it overflows instead of wrapping around. On overflow the
// result is all ones and the status STATUS_INTEGER_OVERFLOW. IRQL: any.
import { i32 as words, u16 as halves } from '../../mem/memory.ts';
import { STATUS_INTEGER_OVERFLOW, STATUS_SUCCESS } from '../status-codes.ts';
import { writeInt64 } from './large-integer.ts';
import type { NTSTATUS } from '../status.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u16 = halves;
const ULONG_MAX = 0xffff_ffff;
const USHORT_MAX = 0xffff;

function storeUlong(at: OutPtr, value: number): NTSTATUS {
  const fits = value >= 0 && value <= ULONG_MAX;
  i32[at >> 2] = fits ? value : -1;
  return fits ? STATUS_SUCCESS : STATUS_INTEGER_OVERFLOW;
}

function storeUshort(at: OutPtr, value: number): NTSTATUS {
  const fits = value >= 0 && value <= USHORT_MAX;
  u16[at >> 1] = fits ? value : USHORT_MAX;
  return fits ? STATUS_SUCCESS : STATUS_INTEGER_OVERFLOW;
}

/** Adds two ULONGs. @param pulResult address of a ULONG. */
export function RtlULongAdd(ulAugend: number, ulAddend: number, pulResult: OutPtr): NTSTATUS {
  return storeUlong(pulResult, (ulAugend >>> 0) + (ulAddend >>> 0));
}

/** Subtracts a ULONG from another. */
export function RtlULongSub(ulMinuend: number, ulSubtrahend: number, pulResult: OutPtr): NTSTATUS {
  return storeUlong(pulResult, (ulMinuend >>> 0) - (ulSubtrahend >>> 0));
}

/** Multiplies two ULONGs. */
export function RtlULongMult(
  ulMultiplicand: number, ulMultiplier: number, pulResult: OutPtr,
): NTSTATUS {
  return storeUlong(pulResult, (ulMultiplicand >>> 0) * (ulMultiplier >>> 0));
}

/** RtlULongAdd for a SIZE_T, which has 32 bits here. */
export function RtlSIZETAdd(Augend: number, Addend: number, pResult: OutPtr): NTSTATUS {
  return RtlULongAdd(Augend, Addend, pResult);
}

/** RtlULongMult for a SIZE_T. */
export function RtlSIZETMult(Multiplicand: number, Multiplier: number, pResult: OutPtr): NTSTATUS {
  return RtlULongMult(Multiplicand, Multiplier, pResult);
}

/** Adds two USHORTs. @param pusResult address of a USHORT. */
export function RtlUShortAdd(usAugend: number, usAddend: number, pusResult: OutPtr): NTSTATUS {
  return storeUshort(pusResult, (usAugend & USHORT_MAX) + (usAddend & USHORT_MAX));
}

/** Subtracts a USHORT from another. */
export function RtlUShortSub(usMinuend: number, usSubtrahend: number, pusResult: OutPtr): NTSTATUS {
  return storeUshort(pusResult, (usMinuend & USHORT_MAX) - (usSubtrahend & USHORT_MAX));
}

/** Converts a ULONG to a USHORT. */
export function RtlULongToUShort(ulOperand: number, pusResult: OutPtr): NTSTATUS {
  return storeUshort(pusResult, ulOperand >>> 0);
}

/** Adds two 64-bit numbers, exact to 2^53. @param Result address of 8 bytes. */
export function RtlULongLongAdd(Augend: number, Addend: number, Result: number): NTSTATUS {
  const sum = Augend + Addend;
  const fits = sum < 18446744073709551616;
  writeInt64(Result, fits ? sum : -1);
  return fits ? STATUS_SUCCESS : STATUS_INTEGER_OVERFLOW;
}
