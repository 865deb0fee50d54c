// Security descriptors as files keep them: self-relative, and shared by every file that has the
// same, which is most files of a directory. Guarded by the namespace resource.
import { copyBytes } from '../../../mem/memory.ts';
import { RAMFS_SECURITY } from '../types.ts';
import { TAG_SECURITY, givePool, takePaged } from '../pool.ts';
import type { PSECURITY } from '../types.ts';

const s = RAMFS_SECURITY.bound;
const BYTES_AT = RAMFS_SECURITY.size;

/** Where the descriptor itself begins. */
export function descriptorOf(security: PSECURITY): number {
  return security + BYTES_AT;
}

/** Keeps a copy of a self-relative descriptor, with one reference; NULL when there is no memory. */
export function keepSecurity(descriptor: number, length: number): PSECURITY {
  const security = takePaged(BYTES_AT + length, TAG_SECURITY) as PSECURITY;
  if (security === 0) return security;
  s.set_ReferenceCount(security, 1);
  s.set_Length(security, length);
  copyBytes(security + BYTES_AT, descriptor, length);
  return security;
}

/** One more file has it. */
export function referenceSecurity(security: PSECURITY): void {
  s.set_ReferenceCount(security, s.ReferenceCount(security) + 1);
}

/** One file less has it; it goes with the last. NULL is ignored. */
export function releaseSecurity(security: PSECURITY): void {
  if (security === 0) return;
  const left = s.ReferenceCount(security) - 1;
  s.set_ReferenceCount(security, left);
  if (left === 0) givePool(security, TAG_SECURITY);
}
