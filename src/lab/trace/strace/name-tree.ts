// What the log has told so far about the name space: which names existed, which did not, which were
// symbolic links and how large files were. The parser needs it to tell "name not found" from "path
// not found", to know what an open-if did, and to follow links that NT would not see.
// Guarantees: a node is one name in one folder; a rename moves the node, so open descriptors and
// everything below follow it. What an earlier line left open (was the folder of that missing name
// there?) is kept with the folder and settled when a later line tells.
// Simplification: one tree for all processes: mount name spaces and chroot are not told apart.
import { ntComponent } from './posix-name.ts';
import { upperCase } from '../volume-path.ts';

/** What is known of a file whatever its names (hard links share it). */
export interface FileFacts {
  kind: 'file' | 'directory' | 'link' | undefined;
  size: number | undefined;
}

export interface TreeNode {
  name: string;
  /** The component as NT stores it. */
  nt: string;
  parent: TreeNode | undefined;
  state: 'unknown' | 'present' | 'missing';
  file: FileFacts;
  /** Target of a symbolic link, when known. */
  link: string | undefined;
  /** The name is gone, the file may still be open. */
  deleted: boolean;
  /** Events that took this folder for present without knowing, by sequence. */
  doubts: number[];
  readonly children: Map<string, TreeNode>;
  /** Spellings of one name, by its upper case, in order of appearance. */
  readonly spellings: Map<string, string[]>;
}

/** Links followed before a path counts as a circle; Linux has the same limit. */
const LINKS_MAX = 40;
/** Stands for the unknown file that a link leads to; no recorded name ends like this. */
const UNKNOWN_TARGET = '\uf1ff';

function newNode(name: string, nt: string, parent: TreeNode | undefined): TreeNode {
  return {
    name, nt, parent, state: 'unknown', file: { kind: undefined, size: undefined },
    link: undefined, deleted: false, doubts: [], children: new Map(), spellings: new Map(),
  };
}

export class NameTree {
  readonly root: TreeNode = newNode('', '', undefined);
  /** Names that got a mark because another differs from them only in case. */
  caseCollisions = 0;
  /** Names with a character that NT does not allow. */
  illegalNames = 0;
  /** Called with events that looked into a folder which turns out to have been missing. */
  private readonly wasMissing: (sequences: readonly number[]) => void;

  constructor(wasMissing: (sequences: readonly number[]) => void) {
    this.wasMissing = wasMissing;
    this.root.state = 'present';
    this.root.file.kind = 'directory';
  }

  /** The child of that name, made when it was never mentioned. */
  child(parent: TreeNode, name: string): TreeNode {
    let node = parent.children.get(name);
    if (!node) {
      node = newNode(name, this.ntName(parent, name), parent);
      parent.children.set(name, node);
    }
    return node;
  }

  private ntName(parent: TreeNode, name: string): string {
    const key = upperCase(name);
    const spellings = parent.spellings.get(key);
    if (!spellings) {
      parent.spellings.set(key, [name]);
      if (ntComponent(name) !== name) this.illegalNames++;
      return ntComponent(name);
    }
    if (!spellings.includes(name)) {
      spellings.push(name);
      this.caseCollisions++;
    }
    return ntComponent(name, spellings.indexOf(name));
  }

