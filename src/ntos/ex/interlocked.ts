// Interlocked routines, and the lists that carry their own lock (KRN-50).
//
// The 32-bit routines are the door's operations under the WDK's names; results are signed, as LONG.
// The ExInterlocked lists take a spin lock that is used for nothing else, at any IRQL. A sequenced
// list (SLIST_HEADER) is changed by NT with one 64-bit compare-exchange; ours is 32 bits wide, so
// the top bit of the sequence says that one processor is changing the list, for a few instructions.
import { i32 as words, u16 as halves } from '../../mem/memory.ts';
import { boot } from '../../mem/boot-options.ts';
import { add, and, compareExchange, exchange, load, or, store }
  from '../../atomics-sync/atomics.ts';
import { acquireSpin, ownerOfSpin, releaseSpin } from '../../atomics-sync/spin.ts';
import { parkWhile } from '../../atomics-sync/park.ts';
import { InsertHeadList, InsertTailList, RemoveHeadList, flink }
  from '../rtl/list-entry.ts';
import { alreadyOwned } from '../ke/spin-lock-slow.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u16 = halves;
const owner = boot.processor + 1;

/** Adds one and returns the new value. Any IRQL. */
export function InterlockedIncrement(Addend: OutPtr): number {
  return (add(Addend, 1) + 1) | 0;
}

/** Takes one off and returns the new value. Any IRQL. */
export function InterlockedDecrement(Addend: OutPtr): number {
  return (add(Addend, -1) - 1) | 0;
}

/** Stores a value and returns the one before. Any IRQL. */
export function InterlockedExchange(Target: OutPtr, Value: number): number {
  return exchange(Target, Value);
}

/** InterlockedExchange for a pointer. */
export function InterlockedExchangePointer(Target: OutPtr, Value: number): number {
  return exchange(Target, Value);
}

/** Stores `ExChange` if the word is `Comperand`; returns the value before. Any IRQL. */
export function InterlockedCompareExchange(
  Destination: OutPtr,
  ExChange: number,
  Comperand: number,
): number {
  return compareExchange(Destination, Comperand, ExChange);
}

/** InterlockedCompareExchange for a pointer. */
export function InterlockedCompareExchangePointer(
  Destination: OutPtr,
  ExChange: number,
  Comperand: number,
): number {
  return compareExchange(Destination, Comperand, ExChange);
}

/** Adds and returns the value before. Any IRQL. */
export function InterlockedExchangeAdd(Addend: OutPtr, Value: number): number {
  return add(Addend, Value);
}

/** Adds and returns the new value. Any IRQL. */
export function InterlockedAdd(Addend: OutPtr, Value: number): number {
  return (add(Addend, Value) + Value) | 0;
}

/** Keeps only some bits and returns the value before. Any IRQL. */
export function InterlockedAnd(Destination: OutPtr, Value: number): number {
  return and(Destination, Value);
}

/** Sets bits and returns the value before. Any IRQL. */
export function InterlockedOr(Destination: OutPtr, Value: number): number {
  return or(Destination, Value);
}

/** Flips bits and returns the value before. Any IRQL. */
export function InterlockedXor(Destination: OutPtr, Value: number): number {
  let seen = load(Destination);
  for (;;) {
    const before = compareExchange(Destination, seen, seen ^ Value);
    if (before === seen) return before;
    seen = before;
  }
}

/** Sets a bit and returns whether it was set (0 or 1). Any IRQL. */
export function InterlockedBitTestAndSet(Base: OutPtr, Bit: number): number {
  return (or(Base + (Bit >> 5) * 4, 1 << (Bit & 31)) >>> (Bit & 31)) & 1;
}

/** Clears a bit and returns whether it was set (0 or 1). Any IRQL. */
export function InterlockedBitTestAndReset(Base: OutPtr, Bit: number): number {
  return (and(Base + (Bit >> 5) * 4, ~(1 << (Bit & 31))) >>> (Bit & 31)) & 1;
}

/** A full barrier between this thread's accesses. Any IRQL. */
export function KeMemoryBarrier(): void {
  // Any sequentially consistent operation is one; the word is of no meaning.
  load(barrierWord);
}
const barrierWord = 0;

function lockList(lock: number): void {
  if (ownerOfSpin(lock) === owner) alreadyOwned(lock);
  acquireSpin(lock, owner);
}

/** Puts an entry at the front; returns the entry that was first, NULL if there was none. */
export function ExInterlockedInsertHeadList(
  ListHead: number,
  ListEntry: number,
  Lock: number,
): number {
  lockList(Lock);
  const first = flink(ListHead);
  InsertHeadList(ListHead, ListEntry);
  releaseSpin(Lock, owner);
  return first === ListHead ? 0 : first;
}

