// @hot  FsRtlIsNameInExpression: whether a file name matches a pattern, for directory queries.
//
//   *   any characters                            ?   exactly one character
//   <   DOS_STAR: any characters, but never the name's last period
//   >   DOS_QM:   one character; nothing, in front of a period and at the end of the name
//   "   DOS_DOT:  a period; nothing, at the end of the name
//
// The last three are what Win32 makes of *, ? and . in DOS patterns ("dir foo." and the like). All
// positions of the pattern that the name so far could have reached are followed at once, so a
// match takes time in proportion to both lengths, whatever the pattern. Per-thread scratch only.
import { i32 as words, u16 as units } from '../../mem/memory.ts';
import { checkIrql as irqlCheck } from '../rtl/services.ts';
import { upcaseTable } from '../rtl/upcase.ts';

const i32 = words;
const u16 = units;
const upper = upcaseTable;
const checkIrql = irqlCheck;
const STAR = 0x2a;
const QUESTION = 0x3f;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
export const DOS_STAR = 0x3c;
export const DOS_QM = 0x3e;
export const DOS_DOT = 0x22;
const PASSIVE_LEVEL = 0;

let reached = new Uint8Array(512);
let following = new Uint8Array(512);

function makeRoom(positions: number): void {
  if (positions <= reached.length) return;
  reached = new Uint8Array(positions * 2);
  following = new Uint8Array(positions * 2);
}

/** Whether a unit is one of the five wild cards. */
function isWild(unit: number): boolean {
  return unit === STAR || unit === QUESTION || unit === DOS_STAR || unit === DOS_QM ||
    unit === DOS_DOT;
}

/** Whether one of `bytes` bytes of text is a wild card. */
export function hasWildCards(address: number, bytes: number): boolean {
  const end = (address + bytes) >> 1;
  for (let at = address >> 1; at < end; at++) if (isWild(u16[at]!)) return true;
  return false;
}

function lastDot(name: number, count: number): number {
  for (let i = count - 1; i >= 0; i--) if (u16[name + i] === DOT) return i;
  return -1;
}

/** Moves every reached position of the pattern over one unit of the name. */
function advance(pattern: number, length: number, c: number, isLastDot: boolean): boolean {
  const now = reached;
  const next = following;
  let any = 0;
  for (let p = 0; p < length; p++) {
    if (now[p] === 0) continue;
    now[p] = 0;
    const e = u16[pattern + p]!;
    if (e === STAR || e === DOS_STAR) {
      now[p + 1] = 1;
      if (e === DOS_STAR && isLastDot) continue;
      next[p] = 1;
    } else if (e === DOS_QM && c === DOT) {
      now[p + 1] = 1;
      continue;
    } else if (e === QUESTION || e === DOS_QM || e === c || (e === DOS_DOT && c === DOT)) {
      next[p + 1] = 1;
    } else {
      continue;
    }
    any = 1;
  }
  now[length] = 0;
  reached = next;
  following = now;
  return any !== 0;
}

/** Whether the end of the pattern can be reached without any more of the name. */
function endsHere(pattern: number, length: number): boolean {
  const now = reached;
  for (let p = 0; p < length; p++) {
    if (now[p] === 0) continue;
    const e = u16[pattern + p]!;
    if (e === STAR || e === DOS_STAR || e === DOS_QM || e === DOS_DOT) now[p + 1] = 1;
  }
  return now[length] !== 0;
}

/**
 * FsRtlIsNameInExpression over bare text.
 *
 * @param table where to look case up (upcaseTable), or null to respect it.
 */
export function matchName(
  expression: number,
  expressionBytes: number,
  name: number,
  nameBytes: number,
  table: Uint16Array | null,
): boolean {
  const length = expressionBytes >> 1;
  const count = nameBytes >> 1;
  if (length === 0 || count === 0) return length === count;
  const pattern = expression >> 1;
  if (length === 1 && u16[pattern] === STAR) return true;
  makeRoom(length + 1);
  reached.fill(0, 0, length + 1);
  following.fill(0, 0, length + 1);
  reached[0] = 1;
  const text = name >> 1;
  const dot = lastDot(text, count);
  for (let i = 0; i < count; i++) {
    const c = u16[text + i]!;
    if (!advance(pattern, length, table === null ? c : table[c]!, i === dot)) return false;
  }
  return endsHere(pattern, length);
}

/**
 * Whether a name matches a pattern. IRQL: PASSIVE_LEVEL.
 *
 * @param Expression the pattern; upper case already when case is ignored.
 * @param UpcaseTable address of 65536 units to look case up in, or 0 for the system's table.
 * @returns FALSE when exactly one of the two is empty, TRUE when both are.
 * @see FsRtlIsNameInExpression of the WDK.
 */
export function FsRtlIsNameInExpression(
  Expression: number,
  Name: number,
  IgnoreCase: boolean,
  UpcaseTable = 0,
): boolean {
  checkIrql('FsRtlIsNameInExpression', PASSIVE_LEVEL);
  const own = UpcaseTable >> 1;
  const table = UpcaseTable === 0 ? upper : u16.subarray(own, own + 65536);
  return matchName(i32[(Expression + 4) >> 2]!, u16[Expression >> 1]!, i32[(Name + 4) >> 2]!,
    u16[Name >> 1]!, IgnoreCase ? table : null);
}

/** Whether a name contains one of the five wild cards. IRQL: PASSIVE_LEVEL. */
export function FsRtlDoesNameContainWildCards(Name: number): boolean {
  checkIrql('FsRtlDoesNameContainWildCards', PASSIVE_LEVEL);
  return hasWildCards(i32[(Name + 4) >> 2]!, u16[Name >> 1]!);
}

function setPart(part: number, buffer: number, bytes: number): void {
  i32[(part + 4) >> 2] = buffer;
  u16[part >> 1] = bytes;
  u16[(part >> 1) + 1] = bytes;
}

/**
 * Splits a path into its first component and the rest, which begins behind the backslash. Both
 * results point into the path's own buffer. IRQL: PASSIVE_LEVEL.
 */
export function FsRtlDissectName(Path: number, FirstName: number, RemainingName: number): void {
  const buffer = i32[(Path + 4) >> 2]!;
  const bytes = u16[Path >> 1]!;
  let start = 0;
  if (bytes > 0 && u16[buffer >> 1] === BACKSLASH) start = 2;
  let end = start;
  while (end < bytes && u16[(buffer + end) >> 1] !== BACKSLASH) end += 2;
  setPart(FirstName, start < bytes ? buffer + start : 0, end - start);
  const rest = end + 2;
  setPart(RemainingName, rest <= bytes ? buffer + rest : 0, rest <= bytes ? bytes - rest : 0);
}