  /**
   * The node that a path leads to.
   * @param folder where a relative path starts
   * @param follow whether a link in the last component is followed (stat) or not (lstat)
   */
  resolve(folder: TreeNode, path: string, follow: boolean): TreeNode {
    let node = path.startsWith('/') ? this.root : folder;
    const rest = path.split('/').toReversed();
    for (let links = 0; rest.length > 0;) {
      const name = rest.pop() as string;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        node = node.parent ?? this.root;
        continue;
      }
      const next = this.child(node, name);
      const last = rest.every((part) => part === '');
      const isLink = next.link !== undefined || next.file.kind === 'link';
      if (!isLink || (last && !follow) || ++links > LINKS_MAX) {
        node = next;
      } else if (next.link === undefined) {
        node = this.child(node, name + UNKNOWN_TARGET);
      } else {
        if (next.link.startsWith('/')) node = this.root;
        rest.push(...next.link.split('/').toReversed());
      }
    }
    return node;
  }

  /** `path` was opened and turned out to be `real`: somewhere in it is a link. */
  learnLink(node: TreeNode, real: TreeNode): void {
    let from = node;
    let to = real;
    while (from.name === to.name && from.parent?.parent && to.parent?.parent
      && from.parent !== to.parent) {
      from = from.parent;
      to = to.parent;
    }
    for (let above: TreeNode | undefined = to; above; above = above.parent) {
      if (above === from) return;
    }
    if (!from.parent) return;
    from.link = posixPath(to);
    from.file.kind = 'link';
  }

  /** The name exists; so do the folders above it. */
  present(node: TreeNode, kind?: FileFacts['kind']): void {
    node.state = 'present';
    node.doubts = [];
    if (kind && node.file.kind !== kind) {
      node.file.kind = kind;
      if (kind !== 'link') node.link = undefined;
    }
    for (let above = node.parent; above && above.state !== 'present'; above = above.parent) {
      above.state = 'present';
      above.doubts = [];
    }
  }

  /** The name was looked for and was not there. */
  missing(node: TreeNode): void {
    if (!node.parent) return;
    this.settle(node);
    node.state = 'missing';
  }

  /** An event took the folders above a name for present; until one is known, that is a doubt. */
  doubt(node: TreeNode, sequence: number): void {
    for (let above = node.parent; above && above.state === 'unknown'; above = above.parent) {
      above.doubts.push(sequence);
    }
  }

  /** The name was not there so far, so whoever looked below it met a missing folder. */
  private settle(node: TreeNode): void {
    if (node.state === 'unknown' && node.doubts.length > 0) this.wasMissing(node.doubts);
    node.doubts = [];
  }

  /** Whether a folder above the name is known not to exist, or not to be a folder. */
  parentMissing(node: TreeNode): boolean {
    for (let above = node.parent; above; above = above.parent) {
      if (above.state === 'missing') return true;
      if (above.state === 'present') return above.file.kind === 'file';
    }
    return false;
  }

  /** A new file or folder under a name that was free. */
  created(node: TreeNode, kind: FileFacts['kind'], size: number | undefined): void {
    this.settle(node);
    node.file = { kind, size };
    node.link = undefined;
    this.present(node, kind);
  }

  /** The name goes away; open descriptors keep the node, later lookups get a new one. */
  unlinked(node: TreeNode): void {
    const { parent, name } = node;
    if (!parent) return;
    node.deleted = true;
    if (parent.children.get(name) === node) parent.children.delete(name);
    this.child(parent, name).state = 'missing';
  }

  /** Moves a node over whatever has the target's name. */
  renamed(node: TreeNode, target: TreeNode): void {
    const { parent, name } = target;
    if (!parent || node === target || node.file === target.file) return;
    target.deleted = true;
    const before = node.parent;
    if (before?.children.get(node.name) === node) {
      before.children.delete(node.name);
      this.child(before, node.name).state = 'missing';
    }
    node.parent = parent;
    node.name = name;
    node.nt = target.nt;
    parent.children.set(name, node);
    this.present(node);
  }
}

/** The absolute POSIX path of a node, without links. */
export function posixPath(node: TreeNode): string {
  if (!node.parent) return '/';
  let path = '';
  for (let at: TreeNode = node; at.parent; at = at.parent) path = `/${at.name}${path}`;
  return path;
}

/** The path from the volume's root as NT writes it: `\usr\lib`. */
export function ntPath(node: TreeNode): string {
  if (!node.parent) return '\\';
  let path = '';
  for (let at: TreeNode = node; at.parent; at = at.parent) path = `\\${at.nt}${path}`;
  return path;
}
