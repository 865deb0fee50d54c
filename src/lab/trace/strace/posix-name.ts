// POSIX names as NT names, reversibly. A POSIX name may hold anything but `/` and NUL and tells
// `Makefile` from `makefile`; an NT name may not hold `"*:<>?|\` or control characters, may not end
// in a dot or a space, and does not tell letters apart by case.
// Guarantees: an illegal character c becomes U+F000+c, as other POSIX layers on Windows do; the
// second name of a folder that differs from the first only in case ends in U+F101, the third in
// U+F102. `posixComponent` undoes both. Different names stay different on NT.

const ILLEGAL = '"*:<>?|\\';
const PRIVATE = 0xf000;
const CASE_MARK = 0xf100;
const CASE_MARKS = 0xff;

/** Whether NT allows the character at that place of a name. */
function isLegal(char: string, last: boolean): boolean {
  if (char < ' ' || ILLEGAL.includes(char)) return false;
  return !last || (char !== '.' && char !== ' ');
}

/**
 * One component as NT can store it.
 * @param name the decoded POSIX component (see `decodeEscapes`), neither `.` nor `..`
 * @param rank how many other spellings of the same letters came first in this folder
 */
export function ntComponent(name: string, rank = 0): string {
  let nt = '';
  for (let at = 0; at < name.length; at++) {
    const char = name[at] as string;
    const legal = isLegal(char, at === name.length - 1);
    nt += legal ? char : String.fromCharCode(PRIVATE + char.charCodeAt(0));
  }
  for (let left = rank; left > 0; left -= CASE_MARKS) {
    nt += String.fromCharCode(CASE_MARK + Math.min(left, CASE_MARKS));
  }
  return nt;
}

/** The POSIX component that `ntComponent` was given, in the form of `decodeEscapes`. */
export function posixComponent(nt: string): string {
  let name = '';
  for (const char of nt) {
    const code = char.charCodeAt(0);
    if (code > CASE_MARK && code <= CASE_MARK + CASE_MARKS) continue;
    name += code > PRIVATE && code < PRIVATE + 0x80 ? String.fromCharCode(code - PRIVATE) : char;
  }
  return name;
}
