// Upper and lower case of UTF-16 units, as the file system's case folding needs it: one unit to
// one unit, no locale, no surrogate pairs. The table is derived once per thread from JavaScript's
// own mapping, restricted to pairs that lower back to where they came from. That keeps letters
// such as dotless i and long s from folding onto ASCII, as the table of NTFS does; final sigma is
// the one exception that table makes, and so do we.
// Simplification: Unicode grew since that table was made, and ours follows the Unicode of Node.
import { u16 as units } from '../../mem/memory.ts';

const u16 = units;
const BMP = 65536;
const FINAL_SIGMA = 0x03c2;
const CAPITAL_SIGMA = 0x03a3;

function oneUnit(text: string): number {
  return text.length === 1 ? text.charCodeAt(0) : -1;
}

/** Where letters with case lie: all others map to themselves, and need not be asked for. */
const cased: readonly (readonly [from: number, to: number])[] = [[0, 0x590], [0x10a0, 0x1400],
  [0x1c80, 0x2500], [0x2c00, 0x2e00], [0xa640, 0xac00], [0xff00, 0xff60]];

/** The upper-case table, derived over the given ranges. */
export function deriveUpper(ranges: typeof cased = cased): Uint16Array {
  const table = new Uint16Array(BMP);
  for (let c = 0; c < BMP; c++) table[c] = c;
  for (const [from, to] of ranges) deriveRange(table, from, to);
  table[FINAL_SIGMA] = CAPITAL_SIGMA;
  return table;
}

function deriveRange(table: Uint16Array, from: number, to: number): void {
  for (let c = from; c < to; c++) {
    const letter = String.fromCharCode(c);
    const upper = oneUnit(letter.toUpperCase());
    if (upper < 0 || upper === c) continue;
    if (oneUnit(String.fromCharCode(upper).toLowerCase()) === c) table[c] = upper;
  }
}

function deriveLower(from: Uint16Array): Uint16Array {
  const table = new Uint16Array(BMP);
  for (let c = 0; c < BMP; c++) table[c] = c;
  for (let c = 0; c < BMP; c++) {
    const upper = from[c]!;
    if (upper !== c && c !== FINAL_SIGMA) table[upper] = c;
  }
  return table;
}

/** The upper-case unit of every unit. */
export const upcaseTable: Uint16Array = deriveUpper();
/** The lower-case unit of every unit. */
export const downcaseTable: Uint16Array = deriveLower(upcaseTable);

const upper = upcaseTable;
const lower = downcaseTable;

/** The upper-case unit of one unit. IRQL <= APC_LEVEL on the page; ours is safe at any. */
export function RtlUpcaseUnicodeChar(SourceCharacter: number): number {
  return upper[SourceCharacter & 0xffff]!;
}

/** The lower-case unit of one unit. */
export function RtlDowncaseUnicodeChar(SourceCharacter: number): number {
  return lower[SourceCharacter & 0xffff]!;
}

/** Writes `count` mapped units from one place to another; the places may be the same. */
export function mapUnits(table: Uint16Array, to: number, from: number, count: number): void {
  const target = to >> 1;
  const source = from >> 1;
  for (let i = 0; i < count; i++) u16[target + i] = table[u16[source + i]!]!;
}

/** Upper-cases JavaScript text the way names are folded here. */
export function upcaseText(text: string): string {
  let out = '';
  for (let i = 0; i < text.length; i++) out += String.fromCharCode(upper[text.charCodeAt(i)]!);
  return out;
}
