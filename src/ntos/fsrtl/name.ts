// File names and expressions: FsRtlIsNameInExpression and its helpers. An expression is a name
// with wildcards; those of DOS are spelled with characters that no name may have:
//
//   *            any text, the empty one too          ?   any one character
//   < DOS_STAR   any text up to the last dot          >   DOS_QM: any one character, or none at a
//   " DOS_DOT    a dot, or the end of the name            dot or at the end
//
// Matching keeps the set of positions in the expression that the name read so far can have led
// to, so its cost is length times length at worst, and no expression can blow it up.
import { u16 as units } from '../../mem/memory.ts';
import { upcaseTable } from '../rtl/upcase.ts';
import { bufferOf, lengthOf } from '../rtl/unicode-string.ts';

const u16 = units;
const upper = upcaseTable;

export const DOS_STAR = 0x3c;
export const DOS_QM = 0x3e;
export const DOS_DOT = 0x22;
const STAR = 0x2a;
const QUESTION = 0x3f;
const DOT = 0x2e;

const isWild = new Uint8Array(128);
for (const c of [STAR, QUESTION, DOS_STAR, DOS_QM, DOS_DOT]) isWild[c] = 1;

/** Whether the units at an address hold a wildcard. */
export function hasWildCards(at: number, bytes: number): boolean {
  const end = (at + bytes) >> 1;
  for (let i = at >> 1; i < end; i++) {
    const c = u16[i]!;
    if (c < 128 && isWild[c] === 1) return true;
  }
  return false;
}

/** Whether a UNICODE_STRING holds a wildcard. PASSIVE_LEVEL (any, when it is resident). */
export function FsRtlDoesNameContainWildCards(Name: number): boolean {
  return hasWildCards(bufferOf(Name), lengthOf(Name));
}

/** Positions in the expression that are reached, now and after the next character. */
let reached = new Uint8Array(260);
let next = new Uint8Array(260);

function makeRoom(count: number): void {
  if (count <= reached.length) return;
  reached = new Uint8Array(count);
  next = new Uint8Array(count);
}

/** Adds what can be passed without a character: a star matches nothing as well. */
function passEmpty(expression: number, count: number, set: Uint8Array): void {
  for (let i = 0; i < count; i++) {
    if (set[i] === 0) continue;
    const e = u16[expression + i]!;
    if (e === STAR || e === DOS_STAR) set[i + 1] = 1;
  }
}

/** Adds what can be passed at the end of the name, or for DOS_QM in front of a dot. */
function passAtEnd(expression: number, count: number, set: Uint8Array, dotsToo: boolean): void {
  for (let i = 0; i < count; i++) {
    if (set[i] === 0) continue;
    const e = u16[expression + i]!;
    if (e === STAR || e === DOS_STAR || e === DOS_QM || (dotsToo && e === DOS_DOT)) set[i + 1] = 1;
  }
}

/** Steps over one character of the name. */
function step(expression: number, count: number, c: number, dotAhead: boolean): void {
  next.fill(0, 0, count + 1);
  if (c === DOT) passAtEnd(expression, count, reached, false);
  for (let i = 0; i < count; i++) {
    if (reached[i] === 0) continue;
    const e = u16[expression + i]!;
    if (e === STAR) {
      next[i] = 1;
    } else if (e === DOS_STAR) {
      // It takes a dot only when another follows: it ends in front of the last one.
      if (c !== DOT || dotAhead) next[i] = 1;
    } else if (e === QUESTION || (e === DOS_QM && c !== DOT)) {
      next[i + 1] = 1;
    } else if (e === DOS_DOT) {
      if (c === DOT) next[i + 1] = 1;
    } else if (e === c) {
      next[i + 1] = 1;
    }
  }
  const swap = reached;
  reached = next;
  next = swap;
  passEmpty(expression, count, reached);
}

/** The position of the last dot in the name, -1 when it has none. */
function lastDot(name: number, count: number): number {
  for (let i = count - 1; i >= 0; i--) if (u16[name + i] === DOT) return i;
  return -1;
}

/**
 * Whether a name matches an expression; lengths are bytes. The expression is in upper case when
 * case is ignored.
 */
export function matches(
  expressionAt: number,
  expressionBytes: number,
  nameAt: number,
  nameBytes: number,
  ignoreCase: boolean,
): boolean {
  const expression = expressionAt >> 1;
  const count = expressionBytes >> 1;
  const name = nameAt >> 1;
  const length = nameBytes >> 1;
  if (count === 0 || length === 0) return count === length;
  if (count === 1 && u16[expression] === STAR) return true;
  makeRoom(count + 1);
  reached.fill(0, 0, count + 1);
  reached[0] = 1;
  passEmpty(expression, count, reached);
  const last = lastDot(name, length);
  for (let i = 0; i < length; i++) {
    const c = u16[name + i]!;
    step(expression, count, ignoreCase ? upper[c]! : c, i < last);
  }
  passAtEnd(expression, count, reached, true);
  return reached[count] === 1;
}

/**
 * Whether a name matches an expression with wildcards. PASSIVE_LEVEL.
 *
 * @param Expression a UNICODE_STRING; in upper case when `IgnoreCase` is set, as on Windows.
 * @param Name a UNICODE_STRING without wildcards.
 */
export function FsRtlIsNameInExpression(
  Expression: number,
  Name: number,
  IgnoreCase: boolean,
): boolean {
  return matches(bufferOf(Expression), lengthOf(Expression), bufferOf(Name), lengthOf(Name),
    IgnoreCase);
}
