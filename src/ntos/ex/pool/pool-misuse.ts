// What the pool says to a caller that breaks its rules, with Windows' codes and subcodes (KRN-48).
// A block's header is the witness; where two causes are possible the evidence names both.
import { fillBytes, u32 as words, u8 } from '../../../mem/memory.ts';
import { MmUserProbeAddress, NONPAGED, PAGED } from '../../../mem/memory-map.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { boot } from '../../../mem/boot-options.ts';
import { BAD_POOL_CALLER, BAD_POOL_HEADER, DRIVER_VERIFIER_DETECTED_VIOLATION }
  from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { HEADER_SIZE, OWNER_MASK, PAGE_SLAB, RUN_CACHED, descriptorOf, freeWord,
  strides } from './pool-layout.ts';
import { poolTagName } from './pool-tags.ts';
import { TRAILER_BYTES } from './pool-trailer.ts';

const u32 = words;
const verifying = boot.verifier;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const poolName = (kind: number): string => (kind === 0 ? 'nonpaged' : 'paged');
const levelName = (kind: number): string => (kind === 0 ? 'DISPATCH_LEVEL' : 'APC_LEVEL');

/** Allocation of zero bytes. */
export function zeroBytes(kind: number, tag: number): never {
  const evidence = `an allocation of zero bytes with tag ${poolTagName(tag)} (KRN-48)`;
  if (verifying) {
    return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x00, 0, kind, 0, evidence);
  }
  return KeBugCheckEx(BAD_POOL_CALLER, 0x00, 0, kind, tag, evidence);
}

/** Allocation with tag 0 through a routine that cannot fail for it. */
export function zeroTag(kind: number, bytes: number): never {
  return KeBugCheckEx(BAD_POOL_CALLER, 0x9b, kind, bytes, 0,
    'an allocation with a tag of zero; give each allocation a tag (KRN-48)');
}

/** Allocation above the level of the pool. */
export function allocatedTooHigh(irql: number, kind: number, bytes: number): never {
  const evidence = `an allocation of ${bytes} bytes of ${poolName(kind)} pool at IRQL ${irql}; ` +
    `the highest is ${levelName(kind)} (KRN-48)`;
  if (verifying) {
    const subcode = kind === 0 ? 0x02 : 0x01;
    return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, irql, kind, bytes, evidence);
  }
  return KeBugCheckEx(BAD_POOL_CALLER, 0x08, irql, kind, bytes, evidence);
}

/** Free above the level of the pool. */
export function freedTooHigh(irql: number, kind: number, block: number): never {
  const evidence = `${poolName(kind)} pool at ${hex(block)} was freed at IRQL ${irql}; the ` +
    `highest is ${levelName(kind)} (KRN-48)`;
  if (verifying) {
    const subcode = kind === 0 ? 0x12 : 0x11;
    return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, subcode, irql, kind, block, evidence);
  }
  return KeBugCheckEx(BAD_POOL_CALLER, 0x09, irql, kind, block, evidence);
}

/** Free with a tag that the block does not carry. */
export function wrongTag(block: number, held: number, given: number): never {
  return KeBugCheckEx(BAD_POOL_CALLER, 0x0a, block, held, given,
    `pool at ${hex(block)} was allocated with tag ${poolTagName(held)} and freed with tag ` +
      `${poolTagName(given)} (KRN-48)`);
}

function freedTwice(block: number, header: number, who: number): never {
  return KeBugCheckEx(BAD_POOL_CALLER, 0x07, 0, header, block,
    `pool at ${hex(block)} was freed although it is free; processor ${who} freed it before ` +
      '(KRN-48)');
}

