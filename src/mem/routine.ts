// A code pointer is a number: an index into this thread's routine table. Every thread fills its
// table alike (one window per image, and the kernel's own routines by the hash of their names), so
// an id stored in the machine's memory means the same routine in every thread, as a function-table
// index does for C. Id 0 is NULL.
import { FIRST_IMAGE_ROUTINE, FIRST_KERNEL_ROUTINE, KERNEL_ROUTINES, MAX_IMAGES,
  ROUTINES_PER_IMAGE } from './param.ts';

declare const routineBrand: unique symbol;
/** A code pointer: valid in every thread of the machine. */
export type RoutineId = number & { readonly [routineBrand]: true };

/** What a routine is to the kernel: integers and pointers in, an integer out. */
export type Routine = (...args: number[]) => number;

function notMapped(): number {
  throw new Error('a call through a code pointer that no image has filled');
}

const tableSize = FIRST_KERNEL_ROUTINE + KERNEL_ROUTINES;
// Filled in one go: a callback for each of half a million entries would be felt in every thread.
const table: Routine[] = [];
table.length = tableSize;
table.fill(notMapped);
const names = new Map<number, string>();

/** This thread's table from routine id to function. Hot callers index it directly. */
export const routineTable: readonly Routine[] = table;

/** The kernel's ids come from the name, so that the order in which modules load cannot matter. */
function kernelId(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  }
  return FIRST_KERNEL_ROUTINE + (hash % KERNEL_ROUTINES);
}

/** The number under which a routine of the kernel is known to reports, without giving it one. */
export function kernelRoutineNumber(name: string): number {
  const id = kernelId(name);
  if (!names.has(id)) names.set(id, name);
  return id;
}

/**
 * Gives a routine of the kernel or of a built-in driver its number.
 * Two names that hash alike are refused at load, in every thread alike, so it cannot slip through.
 */
export function kernelRoutine(name: string, routine: Routine): RoutineId {
  const id = kernelId(name);
  const other = names.get(id) ?? name;
  if (other !== name) {
    throw new Error(`kernel routines ${other} and ${name} hash to one id; rename one`);
  }
  names.set(id, name);
  table[id] = routine;
  return id as RoutineId;
}

/** Gives a routine of the kernel's export table its number: below those of the images. */
export function exportRoutine(id: number, name: string, routine: Routine): RoutineId {
  names.set(id, name);
  table[id] = routine;
  return id as RoutineId;
}

let windowNext = 0;
let windowEnd = 0;

/** Opens the window of image `index`; routines defined until the next call land in it. */
export function openRoutineWindow(index: number): void {
  if (index < 0 || index >= MAX_IMAGES) {
    throw new Error(`a machine maps at most ${MAX_IMAGES} driver images; image ${index} is too ` +
      `many`);
  }
  windowNext = FIRST_IMAGE_ROUTINE + index * ROUTINES_PER_IMAGE;
  windowEnd = windowNext + ROUTINES_PER_IMAGE;
}

/** Gives a driver's routine the next number of the open window. */
export function imageRoutine(name: string, routine: Routine): RoutineId {
  if (windowEnd === 0) openRoutineWindow(MAX_IMAGES - 1);
  if (windowNext >= windowEnd) {
    throw new Error(`an image may define at most ${ROUTINES_PER_IMAGE} routines; ${name} is too ` +
      `many`);
  }
  const id = windowNext++;
  names.set(id, name);
  table[id] = routine;
  return id as RoutineId;
}

/** Whether an id is a routine's: anything else is a foreign pointer. */
export function isRoutine(id: number): boolean {
  return names.has(id);
}

/** The number that the next routine of the open window gets. */
export function nextImageRoutine(): number {
  if (windowEnd === 0) openRoutineWindow(MAX_IMAGES - 1);
  return windowNext;
}

/** The name of a routine, for reports; the bare number where nothing is known. */
export function routineName(id: number): string {
  return names.get(id) ?? `routine ${id}`;
}

/** Every routine that has a name in this thread: told to the host, which runs no driver code. */
export function namedRoutines(): [number, string][] {
  return [...names];
}
