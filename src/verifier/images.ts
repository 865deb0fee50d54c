// Which driver a routine belongs to: its number lies in the window of the image that defined it.
import { FIRST_IMAGE_ROUTINE, MAX_IMAGES, ROUTINES_PER_IMAGE } from '../mem/param.ts';

const names = new Map<number, string>();

/** Says how image `index` is called; every thread that maps it does. */
export function nameImage(index: number, name: string): void {
  names.set(index, name);
}

/** The image that defined a routine; -1 for the kernel's. */
export function imageOfRoutine(routine: number): number {
  const index = Math.floor((routine - FIRST_IMAGE_ROUTINE) / ROUTINES_PER_IMAGE);
  return index >= 0 && index < MAX_IMAGES ? index : -1;
}

/** The name of an image; empty for -1. */
export function imageName(index: number): string {
  return index < 0 ? '' : names.get(index) ?? `image ${index}`;
}

/** The image of a name; -1 when none has it. */
export function imageNamed(name: string): number {
  for (const [index, known] of names) if (known === name) return index;
  return -1;
}

/** The first routine number of an image: stands for its DriverEntry, which has none. */
export function windowOf(index: number): number {
  return FIRST_IMAGE_ROUTINE + index * ROUTINES_PER_IMAGE;
}
