// The names of a recorded machine while its log is read: which existed before the log began, and
// which the log itself made, moved or removed.
// Guarantees: evidence about a name reaches the state before the log only while the log has not
// changed that name; a rename carries a file (or a directory with everything below it) and what is
// known about it to its new name. What the log cannot explain is listed as a contradiction.
// Simplification: a name that a deletion was asked for is unsettled until a later event shows
// whether it went; hard links are names of their own.
import type { InformationFields } from '../event.ts';
import { parentPath, pathKey, splitStream } from '../volume-path.ts';
import { SizeEvidence } from './size-evidence.ts';

export type FileKind = 'unknown' | 'file' | 'directory';

/** What is known about one file or directory (not its name). */
export interface FileEvidence {
  kind: FileKind;
  /** Somebody expected a directory here, without proof. */
  likelyDirectory: boolean;
  /** The log made it: nothing about it belongs to the state before. */
  readonly born: boolean;
  readonly size: SizeEvidence;
  /** The first value seen of each field. */
  fields: InformationFields;
  /** Fields of this kind were set by the log: later observations tell nothing about before. */
  basicSet: boolean;
  dataChanged: boolean;
  eaChanged: boolean;
  reparseChanged: boolean;
  /** EAs, a reparse point, an object id, seen by a request for them. */
  hasEa: boolean | undefined;
  isReparsePoint: boolean;
  hasObjectId: boolean;
  writeDenied: boolean;
  wasWritten: boolean;
}

export interface NameNode {
  readonly volume: string;
  /** Where it was (or would have been) before the log. */
  readonly home: string;
  /** Before the log. `moved`: another name's place, left empty by a rename. */
  initial: 'unknown' | 'present' | 'absent' | 'moved';
  /** Now: as before, made by the log, gone, or asked to be deleted. */
  now: 'initial' | 'made' | 'gone' | 'unsettled';
  /** The file that had this name before the log. */
  readonly first: FileEvidence;
  /** The file that has it now. */
  file: FileEvidence;
  /** Named streams of it are known by names of their own. */
  hasStreams: boolean;
  /** A path through here was not found: absent, or no directory. */
  noDirectory: boolean;
}

/** An event that the log's own history does not explain: something outside it acted. */
export interface Contradiction {
  readonly sequence: number;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** A file lost its name: opens that nobody uses any more must have ended before. */
export interface Departure {
  readonly key: string;
  /** Everything below the name left with it (a renamed directory). */
  readonly withChildren: boolean;
  readonly sequence: number;
}

/** A renamed directory. */
interface Move {
  readonly from: string;
  readonly to: string;
  readonly fromKey: string;
  readonly toKey: string;
}

/** Where evidence comes from. */
export interface Witness {
  readonly sequence: number;
  readonly line: number;
}

export class Namespace {
  readonly contradictions: Contradiction[] = [];
  readonly departures: Departure[] = [];
  readonly #byKey = new Map<string, NameNode>();
  readonly #all: NameNode[] = [];
  /** Renamed directories, so that names never seen before are found at their old home. */
  readonly #moves: Move[] = [];

  /** Every name that the log said anything about. */
  get nodes(): readonly NameNode[] {
    return this.#all;
  }

  node(volume: string, path: string): NameNode {
    const key = pathKey(volume, path);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    return this.#addNode(key, volume, this.#homeOf(key, path), 'unknown', 'initial');
  }

  /** The name exists now, and so do the directories on the way to it. */
  exists(volume: string, path: string, witness: Witness, kind: FileKind = 'unknown'): NameNode {
    this.#parents(volume, path, witness);
    const node = this.node(volume, path);
    if (node.now === 'gone') {
      this.#contradict(node, witness, 'it exists, though the log removed it');
      node.now = 'made';
      node.file = newFile(true);
    } else if (node.now === 'initial' && node.initial !== 'present') {
      if (node.initial === 'absent') {
        this.#contradict(node, witness, 'it exists, though it was not found before');
        node.now = 'made';
        node.file = newFile(true);
      } else {
        node.initial = 'present';
      }
    }
    setKind(node.file, kind);
    return node;
  }

  /** The name does not exist now; its directory does. */
  absent(volume: string, path: string, witness: Witness): void {
    const { base, stream } = splitStream(path);
    const parent = parentPath(base);
    if (parent !== undefined) this.exists(volume, parent, witness, 'directory');
    const node = this.node(volume, stream === '' ? base : path);
    if (node.now === 'initial' && node.initial !== 'present') {
      node.initial = 'absent';
      return;
    }
    if (node.now === 'made' || node.now === 'initial') {
      this.#contradict(node, witness, 'it was not found, though the log did not remove it');
    }
    if (node.now !== 'gone') this.#departed(volume, path, false, witness);
    node.now = 'gone';
  }

