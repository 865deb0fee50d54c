// Blocks of pool and their drivers: whose routine allocated a block, where, and where it was freed,
// written into the block's trailer; and memory that is freed while a lock in it is held. What is
// wrong with a block itself (double free, wrong tag, overrun) the pool finds out.
import { trailer as fields } from '../../ntos/ex/pool/pool-trailer.ts';
import { threadOf } from '../../ntos/ke/prcb.ts';
import { POOL_GIVEN, POOL_TAKEN, lockKindNames } from '../../trace/event.ts';
import { currentCall, currentImage } from '../driver-frames.ts';
import { heldInside } from '../lock/held-locks.ts';
import { declassifyRange } from '../lock/lock-classes.ts';
import { report } from '../finding/report.ts';
import { noteStack } from '../finding/stack.ts';
import { internText } from '../finding/text-pool.ts';
import { threadName } from '../thread-names.ts';
import type { PPOOL_TRAILER } from '../../ntos/ex/pool/pool-trailer.ts';
import type { Rule } from '../rule.ts';

const { Image, set_Image, set_AllocatedAt, set_FreedAt, set_Routine, set_Bytes } = fields;

/** Routines whose memory the caller has to give back. */
const gives = /^(Ex|Flt|Io|Mm|Rtl)Allocate|^ExInitialize\w*Lookaside|^Rtl\w*String/;
const known = new Map<string, boolean>();

function isGiving(routine: string): boolean {
  let answer = known.get(routine);
  if (answer === undefined) {
    answer = gives.test(routine);
    known.set(routine, answer);
  }
  return answer;
}

function noteTaken(trailer: number, bytes: number): void {
  const image = currentImage();
  if (trailer === 0 || image < 0) return;
  const routine = currentCall();
  if (!isGiving(routine)) return;
  const at = trailer as PPOOL_TRAILER;
  set_AllocatedAt(at, noteStack());
  set_Routine(at, internText(routine));
  set_Bytes(at, bytes);
  set_Image(at, image + 1);
}

function judgeLocks(block: number, bytes: number): void {
  const lock = heldInside(block, block + bytes);
  if (lock === undefined) return;
  const kind = lockKindNames[lock.kind] ?? 'lock';
  report({
    rule: 'lock-usage.memory-freed',
    parameters: [0x100b, lock.address, threadOf(lock.processor), block],
    cause: `pool of ${bytes} bytes is freed that contains a ${kind} which ` +
      `${threadName(lock.processor)} holds`,
    stacks: [{ title: `${kind} acquired`, frames: lock.stack }],
  });
}

export const pool: Rule = {
  name: 'pool',
  on: {
    [POOL_TAKEN]: (_block, bytes, _tag, trailer) => noteTaken(trailer, bytes),
    [POOL_GIVEN]: (block, bytes, _tag, trailer) => {
      judgeLocks(block, bytes);
      declassifyRange(block, bytes);
      if (trailer === 0 || Image(trailer as PPOOL_TRAILER) === 0) return;
      set_FreedAt(trailer as PPOOL_TRAILER, noteStack());
    },
  },
};