/** Appends an entry; returns the entry that was last, NULL if there was none. Any IRQL. */
export function ExInterlockedInsertTailList(
  ListHead: number,
  ListEntry: number,
  Lock: number,
): number {
  lockList(Lock);
  const last = i32[(ListHead + 4) >> 2]!;
  InsertTailList(ListHead, ListEntry);
  releaseSpin(Lock, owner);
  return last === ListHead ? 0 : last;
}

/** Takes the first entry out; NULL when the list is empty. Any IRQL. */
export function ExInterlockedRemoveHeadList(ListHead: number, Lock: number): number {
  lockList(Lock);
  const first = RemoveHeadList(ListHead);
  releaseSpin(Lock, owner);
  return first === ListHead ? 0 : first;
}

/** Pushes onto a SINGLE_LIST_ENTRY list; returns the entry that was first. Any IRQL. */
export function ExInterlockedPushEntryList(
  ListHead: number,
  ListEntry: number,
  Lock: number,
): number {
  lockList(Lock);
  const first = i32[ListHead >> 2]!;
  i32[ListEntry >> 2] = first;
  i32[ListHead >> 2] = ListEntry;
  releaseSpin(Lock, owner);
  return first;
}

/** Pops from a SINGLE_LIST_ENTRY list; NULL when it is empty. Any IRQL. */
export function ExInterlockedPopEntryList(ListHead: number, Lock: number): number {
  lockList(Lock);
  const first = i32[ListHead >> 2]!;
  if (first !== 0) i32[ListHead >> 2] = i32[first >> 2]!;
  releaseSpin(Lock, owner);
  return first;
}

/** Adds to a 64-bit integer and returns the value before, as a double. Any IRQL. */
export function ExInterlockedAddLargeInteger(
  Addend: number,
  Increment: number,
  Lock: number,
): number {
  lockList(Lock);
  const low = i32[Addend >> 2]! >>> 0;
  const before = i32[(Addend + 4) >> 2]! * 0x100000000 + low;
  const after = before + Increment;
  i32[Addend >> 2] = after % 0x100000000;
  i32[(Addend + 4) >> 2] = Math.floor(after / 0x100000000);
  releaseSpin(Lock, owner);
  return before;
}

const CHANGING = -0x80000000;
const tagAt = 4;

/** Makes an empty sequenced list. Any IRQL. */
export function InitializeSListHead(SListHead: number): void {
  i32[SListHead >> 2] = 0;
  store(SListHead + tagAt, 0);
}

/** Claims the list; returns its depth and sequence. */
function claim(list: number): number {
  const at = list + tagAt;
  for (let seen = load(at); ; ) {
    if (seen < 0) {
      // The claim lasts a few instructions, unless the host took the claimer's processor away.
      seen = parkWhile(at, seen, 1);
      continue;
    }
    // Pairs with the store of the processor that changed the list last.
    const before = compareExchange(at, seen, seen | CHANGING);
    if (before === seen) return seen;
    seen = before;
  }
}

/** Publishes the list with a new depth and the next sequence number. */
function publish(list: number, seen: number, depth: number): void {
  const sequence = ((seen >>> 16) + 1) & 0x7fff;
  store(list + tagAt, (sequence << 16) | (depth & 0xffff));
}

/** Pushes an entry; returns the entry that was first, NULL if none. Any IRQL, resident entries. */
export function ExInterlockedPushEntrySList(ListHead: number, ListEntry: number): number {
  const seen = claim(ListHead);
  const first = i32[ListHead >> 2]!;
  i32[ListEntry >> 2] = first;
  i32[ListHead >> 2] = ListEntry;
  publish(ListHead, seen, (seen & 0xffff) + 1);
  return first;
}

/** Pops the entry that was pushed last; NULL when the list is empty. Any IRQL. */
export function ExInterlockedPopEntrySList(ListHead: number): number {
  // An empty list is found empty without claiming it.
  if (load(ListHead + tagAt) >= 0 && i32[ListHead >> 2] === 0) return 0;
  const seen = claim(ListHead);
  const first = i32[ListHead >> 2]!;
  if (first !== 0) i32[ListHead >> 2] = i32[first >> 2]!;
  publish(ListHead, seen, (seen & 0xffff) - (first === 0 ? 0 : 1));
  return first;
}

/** Takes every entry out at once; returns the first of the chain. Any IRQL. */
export function ExInterlockedFlushSList(ListHead: number): number {
  const seen = claim(ListHead);
  const first = i32[ListHead >> 2]!;
  i32[ListHead >> 2] = 0;
  publish(ListHead, seen, 0);
  return first;
}

/** Entries in the list, modulo 65536. Any IRQL. */
export function ExQueryDepthSList(SListHead: number): number {
  return u16[(SListHead + tagAt) >> 1]!;
}

/** The names under which winnt.h has the sequenced lists. */
export const InterlockedPushEntrySList = ExInterlockedPushEntrySList;
export const InterlockedPopEntrySList = ExInterlockedPopEntrySList;
export const InterlockedFlushSList = ExInterlockedFlushSList;
