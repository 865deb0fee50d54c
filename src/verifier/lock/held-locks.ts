// The locks that each thread holds, in the order in which it took them. The table lies in shared
// memory so that a report can name the locks of other threads; a thread writes its own, and only
// ExReleaseResourceForThread makes one thread write another's. Stacks stay unformatted with their
// thread until it is about to sleep, because a sleeping thread cannot be asked (publishStacks).
import { array, LONG, ULONG } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { i32, views } from '../../mem/memory.ts';
import { MAX_PROCESSORS } from '../../mem/param.ts';
import { struct } from '../../mem/struct.ts';
import { MODE_SHARED } from '../../trace/event.ts';
import { verifierArea } from '../area.ts';
import { captureStack, internStack, stackLines, storedStack } from '../finding/stack.ts';
import type { Captured } from '../finding/stack.ts';
import type { Ptr } from '../../mem/pointer.ts';

/** Locks of one thread that are remembered; more are held without being checked. */
const SLOTS = 60;

export const HELD_LOCK = struct('VF_HELD_LOCK', {
  /** 0 in a free slot. */
  Address: ULONG,
  Kind: LONG,
  Mode: LONG,
  /** Recursion. */
  Count: LONG,
  /** The driver whose routine acquired it; -1 for the kernel. */
  Image: LONG,
  /** Which call of a driver routine of the thread acquired it (DriverFrame.serial). */
  Serial: LONG,
  /** The stored stack; 0 while only the thread itself has it. */
  Stack: LONG,
  Spare: LONG,
});
export type PHELD_LOCK = Ptr<'VF_HELD_LOCK'>;
const HELD = struct('VF_HELD_LOCKS', { Top: LONG, Lost: LONG, Slots: array(HELD_LOCK, SLOTS) });

const { Address, set_Address, Kind, set_Kind, Mode, set_Mode, Count, set_Count, Image, set_Image,
  Serial, set_Serial, Stack, set_Stack } = HELD_LOCK.bind(views);
const table = verifierArea('threads').start;
export const THREAD_AREA = 4096;
const topAt = (processor: number): number => (table + processor * THREAD_AREA) >> 2;
const slotAt = (processor: number, slot: number): PHELD_LOCK =>
  (table + processor * THREAD_AREA + 8 + slot * HELD_LOCK.size) as PHELD_LOCK;
const me = boot.processor;
const myTop = topAt(me);
const stacks: (Captured | undefined)[] = [];

if (HELD.size > 2048) throw new Error('held locks outgrow their half of a thread area');

/** A lock as a report shows it. */
export interface HeldLock {
  readonly processor: number;
  readonly address: number;
  readonly kind: number;
  readonly isShared: boolean;
  readonly count: number;
  readonly image: number;
  readonly serial: number;
  readonly stack: readonly string[];
}

function findSlot(processor: number, address: number): number {
  for (let slot = i32[topAt(processor)]! - 1; slot >= 0; slot--) {
    if (Address(slotAt(processor, slot)) === address) return slot;
  }
  return -1;
}

/** This thread's slot of a lock that it holds; -1 when it does not. */
export function mySlot(address: number): number {
  return findSlot(me, address);
}

/** Notes that this thread holds a lock now, or once more. */
export function noteTaken(
  address: number, kind: number, mode: number, image: number, serial: number,
): void {
  const known = findSlot(me, address);
  if (known >= 0) {
    const at = slotAt(me, known);
    set_Count(at, Count(at) + 1);
    return;
  }
  const slot = i32[myTop]!;
  if (slot >= SLOTS) {
    i32[myTop + 1]! += 1;
    return;
  }
  const at = slotAt(me, slot);
  set_Kind(at, kind);
  set_Mode(at, mode);
  set_Count(at, 1);
  set_Image(at, image);
  set_Serial(at, serial);
  set_Stack(at, 0);
  // The kernel's own locks are taken often and blamed never.
  stacks[slot] = image < 0 ? undefined : captureStack();
  set_Address(at, address);
  i32[myTop] = slot + 1;
}

