// Where a directory scan stands, kept in the CCB between two queries: the pattern of the first
// query and the name that was returned last. The scan goes on behind that name in the directory's
// order, so names that come and go in the meantime disturb nothing. Main of the directory guards
// the scan, the namespace resource the directory.
import { copyBytes } from '../../../mem/memory.ts';
import { MAX_COMPONENT_CHARS } from '../../../mem/param.ts';
import { hasWildCards, matchName } from '../../../ntos/fsrtl/name-expression.ts';
import { mapUnits, upcaseTable } from '../../../ntos/rtl/upcase.ts';
import { FCB_ROOT, RAMFS_CCB, RAMFS_FCB, RAMFS_LCB } from '../types.ts';
import { TAG_SCAN, givePool, takePaged } from '../pool.ts';
import { childAt, findChild, lowerBound, upperNameOf } from '../tree/directory-index.ts';
import { compareToUpper, isText } from '../tree/names.ts';
import { firstLink } from '../tree/link.ts';
import type { PCCB, PFCB, PLCB } from '../types.ts';

const c = RAMFS_CCB.bound;
const f = RAMFS_FCB.bound;
const l = RAMFS_LCB.bound;
const LAST_NAME_ROOM = MAX_COMPONENT_CHARS * 2;

/**
 * Begins a scan with a pattern, or begins it again with the one it has.
 *
 * @param pattern where the pattern of the request lies; NULL for none.
 * @returns false when there is no memory.
 */
export function beginScan(ccb: PCCB, pattern: number, bytes: number): boolean {
  const all = bytes === 0 || isText(pattern, bytes, '*');
  const room = all ? 0 : bytes;
  const buffer = takePaged(room + LAST_NAME_ROOM, TAG_SCAN);
  if (buffer === 0) return false;
  givePool(c.ScanBuffer(ccb), TAG_SCAN);
  c.set_ScanBuffer(ccb, buffer);
  c.set_PatternLength(ccb, room);
  c.set_PatternIsAll(ccb, all ? 1 : 0);
  c.set_PatternIsExact(ccb, !all && !hasWildCards(pattern, bytes) ? 1 : 0);
  mapUnits(upcaseTable, buffer, pattern, room >> 1);
  restartScan(ccb);
  return true;
}

/** Goes back to the first name. */
export function restartScan(ccb: PCCB): void {
  c.set_LastNameLength(ccb, 0);
  c.set_DotsPassed(ccb, 0);
}

/** Whether the directory was asked before, through this open. */
export function isScanning(ccb: PCCB): boolean {
  return c.ScanBuffer(ccb) !== 0;
}

function lastName(ccb: PCCB): number {
  return c.ScanBuffer(ccb) + c.PatternLength(ccb);
}

/** Goes on behind a given name. */
export function continueBehind(ccb: PCCB, name: number, bytes: number): void {
  const kept = Math.min(bytes, LAST_NAME_ROOM);
  mapUnits(upcaseTable, lastName(ccb), name, kept >> 1);
  c.set_LastNameLength(ccb, kept);
  c.set_DotsPassed(ccb, 2);
}

/** A place in a directory: one of the dots, or a link. */
export class Cursor {
  readonly directory: PFCB;
  readonly ccb: PCCB;
  /** 0: at ".", 1: at "..", 2: at the link `index`. */
  dots: number;
  index: number;
  /** Where ".." lies; "." is its first half. */
  private readonly dotText: number;

  constructor(directory: PFCB, ccb: PCCB, dotText: number) {
    this.directory = directory;
    this.ccb = ccb;
    this.dotText = dotText;
    this.dots = f.Flags(directory) & FCB_ROOT ? 2 : c.DotsPassed(ccb);
    this.index = 0;
    const bytes = c.LastNameLength(ccb);
    if (bytes === 0) return;
    this.index = lowerBound(directory, lastName(ccb), bytes);
    const there = this.index < f.ChildCount(directory) ? childAt(directory, this.index) : 0;
    if (there !== 0 && l.NameLength(there) === bytes &&
        compareToUpper(lastName(ccb), bytes, upperNameOf(there as PLCB), bytes) === 0) this.index++;
  }

  atEnd(): boolean {
    return this.dots >= 2 && this.index >= f.ChildCount(this.directory);
  }

  /** The file at this place. */
  fcb(): PFCB {
    if (this.dots === 0) return this.directory;
    if (this.dots === 1) {
      const link = firstLink(this.directory);
      const parent = link === 0 ? 0 : l.Parent(link);
      return parent === 0 ? this.directory : (parent as PFCB);
    }
    return l.Fcb(childAt(this.directory, this.index));
  }

  name(): number {
    if (this.dots < 2) return this.dotText;
    return l.NameBuffer(childAt(this.directory, this.index));
  }

  nameBytes(): number {
    if (this.dots < 2) return this.dots === 0 ? 2 : 4;
    return l.NameLength(childAt(this.directory, this.index));
  }

  private upperName(): number {
    return this.dots < 2 ? this.dotText : upperNameOf(childAt(this.directory, this.index));
  }

  private matches(): boolean {
    const { ccb } = this;
    if (c.PatternIsAll(ccb) !== 0) return true;
    const bytes = this.nameBytes();
    if (c.PatternIsExact(ccb) !== 0) {
      return bytes === c.PatternLength(ccb) &&
        compareToUpper(c.ScanBuffer(ccb), bytes, this.upperName(), bytes) === 0;
    }
    return matchName(c.ScanBuffer(ccb), c.PatternLength(ccb), this.upperName(), bytes, null);
  }

  /** Moves on to the first place from here that matches; false when there is none. */
  findMatch(): boolean {
    if (c.PatternIsExact(this.ccb) !== 0 && this.dots >= 2) return this.findExact();
    for (; !this.atEnd(); this.advance()) if (this.matches()) return true;
    return false;
  }

  /** A pattern without wildcards names one link: it is looked up. */
  private findExact(): boolean {
    const { ccb, directory } = this;
    const bytes = c.PatternLength(ccb);
    const lcb = findChild(directory, c.ScanBuffer(ccb), bytes);
    if (lcb === 0) return false;
    const at = lowerBound(directory, c.ScanBuffer(ccb), bytes);
    if (at < this.index) return false;
    this.index = at;
    return true;
  }

  /** Goes to the next place. */
  advance(): void {
    if (this.dots < 2) this.dots++;
    else this.index++;
  }

  /** Keeps this place as the one that was returned last. */
  keep(): void {
    if (this.dots < 2) {
      c.set_DotsPassed(this.ccb, this.dots + 1);
      return;
    }
    const bytes = this.nameBytes();
    copyBytes(lastName(this.ccb), this.upperName(), bytes);
    c.set_LastNameLength(this.ccb, bytes);
    c.set_DotsPassed(this.ccb, 2);
  }
}
