// Which locks are alike: locks that were initialised at one place of a driver have one class, as
// with lockdep, so that an order is learnt from one file's lock and judged for another's. A class
// is the number of the text that names its place. A lock that nobody initialised, one that is a
// driver's global, and locks of one class among themselves, stand for themselves: their node is
// their address, which is larger than any class.
import { i32 } from '../../mem/memory.ts';
import { NONPAGED, PAGED, imageSlot } from '../../mem/memory-map.ts';
import { MAX_IMAGES } from '../../mem/param.ts';
import { lockKindNames } from '../../trace/event.ts';
import { verifierArea } from '../area.ts';
import { underJudge } from './judge-lock.ts';
import { captureStack, siteOf } from '../finding/stack.ts';
import { internText, textOf } from '../finding/text-pool.ts';

const { start, end } = verifierArea('locks');
/** Pairs of address and class, open addressing. */
const CELLS = (end - start) / 8;
/** An address that was taken out; the search goes on behind it. */
const GONE = 1;
/** Probes before a lock is left without a class. */
const PROBES = 32;
const words = start >> 2;

/** Below it lie the images: a global lock is one of its kind. */
const imagesEnd = imageSlot(MAX_IMAGES).start;
const lockRooms = /^nt!(Ex|Ke)?(Initialize|Reinitialize)\w*(Lock|Mutex|Resource)/;

const cellOf = (address: number, n: number): number =>
  words + 2 * ((((Math.imul(address >>> 2, 0x9e3779b1) >>> 8) + n) >>> 0) % CELLS);

/** The cell of a lock; -1 when it has none. */
function find(address: number): number {
  for (let n = 0; n < PROBES; n++) {
    const cell = cellOf(address, n);
    const held = i32[cell]!;
    if (held === address) return cell;
    if (held === 0) return -1;
  }
  return -1;
}

/** Notes where a lock was initialised: its class. */
export function classify(address: number, kind: number): void {
  if (address < imagesEnd) return;
  const site = siteOf(captureStack(), (text) => lockRooms.test(text));
  const id = internText(`${lockKindNames[kind] ?? 'lock'} initialised in ${site}`);
  underJudge(() => {
    const known = find(address);
    if (known >= 0) {
      i32[known + 1] = id;
      return;
    }
    for (let n = 0; n < PROBES; n++) {
      const cell = cellOf(address, n);
      if (i32[cell] !== 0 && i32[cell] !== GONE) continue;
      i32[cell + 1] = id;
      i32[cell] = address;
      return;
    }
  });
}

/** Forgets a lock: deleted, or its memory was freed. */
export function declassify(address: number): void {
  const cell = find(address);
  if (cell >= 0) i32[cell] = GONE;
}

/** Forgets the locks in freed memory. */
export function declassifyRange(from: number, bytes: number): void {
  if (from < NONPAGED.start || from >= PAGED.end || bytes > 4096) return;
  for (let at = from; at < from + bytes; at += 4) declassify(at);
}

/** The class of a lock; 0 when it has none. */
export function classOf(address: number): number {
  const cell = find(address);
  return cell < 0 ? 0 : i32[cell + 1]!;
}

/** Whether a node of the order graph is a class. */
export function isClass(node: number): boolean {
  return node < 65536;
}

/** A node in words. */
export function describeNode(node: number, kind: number): string {
  if (isClass(node)) return textOf(node);
  const site = textOf(classOf(node));
  const where = site === '' ? '' : `, ${site.replace(/^.*? initialised in/, 'initialised in')}`;
  return `${lockKindNames[kind] ?? 'lock'} 0x${node.toString(16)}${where}`;
}
