// Who may own a lock, and whether they still live. A thread that dies cannot release what it
// holds, so each owner has a word in the machine's memory, the host marks it when a worker is
// gone, and whoever waits for that owner learns it at the next slice of its wait.
//
// Owner ids are 1..MAX_OWNERS; 0 is nobody. In a machine a thread's owner is its processor + 1; a
// user of atomics-sync alone enlists. An id that nobody enlisted counts as alive.
import { MAX_OWNERS } from '../mem/param.ts';
import { SYNC_WORDS } from '../mem/memory-map.ts';
import { compareExchange, here, load } from './atomics.ts';
import type { Door } from './atomics.ts';

const UNUSED = 0;
const ALIVE = 1;
const DEAD = 2;

/** The owners' words: one line after the allocator's cursor (words.ts), indexed by owner. */
const OWNERS = SYNC_WORDS.start + 64;
/** The first byte after the owners' words. */
export const OWNERS_END: number = OWNERS + 4 * (MAX_OWNERS + 1);

/** A lock was waited for whose owner had died: what it protected may be half changed. */
export class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
  readonly primitive: string;
  readonly address: number;
  readonly owner: number;
  constructor(primitive: string, address: number, owner: number) {
    super(
      `${primitive} at ${hex(address)} is held by owner ${owner}, whose thread has died; repair ` +
        `what it protects, then release it in that owner's name`,
    );
    this.primitive = primitive;
    this.address = address;
    this.owner = owner;
  }
}

/** A lock was taken twice by one owner, or released by an owner who does not hold it. */
export class OwnershipError extends Error {
  override readonly name = 'OwnershipError';
  readonly primitive: string;
  readonly address: number;
  readonly owner: number;
  constructor(primitive: string, address: number, owner: number, what: string) {
    super(`${primitive} at ${hex(address)}: owner ${owner} ${what}`);
    this.primitive = primitive;
    this.address = address;
    this.owner = owner;
  }
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function checkRange(owner: number): void {
  if (!Number.isInteger(owner) || owner < 1 || owner > MAX_OWNERS) {
    throw new RangeError(`owner ${owner} is outside 1..${MAX_OWNERS}`);
  }
}

/**
 * Takes an owner id for the calling thread, or for one that is about to be started.
 *
 * @param wanted a fixed id (a machine gives processor + 1); the lowest unused one if left out.
 * @throws RangeError when all ids are taken, Error when the wanted one is.
 */
export function enlistOwner(wanted?: number): number {
  if (wanted !== undefined) {
    checkRange(wanted);
    if (compareExchange(OWNERS + 4 * wanted, UNUSED, ALIVE) === UNUSED) return wanted;
    throw new Error(`owner ${wanted} is taken; retire it first if its thread is gone`);
  }
  for (let owner = 1; owner <= MAX_OWNERS; owner++) {
    if (compareExchange(OWNERS + 4 * owner, UNUSED, ALIVE) === UNUSED) return owner;
  }
  throw new RangeError(
    `all ${MAX_OWNERS} owners are taken; retire the owner of a thread when it is gone`,
  );
}

/** Gives an id back. The owner holds nothing any more, or what a dead one held was repaired. */
export function retireOwner(owner: number): void {
  checkRange(owner);
  here.store(OWNERS + 4 * owner, UNUSED);
}

/**
 * Says that the owner's thread is gone for good. Whoever waits for it gets an AbandonedError at
 * the next slice of its wait.
 *
 * @param through the door into the owner's machine, for a host that does not live in it.
 */
export function markDead(owner: number, through: Door = here): void {
  checkRange(owner);
  through.store(OWNERS + 4 * owner, DEAD);
}

/** Whether an owner was marked dead. Any number may be asked about. */
export function isDead(owner: number): boolean {
  return owner > 0 && owner <= MAX_OWNERS && load(OWNERS + 4 * owner) === DEAD;
}
