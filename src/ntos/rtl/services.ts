// What the run-time library needs from rooms above it, as slots: the IRQL check of the checked
// configuration, and pool memory for the routines whose WDK contract is to allocate their result.
// rtl is the lowest room of the executive and may import neither ke nor ex; ob/rtl-services.ts
// fills the slots when the executive is loaded. Until then nothing is checked, and an allocation
// says what is missing instead of failing silently.
import { boot } from '../../mem/boot-options.ts';

/** Ends the machine when the current IRQL is above `highest`; the evidence names `routine`. */
export type IrqlCheck = (routine: string, highest: number) => void;

/** Paged memory for strings: `allocate` answers 0 when there is none. */
export interface StringPool {
  allocate(bytes: number): number;
  free(address: number): void;
}

const verifying = boot.verifier;

let irqlCheck: IrqlCheck | null = null;

let pool: StringPool = {
  allocate: () => {
    throw new Error('rtl has no pool yet: load ntos/ob/rtl-services.ts before using this routine');
  },
  free: () => {
    throw new Error('rtl has no pool yet: load ntos/ob/rtl-services.ts before using this routine');
  },
};

/** Sets what checks the IRQL of run-time routines; called once, at load. */
export function onIrqlCheck(check: IrqlCheck): void {
  irqlCheck = check;
}

/** Sets where allocating run-time routines take memory from; called once, at load. */
export function onStringPool(from: StringPool): void {
  pool = from;
}

/** In the checked configuration, ends the machine when the IRQL is above `highest`. */
export function checkIrql(routine: string, highest: number): void {
  if (verifying && irqlCheck !== null) irqlCheck(routine, highest);
}

/** Paged pool for a string; 0 when there is none. IRQL <= APC_LEVEL. */
export function allocateString(bytes: number): number {
  return pool.allocate(bytes);
}

/** Gives back what allocateString gave. IRQL <= APC_LEVEL. */
export function freeString(address: number): void {
  pool.free(address);
}
