// A sequence lock: readers never write, and never stop a writer; a reader that met a writer tries
// again. For a few words that are read far more often than they change (a time, a generation).
//
//   do { s = beginSeqRead(at); a = load(x); b = load(y); } while (retrySeqRead(at, s));
//
// The protected words are read and written through the door, not plainly. Plain reads between the
// two looks at the sequence would do on x86, but the memory model lets them happen after the
// second look, and ARM processors do that.
//
// The sequence is odd while a writer is at work; writers exclude each other by a spin lock, which
// also records who the writer is.
import { atomic } from '../mem/field.ts';
import { struct } from '../mem/struct.ts';
import { EVERYBODY, add, load, notify } from './atomics.ts';
import { takeSlow } from './lock-word.ts';
import { AbandonedError, OwnershipError, isDead } from './owner.ts';
import { SPIN_THEN_PARK, sleepWhile, spinWhile } from './park.ts';
import { ownerOfSpin, releaseSpin, tryAcquireSpin } from './spin.ts';
import type { Ptr } from '../mem/pointer.ts';
import type { WaitStrategy } from './park.ts';

/** All zero is ready for use. */
export const SEQ_LOCK = struct('SYNC_SEQ_LOCK', {
  /** First, so that a dead writer is reported at the lock's own address. */
  writer: atomic(),
  sequence: atomic(),
  sleepers: atomic(),
});
const { at_sequence, at_writer, at_sleepers } = SEQ_LOCK.bound;
type PSEQ_LOCK = Ptr<'SYNC_SEQ_LOCK'>;
const NAME = 'sequence lock';

/** The sequence a read begins with; waits while a writer is at work. */
export function beginSeqRead(
  address: number,
  strategy: WaitStrategy = SPIN_THEN_PARK,
): number {
  const sequence = load(at_sequence(address as PSEQ_LOCK));
  return (sequence & 1) === 0 ? sequence : beginSlow(address, sequence, strategy);
}

function beginSlow(address: number, seen: number, strategy: WaitStrategy): number {
  const lock = address as PSEQ_LOCK;
  const at = at_sequence(lock);
  let sequence = spinWhile(at, seen, strategy);
  add(at_sleepers(lock), 1);
  try {
    for (;;) {
      if ((sequence & 1) === 0) return sequence;
      const writer = ownerOfSpin(at_writer(lock));
      if (isDead(writer)) throw new AbandonedError(NAME, address, writer);
      sleepWhile(at, sequence, Infinity, strategy);
      sequence = load(at);
    }
  } finally {
    add(at_sleepers(lock), -1);
  }
}

/** Whether what was read since `sequence` may be a mixture and must be read again. */
export function retrySeqRead(address: number, sequence: number): boolean {
  return load(at_sequence(address as PSEQ_LOCK)) !== sequence;
}

/** Keeps other writers out and makes readers wait or try again. */
export function beginSeqWrite(address: number, owner: number): void {
  if (!tryAcquireSpin(at_writer(address as PSEQ_LOCK), owner)) {
    takeSlow(NAME, address, owner, Infinity, SPIN_THEN_PARK);
  }
  add(at_sequence(address as PSEQ_LOCK), 1);
}

/**
 * Lets readers have what was written. In a dead writer's name, after a repair, it ends the write
 * wherever that was interrupted. Throws OwnershipError when `owner` is not the writer.
 */
export function endSeqWrite(address: number, owner: number): void {
  const lock = address as PSEQ_LOCK;
  if (ownerOfSpin(at_writer(lock)) !== owner) {
    throw new OwnershipError(NAME, address, owner, 'ends a write it did not begin');
  }
  if ((load(at_sequence(lock)) & 1) === 1) add(at_sequence(lock), 1);
  if (load(at_sleepers(lock)) !== 0) notify(at_sequence(lock), EVERYBODY);
  releaseSpin(at_writer(lock), owner);
}
