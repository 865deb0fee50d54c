// Paths as recorders write them, split into the volume and the path inside it.
// Guarantees: `volumePath` uses backslashes and starts with one, except '' for the volume itself
// (`C:` opened as a device). `foldPath` gives the key under which NT finds a name again.
// Simplification: folding is the Unicode upper case of each character that keeps its length, which
// agrees with the NTFS $UpCase table for every letter of the Basic Multilingual Plane that matters
// to a lookup; short (8.3) names and symbolic links are not resolved.

/** A path split at its volume. */
export interface SplitPath {
  readonly volume: string;
  readonly volumePath: string;
}

const NOWHERE: SplitPath = { volume: '', volumePath: '' };

/**
 * Splits a Windows path as Process Monitor prints it: drive, UNC share, `\Device\...`, `\\.\pipe`.
 * @returns volume '' for a path without any of these.
 */
export function splitWindowsPath(path: string): SplitPath {
  if (/^[A-Za-z]:/.test(path)) return cut(path, 2);
  const unc = /^\\\\[^\\]+(?:\\[^\\]+)?/.exec(path);
  if (unc !== null) return cut(path, unc[0].length);
  const device = /^\\Device\\(?:Harddisk\d+\\[^\\]+|[^\\]+)/i.exec(path);
  if (device !== null) return cut(path, device[0].length);
  return path === '' ? NOWHERE : { volume: '', volumePath: path };
}

/**
 * Maps a POSIX path (a relative one counts from the root) onto the volume `C:`. Characters that NT
 * forbids in a name move into the private use area (U+F000 + code), as other systems that store
 * POSIX names on NTFS do it.
 */
export function splitPosixPath(path: string): SplitPath {
  if (path === '') return NOWHERE;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const inside = names.map((name) => [...name].map(allowed).join(''));
  return { volume: 'C:', volumePath: '\\' + inside.join('\\') };
}

const allowed = (character: string): string =>
  isForbidden(character) ? String.fromCharCode(0xf000 + character.charCodeAt(0)) : character;

/** Characters that stand in no name of NT: control codes, wildcards and separators. */
export const isForbidden = (character: string): boolean =>
  character < ' ' || '"*:<>?\\|'.includes(character);

function cut(path: string, length: number): SplitPath {
  const rest = path.slice(length);
  const volumePath = rest === '' || rest.startsWith('\\') ? rest : `\\${rest}`;
  return { volume: path.slice(0, length), volumePath };
}

/** The lookup key of a path: case folded, without a trailing backslash, `::$DATA` removed. */
export function foldPath(volumePath: string): string {
  return upperCase(trimStream(trimTail(volumePath)));
}

/** One key for a path on a volume; `|` can stand in neither part. */
export function pathKey(volume: string, volumePath: string): string {
  return `${upperCase(volume)}|${foldPath(volumePath)}`;
}

/** Upper case that never changes the length of the text (`ß` stays `ß`), as NT's upcase table. */
export function upperCase(text: string): string {
  const upper = text.toUpperCase();
  if (upper.length === text.length) return upper;
  let out = '';
  for (const character of text) {
    const one = character.toUpperCase();
    out += one.length === character.length ? one : character;
  }
  return out;
}

function trimTail(volumePath: string): string {
  return volumePath.length > 1 && volumePath.endsWith('\\') ? volumePath.slice(0, -1) : volumePath;
}

function trimStream(volumePath: string): string {
  return volumePath.replace(/(?:::\$DATA|:\$DATA|:\$I30:\$INDEX_ALLOCATION)$/i, '');
}

/** The directory that holds this name: `\` for a name in the root, undefined for the root. */
export function parentPath(volumePath: string): string | undefined {
  const path = trimTail(volumePath);
  if (path === '' || path === '\\') return undefined;
  const last = path.lastIndexOf('\\');
  return last <= 0 ? '\\' : path.slice(0, last);
}

/** The last component, without its stream. */
export function lastName(volumePath: string): string {
  const path = trimTail(volumePath);
  return splitStream(path.slice(path.lastIndexOf('\\') + 1)).base;
}

/** Joins a directory and a name. */
export function childPath(directory: string, name: string): string {
  return directory.endsWith('\\') ? directory + name : `${directory}\\${name}`;
}

/** Splits `\a\f:stream:$DATA` into `\a\f` and `stream` ('' for the unnamed stream). */
export function splitStream(volumePath: string): { base: string; stream: string } {
  const name = trimStream(volumePath);
  const colon = name.indexOf(':', name.lastIndexOf('\\') + 1);
  if (colon < 0) return { base: name, stream: '' };
  return { base: name.slice(0, colon), stream: name.slice(colon + 1) };
}
