// Which paths of a log may name the same contents: a rename takes contents along, a hard link gives
// them a second name. Paths that are so related are one content class, whose number is written into
// every cell.
// Guarantees: numbers are given in order of appearance, from 1; a path that nothing renames or
// links is a class of its own; each stream of a file is a class of its own and goes with its file.
import { foldPath, pathKey, splitStream } from '../../trace/volume-path.ts';

export class ContentClasses {
  /** Index of each path key, and the parent of each index (a union-find forest). */
  readonly #indexOf = new Map<string, number>();
  readonly #parent: number[] = [];
  readonly #numbers = new Map<number, number>();

  #index(key: string): number {
    const known = this.#indexOf.get(key);
    if (known !== undefined) return known;
    const index = this.#parent.length;
    this.#indexOf.set(key, index);
    this.#parent.push(index);
    return index;
  }

  #root(index: number): number {
    let at = index;
    while (this.#parent[at] !== at) at = this.#parent[at] ?? at;
    this.#parent[index] = at;
    return at;
  }

  /** Makes a path known. */
  add(volume: string, volumePath: string): void {
    this.#index(pathKey(volume, volumePath));
  }

  /** The contents of one path, and of all below it, may come to be at another. */
  join(volume: string, from: string, to: string): void {
    const first = pathKey(volume, from);
    const second = pathKey(volume, to);
    this.#union(first, second);
    for (const key of this.#indexOf.keys()) {
      const rest = restBelow(key, first);
      if (rest !== undefined) this.#union(key, second + rest);
    }
  }

  #union(first: string, second: string): void {
    this.#parent[this.#root(this.#index(first))] = this.#root(this.#index(second));
  }

  /** The class of a path; all joins must be known by then. */
  of(volume: string, volumePath: string): number {
    const root = this.#root(this.#index(pathKey(volume, volumePath)));
    const known = this.#numbers.get(root);
    if (known !== undefined) return known;
    const number = this.#numbers.size + 1;
    this.#numbers.set(root, number);
    return number;
  }

  get size(): number {
    return this.#numbers.size;
  }
}

/** What a key has behind a path: a file below it or a stream of it; undefined for others. */
function restBelow(key: string, path: string): string | undefined {
  if (!key.startsWith(path)) return undefined;
  const next = key.charAt(path.length);
  return next === '\\' || next === ':' ? key.slice(path.length) : undefined;
}

/** The path of a stream of a file. */
export function streamPath(volumePath: string, stream: string): string {
  return `${splitStream(volumePath).base}:${stream}`;
}

/** True for paths that have no contents: the volume itself, and the root. */
export const isBare = (volumePath: string): boolean =>
  volumePath === '' || foldPath(volumePath) === '\\';
