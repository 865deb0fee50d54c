// Where each room keeps its roots (locks, list heads, counters): fixed places in the system
// block, the same in every thread, whatever the order in which modules load. A room asks for its
// place by name and size; a room that outgrows its place fails at load, in every thread alike.
import { KIB } from './param.ts';
import { SYSTEM_BLOCK_END, SYSTEM_BLOCK_START } from './memory-map.ts';

const sizes = {
  ke: 8 * KIB,
  timer: 4 * KIB,
  pool: 32 * KIB,
  resource: 4 * KIB,
  workQueue: 64 * KIB,
  ob: 8 * KIB,
  io: 16 * KIB,
  fsrtl: 8 * KIB,
  storage: 64 * KIB,
  ramfs: 16 * KIB,
  fltmgr: 64 * KIB,
  fltContext: 16 * KIB,
  fltGate: 2 * KIB,
  fltSheets: 8 * KIB,
  image: 8 * KIB,
  lab: 128 * KIB,
  rtl: 4 * KIB,
  ex: 16 * KIB,
  debug: 72 * KIB,
  cm: 4 * KIB,
  fltuser: 8 * KIB,
  ecp: KIB,
  mm: KIB,
  fltPocket: KIB,
  irp: 12 * KIB,
  lockedPages: 2 * KIB,
} as const;

export type RootName = keyof typeof sizes;

/** The address of a room's roots; zeroed when the machine boots. */
export function systemRoot(name: RootName, size: number): number {
  let at = SYSTEM_BLOCK_START;
  for (const [key, room] of Object.entries(sizes)) {
    if (key === name) {
      if (size > room) throw new Error(`the roots of ${name} need ${size} bytes, ${room} are kept`);
      return at;
    }
    at += room;
  }
  throw new Error(`no roots are kept for ${name}`);
}

/** Where a room's roots lie, whatever it has asked for. */
export function rootRange(name: RootName): { start: number; end: number } {
  const start = systemRoot(name, 0);
  return { start, end: start + sizes[name] };
}

const total = Object.values(sizes).reduce((sum, n) => sum + n, 0);
if (total > SYSTEM_BLOCK_END - SYSTEM_BLOCK_START) {
  throw new Error(`the rooms' roots need ${total} bytes, more than the system block has`);
}
