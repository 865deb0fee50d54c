// Gives the run-time library what lies above it: the IRQL check of the checked configuration, and
// paged pool for the strings it allocates. Loaded with the object manager, in every thread.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '../ex/pool/pool.ts';
import { PagedPool } from '../ex/types.ts';
import { DRIVER_VERIFIER_DETECTED_VIOLATION } from '../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../ke/bug-check.ts';
import { KeGetCurrentIrql } from '../ke/irql.ts';
import { onIrqlCheck, onStringPool } from '../rtl/services.ts';

/** The tag of strings that the run-time library allocates. */
const TAG = poolTag('Strg');
/** 0xC4/0xE5: a routine was called at a wrong IRQL (12.3). */
const TOO_HIGH = 0xe5;

onIrqlCheck((routine, highest) => {
  const irql = KeGetCurrentIrql();
  if (irql <= highest) return;
  KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, TOO_HIGH, irql, highest, 0,
    `${routine} at IRQL ${irql}; the highest is ${highest}`);
});

onStringPool({
  allocate: (bytes) => ExAllocatePoolWithTag(PagedPool, bytes, TAG),
  free: (address) => ExFreePoolWithTag(address, TAG),
});
