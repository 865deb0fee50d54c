// Threads that allocate and free at full speed, for the pool's test on real threads.
import { add, exchange } from '#src/atomics-sync/atomics.ts';
import { PARK, parkWhile } from '#src/atomics-sync/park.ts';
import { fillBytes, i32, u8 } from '#src/mem/memory.ts';
import { ExAllocatePoolWithTag, ExFreePoolWithTag, flushMagazines, poolTag }
  from '#src/ntos/ex/pool/pool.ts';
import type { Thread } from '#test/support/thread.ts';

const TAG = poolTag('Thrd');
const SIZES = [8, 24, 100, 100, 100, 500, 2000, 4000, 4096, 9000, 70000];

interface Shared {
  /** Slots through which blocks change hands: an address each. */
  readonly slots: number;
  readonly slotCount: number;
  readonly rounds: number;
  readonly flush: boolean;
}

/** A block says in its first words how long it is, and is filled with the number of its owner. */
function claim(block: number, bytes: number, owner: number): void {
  fillBytes(block, owner, bytes);
  i32[block >> 2] = bytes;
}

function check(block: number): void {
  const bytes = i32[block >> 2]!;
  const owner = u8[block + 4]!;
  for (const at of [block + 5, block + (bytes >> 1), block + bytes - 1]) {
    if (at >= block + 4 && u8[at] !== owner) throw new Error('a block was given out twice');
  }
  ExFreePoolWithTag(block, TAG);
}

/**
 * Puts blocks of all sizes into slots that all threads share, and frees what was in them: so a
 * block is mostly freed by another thread than allocated it.
 */
export function churn(thread: Thread<Shared>): number {
  const { slots, slotCount, rounds, flush } = thread.args;
  let random = thread.owner * 7919;
  for (let n = 0; n < rounds; n++) {
    thread.at('round', n);
    random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
    const bytes = SIZES[(random >>> 8) % SIZES.length]!;
    const kind = (random >>> 4) & 1;
    const block = ExAllocatePoolWithTag(kind, bytes, TAG);
    if (block === 0) throw new Error('the pool is exhausted');
    claim(block, bytes, thread.owner);
    const slot = slots + 4 * ((random >>> 16) % slotCount);
    const before = exchange(slot, block);
    if (before !== 0) check(before);
  }
  if (flush) flushMagazines();
  return rounds;
}

/** Fills its magazines, keeps three blocks, and then sleeps until the test ends the thread. */
export function keepAndSleep(thread: Thread<{ ready: number }>): void {
  const blocks = Array.from({ length: 50 }, () => ExAllocatePoolWithTag(0, 100, TAG));
  while (blocks.length > 3) ExFreePoolWithTag(blocks.pop()!, TAG);
  add(thread.args.ready, 1);
  parkWhile(thread.args.ready, 1, Infinity, PARK);
}