function removeSlot(processor: number, slot: number): void {
  const last = i32[topAt(processor)]! - 1;
  for (let n = slot; n < last; n++) copySlot(processor, n + 1, n);
  if (processor === me) stacks.splice(slot, 1);
  set_Address(slotAt(processor, last), 0);
  i32[topAt(processor)] = last;
}

function copySlot(processor: number, from: number, to: number): void {
  const source = slotAt(processor, from) >> 2;
  const target = slotAt(processor, to) >> 2;
  for (let word = 0; word < HELD_LOCK.size >> 2; word++) i32[target + word] = i32[source + word]!;
}

/** Notes a release by, or for, the thread of a processor; false when it did not hold the lock. */
export function noteDropped(address: number, processor: number = me): boolean {
  const slot = findSlot(processor, address);
  if (slot < 0) return false;
  const at = slotAt(processor, slot);
  if (Count(at) > 1) set_Count(at, Count(at) - 1);
  else removeSlot(processor, slot);
  return true;
}

/** Notes that this thread has a lock only shared from now on. */
export function noteShared(address: number): void {
  const slot = mySlot(address);
  if (slot >= 0) set_Mode(slotAt(me, slot), MODE_SHARED);
}

/** The innermost lock of this thread first: address by slot, for the rules' loops. */
export function myLocks(): number {
  return i32[myTop]!;
}

export const myLockAt = (slot: number): PHELD_LOCK => slotAt(me, slot);
export { Address as lockAddress, Image as lockImage, Kind as lockKind, Mode as lockMode,
  Serial as lockSerial };

/** Where this thread took the lock of a slot. */
export function stackOfSlot(slot: number): Captured {
  return stacks[slot] ?? {};
}

/** Forgets this thread's locks: a test that goes on after a bug check, a reboot. */
export function forgetLocks(): void {
  stacks.length = 0;
  i32[myTop] = 0;
}

/** Stores the stacks of this thread's locks where others can read them; before it sleeps. */
export function publishStacks(): void {
  for (let slot = 0; slot < i32[myTop]!; slot++) {
    const at = slotAt(me, slot);
    const stack = stacks[slot];
    if (Stack(at) === 0 && stack !== undefined) set_Stack(at, internStack(stack));
  }
}

function describe(processor: number, slot: number): HeldLock {
  const at = slotAt(processor, slot);
  const stack = stacks[slot];
  const own = processor === me && stack !== undefined;
  return { processor, address: Address(at), kind: Kind(at), count: Count(at), image: Image(at),
    isShared: (Mode(at) & MODE_SHARED) !== 0, serial: Serial(at),
    stack: own ? stackLines(stack) : storedStack(Stack(at)) };
}

/** The locks that the thread of a processor holds, outermost first. */
export function locksOf(processor: number): HeldLock[] {
  const top = Math.min(i32[topAt(processor)]!, SLOTS);
  return Array.from({ length: top }, (_, slot) => describe(processor, slot));
}

function findHeld(matches: (processor: number, slot: number) => boolean): HeldLock[] {
  const found: HeldLock[] = [];
  for (let processor = 0; processor < MAX_PROCESSORS; processor++) {
    for (let slot = i32[topAt(processor)]! - 1; slot >= 0; slot--) {
      if (matches(processor, slot)) found.push(describe(processor, slot));
    }
  }
  return found;
}

/** A held lock inside of a range of memory. */
export function heldInside(start: number, end: number): HeldLock | undefined {
  return findHeld((processor, slot) => {
    const at = Address(slotAt(processor, slot));
    return at >= start && at < end;
  })[0];
}

/** Locks that a driver's routines acquired and that are still held. */
export function heldByImage(image: number): HeldLock[] {
  return findHeld((processor, slot) => Image(slotAt(processor, slot)) === image);
}

/** Everybody who holds a lock. */
export function holdersOf(address: number): HeldLock[] {
  const found: HeldLock[] = [];
  for (let processor = 0; processor < MAX_PROCESSORS; processor++) {
    const slot = findSlot(processor, address);
    if (slot >= 0) found.push(describe(processor, slot));
  }
  return found;
}
