// The slot of the image that is being mapped: one megabyte of address space in which a driver's
// globals and constant tables lie, at the same places in every thread. Globals grow from the
// bottom and are zeroed when the driver is loaded; constants grow down from the top and are
// written alike by every thread that maps the image.
import { alignUp } from '../mem/pointer.ts';
import { imageSlot } from '../mem/memory-map.ts';
import { fillBytes } from '../mem/memory.ts';
import { MAX_IMAGES } from '../mem/param.ts';
import { openRoutineWindow } from '../mem/routine.ts';

interface Slot {
  readonly start: number;
  readonly end: number;
  globals: number;
  constants: number;
}

const slots: Slot[] = [];
let current = openSlot(MAX_IMAGES - 1);

function openSlot(index: number): Slot {
  const { start, end } = imageSlot(index);
  const slot = { start, end, globals: start, constants: end };
  slots[index] = slot;
  return slot;
}

/** Begins to map image `index`: what is declared from now on lies in its slot and window. */
export function openImage(index: number): void {
  openRoutineWindow(index);
  current = openSlot(index);
}

function full(bytes: number): never {
  throw new Error(`the driver's globals and tables exceed its slot of one megabyte (${bytes} ` +
    `more bytes)`);
}

/** Room for globals: zero until the driver writes them. */
export function allocateGlobals(bytes: number): number {
  const at = alignUp(current.globals, 8);
  if (at + bytes > current.constants) full(bytes);
  current.globals = at + bytes;
  return at;
}

/**
 * Room for a constant table; the caller fills it at once, alike in every thread. It is not zeroed:
 * it never held anything else, and a thread that maps the image later must not disturb those that
 * read the table already.
 */
export function allocateConstants(bytes: number): number {
  const at = Math.floor((current.constants - bytes) / 8) * 8;
  if (at < current.globals) full(bytes);
  current.constants = at;
  return at;
}

/** Zeroes the globals of an image, before its DriverEntry runs. */
export function zeroGlobals(index: number): void {
  const slot = slots[index];
  if (slot !== undefined) fillBytes(slot.start, 0, slot.globals - slot.start);
}