function neverAllocated(block: number): never {
  const evidence = `${hex(block)} was freed, but it is no address that the pool gave out (KRN-48)`;
  if (verifying) {
    return KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x10, block, 0, 0, evidence);
  }
  if (block < MmUserProbeAddress) {
    return KeBugCheckEx(BAD_POOL_CALLER, 0x40, block, MmUserProbeAddress, 0, evidence);
  }
  if (block < NONPAGED.start || block >= PAGED.end) {
    return KeBugCheckEx(BAD_POOL_CALLER, 0x42, block, 0, 0, evidence);
  }
  if (block < NONPAGED.end) return KeBugCheckEx(BAD_POOL_CALLER, 0x44, block, 0, 0, evidence);
  const page = Math.floor((block - PAGED.start) / PAGE_SIZE);
  return KeBugCheckEx(BAD_POOL_CALLER, 0x50, block, page, PAGED.end - PAGED.start, evidence);
}

/** A free whose address does not lead to an allocated block: names what is wrong with it. */
export function badFree(block: number): never {
  if (block < NONPAGED.start || block >= PAGED.end || block % 8 !== 0) neverAllocated(block);
  const info = u32[descriptorOf(block) >> 2]!;
  const state = info & 0xff;
  if (block % PAGE_SIZE === 0) {
    if (state === RUN_CACHED) freedTwice(block, info, info >>> 24);
    neverAllocated(block);
  }
  if (state !== PAGE_SLAB) neverAllocated(block);
  const cls = (info >>> 8) & 0xff;
  const kind = (info >>> 16) & 0xff;
  if (((block % PAGE_SIZE) - HEADER_SIZE) % strides[cls]! !== 0) neverAllocated(block);
  const word = u32[(block - 4) >> 2]!;
  if ((word & ~OWNER_MASK) === freeWord(block, kind, cls)) {
    freedTwice(block, word, (word >>> 18) & 0x3f);
  }
  const header = block - HEADER_SIZE;
  return KeBugCheckEx(BAD_POOL_HEADER, 0x20, header, header + strides[cls]!, word,
    `the header of pool block ${hex(block)} is overwritten (second word ${hex(word)}): the ` +
      'block before it was overrun, or this one underrun');
}

/** A block that should be free is not: somebody wrote to it, or freed it twice in a race. */
export function corruptFreeBlock(block: number, kind: number, cls: number): never {
  return KeBugCheckEx(BAD_POOL_HEADER, 0x03, block, cls, kind,
    `the free list of ${poolName(kind)} pool leads to ${hex(block)}, which is no free block of ` +
      'its size: freed pool was written to, or one block was freed by two threads at once');
}

const SLACK = 0xee;
const FRESH = 0xcd;
/** What a freed block is filled with. */
export const FREED = 0xdd;

/**
 * Marks the bytes between what was asked for and what the class has; checked at the free. The last
 * bytes of the room are the trailer's, which starts out empty.
 */
export function paintFresh(block: number, bytes: number, room: number): void {
  const trailer = block + room - TRAILER_BYTES;
  fillBytes(block, FRESH, bytes);
  fillBytes(block + bytes, SLACK, trailer - block - bytes);
  fillBytes(trailer, 0, TRAILER_BYTES);
}

/** Fails when the slack behind a block was written to. */
export function checkSlack(block: number, bytes: number, room: number): void {
  for (let at = block + bytes; at < block + room - TRAILER_BYTES; at++) {
    if (u8[at] === SLACK) continue;
    KeBugCheckEx(DRIVER_VERIFIER_DETECTED_VIOLATION, 0x51, block, at, bytes,
      `pool block ${hex(block)} of ${bytes} bytes was written to past its end, at ${hex(at)}`);
  }
}

/** Fills a freed block, so that who still reads it reads nonsense; its trailer stays. */
export function paintFreed(block: number, room: number): void {
  fillBytes(block, FREED, room - TRAILER_BYTES);
}

/** Told of each free when verifying, before the block is gone. */
export type FreeWatch = (block: number, bytes: number) => void;
const watches: FreeWatch[] = [];

/** Lets a room object to the freeing of memory in which one of its live objects lies. */
export function watchFrees(watch: FreeWatch): void {
  watches.push(watch);
}

/** Asks everyone who watches. */
export function announceFree(block: number, bytes: number): void {
  for (const watch of watches) watch(block, bytes);
}
