// What the parser knows while it walks through the log: the name space, the processes with their
// descriptors, the locks; and the questions that every call asks of it: which file is this
// argument, and what happens when its descriptor goes.
// Guarantees: an argument that is no file of the volume answers with a reason (a text), which the
// caller hands on to be counted. A file that was opened before the log began gets a handle without
// a create.
// Simplification: /proc, /sys and /dev are the kernel's and never part of the volume.
import { StraceEvents } from './events.ts';
import type { Call, Target } from './events.ts';
import { LockTable } from './locks.ts';
import { ProcessTable } from './processes.ts';
import type { Description, Thread } from './processes.ts';
import { descriptorText, quoted } from './text.ts';
import type { DescriptorText } from './text.ts';
import { NameTree } from './name-tree.ts';
import type { TreeNode } from './name-tree.ts';
import type { TraceTally } from '../tally.ts';

const KERNEL_FOLDERS = new Set(['proc', 'sys', 'dev']);
const KERNEL_FILE = 'kernel file (/proc, /sys, /dev)';

/** An open file of the volume and the descriptor that the call used. */
export interface OpenFile extends Target {
  readonly number: number;
  readonly node: TreeNode;
  readonly handle: string;
  readonly description: Description;
}

/** Why what -y printed about a descriptor is no file; undefined for a path. */
export function otherKind(target: string): string | undefined {
  if (target.startsWith('/memfd:')) return 'memory file';
  if (target.startsWith('/')) return undefined;
  if (/^(socket:|UNIX|TCP|UDP|NETLINK|RAW|PING|ICMP|DCCP|SCTP)/.test(target)) return 'socket';
  if (target.startsWith('pipe:')) return 'pipe';
  return 'anonymous inode';
}

/** Why a name is no file of the volume; undefined for one that is. */
export function kernelFile(node: TreeNode): string | undefined {
  let top = node;
  while (top.parent?.parent) top = top.parent;
  return KERNEL_FOLDERS.has(top.name) ? KERNEL_FILE : undefined;
}

/** -y says that the number now belongs to something of another kind: a call is not in the log. */
function isStale(known: Description, text: DescriptorText): boolean {
  if (text.target === undefined) return false;
  const isPath = known.other === undefined || known.other === KERNEL_FILE;
  return isPath !== (otherKind(text.target) === undefined);
}

export class StraceState {
  readonly tally: TraceTally;
  readonly tree: NameTree;
  readonly processes = new ProcessTable();
  readonly events: StraceEvents;
  readonly locks: LockTable;
  /**
   * Ends closes and unlocks that are under way, for the threads that the caller chooses: a later
   * line shows that what they free is free. Set by `SplitCalls`.
   */
  endFrees: (chosen: (thread: Thread) => boolean) => void = () => undefined;

  constructor(tally: TraceTally) {
    this.tally = tally;
    this.events = new StraceEvents(tally, this.processes);
    this.tree = new NameTree((sequences) => this.events.correctToPathNotFound(sequences));
    this.locks = new LockTable(this.events, (owner) => this.endFrees((thread) =>
      owner === undefined || thread.process === owner));
  }

  /** The folder that a `...at` call starts from. */
  private folder(call: Call, argument: string | undefined): TreeNode | string {
    const text = argument === undefined ? undefined : descriptorText(argument);
    const { thread } = call;
    if (text?.number === undefined) {
      if (text?.target?.startsWith('/')) {
        thread.folder.node = this.tree.resolve(this.tree.root, text.target, false);
      }
      return thread.folder.node ?? 'relative name, current folder not in the log (strace -y)';
    }
    const file = this.file(call, argument);
    return typeof file === 'string' ? file : file.node;
  }

  /**
   * The name that a call is about.
   * @param folder the `dirfd` argument; undefined for calls without one
   * @param follow whether the call follows a link in the last component
   * @returns a reason when it is no file of the volume
   */
  name(
    call: Call, folder: string | undefined, path: string | undefined, follow: boolean,
  ): TreeNode | string {
    const text = quoted(path);
    if (text === undefined) return 'a name that strace could not read';
    if (text === '') return 'an empty name';
    const start = this.folder(call, folder);
    if (typeof start === 'string' && !text.startsWith('/')) return start;
    const base = typeof start === 'string' ? this.tree.root : start;
    const node = this.tree.resolve(base, text, follow);
    return kernelFile(node) ?? node;
  }

  /** The open file behind a descriptor argument; a reason when there is none. */
  file(call: Call, argument: string | undefined): OpenFile | string {
    const text = descriptorText(argument);
    if (text?.number === undefined || text.number < 0) return 'no descriptor';
    const { table } = call.thread;
    const known = table.entries.get(text.number)?.description;
    const description = known && !isStale(known, text) ? known : this.adopt(call, text);
    if (typeof description === 'string') return description;
    if (description.node === undefined) return description.other ?? 'not a file';
    return {
      number: text.number, node: description.node, handle: description.handle, description,
    };
  }

  /** A descriptor whose open is not in the log, told by -y alone. */
  private adopt(call: Call, text: DescriptorText): Description | string {
    const { number, target } = text;
    if (number === undefined || target === undefined) return 'a descriptor not seen opened';
    const { table } = call.thread;
    table.take(number);
    const node = target.startsWith('/')
      ? this.tree.resolve(this.tree.root, target, false) : undefined;
    const other = otherKind(target) ?? (node ? kernelFile(node) : undefined);
    const description = this.describe(call, number, other === undefined ? node : undefined, other);
    table.put(number, description, false);
    return description;
  }

  /** A new open file description; the caller puts it into a table. */
  describe(
    call: Call, number: number, node: TreeNode | undefined, other: string | undefined,
    access?: number,
  ): Description {
    return {
      handle: this.processes.handleName(call.thread.id, number), node, other, access,
      offset: 0, append: false, restart: true, references: 0,
    };
  }

  /** Gives a description its first descriptor; a number that is still taken is closed first. */
  install(call: Call, number: number, description: Description, closeOnExec: boolean): void {
    const { table } = call.thread;
    if (table.entries.has(number)) {
      this.endFrees((thread) => thread !== call.thread && thread.table === table);
    }
    if (table.entries.has(number)) this.release(call, number);
    table.put(number, description, closeOnExec);
  }

  /**
   * A descriptor goes. The last one of its description makes CLEANUP and CLOSE.
   * @returns why it made no event, when it made none
   */
  release(call: Call, number: number): string | undefined {
    const description = call.thread.table.take(number);
    if (!description) return 'a descriptor not seen opened';
    const last = description.references === 0;
    this.locks.descriptorClosed(call, description, last);
    if (description.node === undefined) return description.other ?? 'not a file';
    if (!last) return 'a descriptor of several';
    this.events.close(call, { node: description.node, handle: description.handle });
    return undefined;
  }

  /** A thread ends, and with its table's last user all descriptors. */
  endThread(call: Call, thread: Thread): void {
    if (!this.processes.remove(thread)) return;
    for (const number of thread.table.entries.keys()) this.release(call, number);
  }

  /** Status of a failed call for events: counts an errno that has no rule here. */
  status(rule: number | string | undefined): number | undefined {
    if (typeof rule !== 'string') return rule;
    this.tally.unknownResult(rule);
    return undefined;
  }
}
