// Access masks of files: generic rights are mapped to specific ones before a create, and every
// later request is checked against what the handle was granted.
import { FILE_GENERIC_EXECUTE, FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_ALL_ACCESS,
  GENERIC_ALL, GENERIC_EXECUTE, GENERIC_READ, GENERIC_WRITE } from '../file-constants.ts';

/**
 * Replaces generic rights by the file's specific ones (IoGetFileObjectGenericMapping).
 * MAXIMUM_ALLOWED stays: only the file system knows how much that is.
 */
export function mapGenericAccess(desired: number): number {
  let mask = desired >>> 0;
  if (mask & GENERIC_READ) mask |= FILE_GENERIC_READ;
  if (mask & GENERIC_WRITE) mask |= FILE_GENERIC_WRITE;
  if (mask & GENERIC_EXECUTE) mask |= FILE_GENERIC_EXECUTE;
  if (mask & GENERIC_ALL) mask |= FILE_ALL_ACCESS;
  const generic = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL;
  return (mask & ~generic) >>> 0;
}
