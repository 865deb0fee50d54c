// The text that strace prints, taken apart: quoted strings with their escapes, descriptors with the
// `<path>` that -y adds, argument lists, structures and flag words.
// Guarantees: nothing here knows what a call means; a text that is not what strace prints throws
// `BadLine`, which names the place. Bytes that are not UTF-8 survive as one character each in
// U+F000 ... U+F0FF, and so do characters that the log itself has in U+F000 ... U+F1FF, byte by
// byte: two different names never become the same text.

/** A line that is not what strace prints; the parser turns it into a problem of the tally. */
export class BadLine extends Error {
  /** The role of the text that is wrong: `time`, `arguments`, `result`. */
  readonly column: string;
  readonly advice: string;
  constructor(column: string, message: string, advice = 'Is the line cut off?') {
    super(message);
    this.name = 'BadLine';
    this.column = column;
    this.advice = advice;
  }
}

const PRIVATE = 0xf000;
const PRIVATE_END = 0xf1ff;
const LETTERS: Readonly<Record<string, number>> =
  { n: 10, t: 9, r: 13, v: 11, f: 12, a: 7, b: 8, e: 27 };
const utf8 = new TextEncoder();

/** The bytes of a text as strace prints it: `\n`, `\"`, `\303\244` and `\xc3` undone. */
function unescaped(text: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char !== '\\') {
      if (char.charCodeAt(0) < 0x80) bytes.push(char.charCodeAt(0));
      else {
        const whole = String.fromCodePoint(text.codePointAt(at) ?? 0xfffd);
        bytes.push(...utf8.encode(whole));
        at += whole.length - 1;
      }
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
    const hex = /^x([0-9a-f]{2})/i.exec(text.slice(at + 1, at + 4))?.[1];
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(LETTERS[text[at + 1] ?? ''] ?? text.charCodeAt(at + 1));
    at += octal?.length ?? (hex === undefined ? 1 : 3);
  }
  return bytes;
}

/** Bytes of the UTF-8 character that starts at `at`; 0 when they are not one. */
function characterLength(bytes: readonly number[], at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3
    : first < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0;
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0;
  return length;
}

/** Undoes strace's escapes; see the head of this file for bytes that are not UTF-8. */
export function decodeEscapes(text: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(text)) return text;
  const bytes = unescaped(text);
  let decoded = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    const char = length === 0 ? ''
      : Buffer.from(bytes.slice(at, at + length)).toString('utf8');
    const code = char.codePointAt(0) ?? 0;
    const keep = length > 0 && (code < PRIVATE || code > PRIVATE_END);
    if (keep) decoded += char;
    else for (let i = 0; i < Math.max(1, length); i++) {
      decoded += String.fromCharCode(PRIVATE + (bytes[at + i] as number));
    }
    at += Math.max(1, length);
  }
  return decoded;
}

/** Index after the string that opens at `at`; -1 when it does not end. */
function afterString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return -1;
}

/**
 * Index after the `<...>` that opens at `at`; -1 when it does not end. Angle brackets of a path are
 * escaped, so nesting is only its own (`</dev/tty<char 5:0>>`); in sockets `->` is an arrow.
 */
export function afterAnnotation(text: string, at: number): number {
  const isPath = text[at + 1] === '/';
  let depth = 0;
  let brackets = 0;
  for (let i = at; i < text.length; i++) {
    const char = text[i];
    if (char === '[' && !isPath) brackets++;
    else if (char === ']' && !isPath) brackets--;
    else if (char === '<' && brackets === 0) depth++;
    else if (char === '>' && brackets === 0 && --depth === 0) return i + 1;
  }
  return -1;
}

/** One step of a scan over arguments: index after a string, a comment or an annotation, or 0. */
function afterUnit(text: string, at: number): number {
  const char = text[at];
  if (char === '"') return afterString(text, at);
  if (char === '/' && text[at + 1] === '*') {
    const end = text.indexOf('*/', at);
    return end < 0 ? -1 : end + 2;
  }
  if (char !== '<' || at === 0 || !/\w/.test(text[at - 1] as string)) return 0;
  return /[/\w]/.test(text[at + 1] ?? '') ? afterAnnotation(text, at) : 0;
}

