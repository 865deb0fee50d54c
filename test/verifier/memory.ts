// Pool for the locks and blocks of verifier tests.
import { ExAllocatePoolWithTag, ExFreePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';

const TAG = poolTag('Test');

/** Nonpaged pool, filled with garbage as the checked machine does. */
export function allocate(bytes: number): number {
  return ExAllocatePoolWithTag(0, bytes, TAG);
}

export function free(block: number): void {
  ExFreePoolWithTag(block, TAG);
}