  /** A path led through this name and failed: it is absent, or no directory. */
  notDirectory(volume: string, path: string, witness: Witness): void {
    const node = this.node(volume, path);
    if (node.now === 'initial') node.noDirectory = true;
    else if (node.now === 'made' && node.file.kind === 'directory') {
      this.#contradict(node, witness, 'a path through it was not found');
      node.now = 'gone';
    }
  }

  /** The log created this name. */
  made(volume: string, path: string, witness: Witness, kind: FileKind): NameNode {
    this.#parents(volume, path, witness);
    const node = this.node(volume, path);
    if (node.now === 'initial' && node.initial !== 'present') {
      node.initial = 'absent';
    } else if (node.now === 'initial' || node.now === 'made') {
      this.#contradict(node, witness, 'it was created, though it existed');
    }
    if (node.now === 'unsettled') this.#departed(volume, path, false, witness);
    node.now = 'made';
    node.file = newFile(true);
    setKind(node.file, kind);
    return node;
  }

  /** A deletion was asked for, and granted for the time when the last handle goes. */
  unsettled(volume: string, path: string, witness: Witness): void {
    this.exists(volume, path, witness).now = 'unsettled';
  }

  /** A deletion was taken back. */
  settled(volume: string, path: string, witness: Witness): void {
    const node = this.exists(volume, path, witness);
    if (node.now === 'unsettled') node.now = node.file.born ? 'made' : 'initial';
  }

  /** The log renamed a name, with everything below it. */
  renamed(volume: string, from: string, to: string, replace: boolean, witness: Witness): void {
    const source = this.exists(volume, from, witness);
    this.#parents(volume, to, witness);
    const target = this.node(volume, to);
    if (target.now === 'initial' && target.initial === 'unknown' && !replace) {
      target.initial = 'absent';
    }
    const [fromKey, toKey] = [pathKey(volume, from), pathKey(volume, to)];
    const isAlone = source.file.kind === 'file' && !source.hasStreams;
    this.#departed(volume, from, !isAlone, witness);
    if (replace) this.#departed(volume, to, false, witness);
    if (!isAlone) this.#moveBelow({ from, to, fromKey, toKey });
    this.#byKey.set(toKey, source);
    if (source.now === 'initial') source.now = 'made';
    this.#addNode(fromKey, volume, from, 'moved', 'gone');
  }

  /** A second name for a file. */
  linked(volume: string, to: string, replace: boolean, witness: Witness): void {
    const node = this.node(volume, to);
    if (!replace || node.initial === 'unknown') this.made(volume, to, witness, 'file');
  }

  #parents(volume: string, path: string, witness: Witness): void {
    const { base, stream } = splitStream(path);
    const parent = stream === '' ? parentPath(path) : base;
    if (parent === undefined) return;
    const node = this.node(volume, parent);
    const kind = stream === '' ? 'directory' : 'unknown';
    if (stream !== '') node.hasStreams = true;
    if (node.initial === 'present' && node.now === 'initial' && node.file.kind === kind) return;
    this.exists(volume, parent, witness, kind);
  }

  #moveBelow(move: Move): void {
    this.#moves.push(move);
    const { fromKey, toKey } = move;
    const before = [...this.#byKey];
    for (const [key, node] of before) {
      if (!key.startsWith(`${fromKey}\\`) && !key.startsWith(`${fromKey}:`)) continue;
      this.#byKey.delete(key);
      this.#byKey.set(toKey + key.slice(fromKey.length), node);
    }
  }

  #homeOf(key: string, path: string): string {
    let home = path;
    let homeKey = key;
    for (const move of this.#moves.toReversed()) {
      if (!homeKey.startsWith(`${move.toKey}\\`)) continue;
      home = move.from + home.slice(move.to.length);
      homeKey = move.fromKey + homeKey.slice(move.toKey.length);
    }
    return home;
  }

  #addNode(
    key: string, volume: string, home: string, initial: NameNode['initial'],
    now: NameNode['now'],
  ): NameNode {
    const first = newFile(false);
    const node: NameNode = { volume, home, initial, now, first, file: first, hasStreams: false,
      noDirectory: false };
    this.#byKey.set(key, node);
    this.#all.push(node);
    return node;
  }

  #departed(volume: string, path: string, withChildren: boolean, { sequence }: Witness): void {
    this.departures.push({ key: pathKey(volume, path), withChildren, sequence });
  }

  #contradict(node: NameNode, { sequence, line }: Witness, what: string): void {
    const path = node.volume + node.home;
    this.contradictions.push({ sequence, line, path, message: `${path}: ${what}.` });
  }
}

function newFile(born: boolean): FileEvidence {
  return {
    kind: 'unknown', likelyDirectory: false, born, size: new SizeEvidence(), fields: {},
    basicSet: false, dataChanged: false, eaChanged: false, reparseChanged: false,
    hasEa: undefined, isReparsePoint: false, hasObjectId: false, writeDenied: false,
    wasWritten: false,
  };
}

function setKind(file: FileEvidence, kind: FileKind): void {
  if (kind !== 'unknown' && file.kind === 'unknown') file.kind = kind;
}