/** An argument list and where it ended: `next` is the index after its closing bracket. */
export interface ArgumentList {
  readonly items: readonly string[];
  readonly next: number;
}

/** Splits the list whose opening bracket is at `open` at its top-level commas. */
export function splitArguments(text: string, open: number): ArgumentList {
  const items: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < text.length; at++) {
    const skipTo = afterUnit(text, at);
    if (skipTo < 0) throw new BadLine('arguments', `a string or <...> does not end`);
    if (skipTo > 0) {
      at = skipTo - 1;
      continue;
    }
    const char = text[at] as string;
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char)) depth--;
    if (depth === 0 || (depth === 1 && char === ',')) {
      const item = text.slice(start, at).trim();
      if (item !== '' || items.length > 0 || depth === 1) items.push(item);
      start = at + 1;
    }
    if (depth === 0) return { items, next: at + 1 };
  }
  throw new BadLine('arguments', 'the list of arguments does not end');
}

/** A quoted path. Undefined for NULL or an address; a shortened one is bad, as paths never are. */
export function quoted(argument: string | undefined): string | undefined {
  if (argument === undefined || argument[0] !== '"') return undefined;
  const end = afterString(argument, 0);
  if (argument.startsWith('...', end)) {
    throw new BadLine('arguments', `the name ${argument} is cut short`,
      'Record with an strace that prints names in full.');
  }
  return decodeEscapes(argument.slice(1, end - 1));
}

/** A descriptor argument or result: its number, and what -y printed about it. */
export interface DescriptorText {
  /** undefined for AT_FDCWD. */
  readonly number: number | undefined;
  /** A path, or `socket:[123]`, `pipe:[4]`, `anon_inode:[eventpoll]`; undefined without -y. */
  readonly target: string | undefined;
  /** The file had no name any more. */
  readonly deleted: boolean;
}

/** Reads `3`, `3</a/b>`, `3</a/b>(deleted)`, `AT_FDCWD</a>`; undefined for anything else. */
export function descriptorText(argument: string | undefined): DescriptorText | undefined {
  const head = /^(AT_FDCWD|-?\d+)/.exec(argument ?? '')?.[1];
  if (argument === undefined || head === undefined) return undefined;
  const number = head === 'AT_FDCWD' || head === '-100' ? undefined : Number(head);
  if (argument[head.length] !== '<') return { number, target: undefined, deleted: false };
  const end = afterAnnotation(argument, head.length);
  if (end < 0) throw new BadLine('arguments', `${argument} does not end`);
  let target = decodeEscapes(argument.slice(head.length + 1, end - 1));
  const device = target.startsWith('/') ? target.indexOf('<') : -1;
  if (device > 0) target = target.slice(0, device);
  const old = target.startsWith('/') && target.endsWith(' (deleted)');
  if (old) target = target.slice(0, -' (deleted)'.length);
  return { number, target, deleted: old || argument.startsWith('(deleted)', end) };
}

/** `O_RDWR|O_CREAT` as a set of words; comments are dropped. */
export function flagWords(argument: string | undefined): ReadonlySet<string> {
  const plain = (argument ?? '').replaceAll(/\/\*.*?\*\//g, '');
  return new Set(plain.split('|').map((word) => word.trim()).filter((word) => word !== ''));
}

/** A number as strace prints it (`12`, `0x1f`, `8192*1024`); undefined for anything else. */
export function numberText(argument: string | undefined): number | undefined {
  const text = (argument ?? '').trim();
  const product = /^(\d+)\*(\d+)$/.exec(text);
  if (product) return Number(product[1]) * Number(product[2]);
  return /^(-?\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : undefined;
}

/** The value of `name=` inside a structure, up to the next comma or bracket. */
export function fieldText(structure: string | undefined, name: string): string | undefined {
  return new RegExp(`[{ ,]${name}=([^,}]*)`).exec(structure ?? '')?.[1]?.trim();
}
