// @hot  The locks of the FsRtl packages (byte-range locks, directory notification, oplocks). A
// package's own structure may be freed while a cancel routine is on its way to it, so the lock that
// guards a structure does not lie inside it: it is one of 64 in the FsRtl roots, chosen by the
// structure's address. Stripes are leaves: nobody takes a second one or calls out while holding
// one, so packages that share a stripe cannot deadlock. Beside each lock lies a list that it
// guards, for what is looked up by address (oplock keys).
import { array, atomic, ULONG } from '../../mem/field.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { fillBytes } from '../../mem/memory.ts';
import { InitializeListHead, flink } from '../rtl/list-entry.ts';
import { LIST_ENTRY } from '../rtl/types.ts';
import { acquireKernelLock, releaseKernelLock } from '../ke/kernel-lock.ts';

const acquire = acquireKernelLock;
const release = releaseKernelLock;
const STRIPES = 64;

const STRIPE = struct('FSRTL_STRIPE', {
  Lock: atomic(),
  Bucket: LIST_ENTRY,
  Rest: array(ULONG, 13),
});
const FSRTL_ROOT = struct('FSRTL_ROOT', { Stripes: array(STRIPE, STRIPES) });
const root = systemRoot('fsrtl', FSRTL_ROOT.size);

const bucketAt = STRIPE.offsets['Bucket'] ?? 4;

/**
 * Frees every stripe and empties every bucket. A machine whose memory is new needs no call: zeros
 * are free stripes with empty buckets.
 */
export function initializeStripes(): void {
  fillBytes(root, 0, FSRTL_ROOT.size);
}

function stripeOf(structure: number): number {
  // Structures are pool blocks of a few sizes: the bits above the alignment differ most.
  const hash = Math.imul(structure >>> 3, 0x9e3779b1) >>> 26;
  return root + hash * STRIPE.size;
}

/** Takes the lock that guards a structure. A few dozen instructions at most; no waiting inside. */
export function lockStripe(structure: number): void {
  acquire(stripeOf(structure));
}

/** Gives it back. */
export function unlockStripe(structure: number): void {
  release(stripeOf(structure));
}

/** Whether nothing is looked up by a structure's address; what its owner put there is seen. */
export function isBucketEmpty(structure: number): boolean {
  const bucket = stripeOf(structure) + bucketAt;
  const first = flink(bucket);
  return first === 0 || first === bucket;
}

/** The list that is guarded by a structure's stripe, which is held: its first use makes it one. */
export function bucketOf(structure: number): number {
  const bucket = stripeOf(structure) + bucketAt;
  if (flink(bucket) === 0) InitializeListHead(bucket);
  return bucket;
}
