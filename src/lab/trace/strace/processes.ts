// Processes, threads and their descriptor tables, as Linux keeps them: a thread shares its table
// and current folder with the threads of its process (or with whatever CLONE_FILES and CLONE_FS
// say), a fork copies the table, and every copy of a descriptor shares one open file description
// with its offset. On NT a description is a file object: it is cleaned up when the last descriptor
// to it goes.
// Guarantees: nothing here makes events; the callers learn which description lost its last
// descriptor. A handle name (`pid:descriptor#count`) is never used twice.
import type { TreeNode } from './name-tree.ts';

/** An open file description, or anything else that has a descriptor. */
export interface Description {
  /** Names the NT handle in events. */
  readonly handle: string;
  /** The file; undefined for what is not one. */
  readonly node: TreeNode | undefined;
  /** Why there are no events for it (a socket, a pipe ...); undefined for a file. */
  readonly other: string | undefined;
  /** DesiredAccess of its open; undefined when it was opened before the log began. */
  readonly access: number | undefined;
  offset: number;
  append: boolean;
  /** The next directory query starts from the beginning. */
  restart: boolean;
  /** A descriptor of any process still refers to it. */
  references: number;
}

export interface Descriptor {
  readonly description: Description;
  closeOnExec: boolean;
}

/** Descriptor numbers of one process (or of several that share them). */
export class DescriptorTable {
  readonly entries = new Map<number, Descriptor>();
  users = 1;

  /** A fork's copy: the same descriptions, one more reference each. */
  copy(): DescriptorTable {
    const table = new DescriptorTable();
    for (const [number, { description, closeOnExec }] of this.entries) {
      table.put(number, description, closeOnExec);
    }
    return table;
  }

  put(number: number, description: Description, closeOnExec: boolean): void {
    description.references++;
    this.entries.set(number, { description, closeOnExec });
  }

  /** Removes a descriptor; the caller looks whether its description lost the last one. */
  take(number: number): Description | undefined {
    const entry = this.entries.get(number);
    if (!entry) return undefined;
    this.entries.delete(number);
    entry.description.references--;
    return entry.description;
  }
}

/** Shared by the threads that share a current folder. */
export interface Folder {
  /** undefined until an AT_FDCWD annotation or a chdir told it. */
  node: TreeNode | undefined;
}

export interface Process {
  readonly id: number;
  /** Last component of the program that runs in it; '' when its exec is not in the log. */
  name: string;
}

/** The first half of a call whose end is on a later line. */
export interface PendingCall {
  readonly line: number;
  readonly time: number;
  readonly name: string;
  readonly text: string;
  /** The effect was taken early (a close, an unlock); the second half only completes it. */
  taken: boolean;
}

export interface Thread {
  id: number;
  readonly process: Process;
  table: DescriptorTable;
  folder: Folder;
  pending: PendingCall | undefined;
}

const FORKS = new Set(['clone', 'clone3', 'fork', 'vfork']);

/** Whether the call starts a thread or process. */
export function isFork(name: string): boolean {
  return FORKS.has(name);
}

export class ProcessTable {
  readonly threads = new Map<number, Thread>();
  private handles = 0;

  /** A thread that nothing is known about: the first of the log, or one that strace attached to. */
  addRoot(pid: number): Thread {
    return this.add({
      id: pid, process: { id: pid, name: '' }, table: new DescriptorTable(),
      folder: { node: undefined }, pending: undefined,
    });
  }

  /** The child of a fork or clone; `text` holds the call's flags. */
  addChild(parent: Thread, pid: number, text: string): Thread {
    const shares = (flag: string): boolean => new RegExp(`\\b${flag}\\b`).test(text);
    const { process, folder } = parent;
    const table = shares('CLONE_FILES') ? parent.table : parent.table.copy();
    if (table === parent.table) table.users++;
    return this.add({
      id: pid,
      process: shares('CLONE_THREAD') ? process : { id: pid, name: process.name },
      table,
      folder: shares('CLONE_FS') ? folder : { node: folder.node },
      pending: undefined,
    });
  }

  private add(thread: Thread): Thread {
    this.threads.set(thread.id, thread);
    return thread;
  }

  /** Threads that are inside a fork or clone whose end is not in the log yet. */
  forking(): Thread[] {
    return [...this.threads.values()].filter((thread) => isFork(thread.pending?.name ?? ''));
  }

  /** An exec: the table is no longer shared, the other threads of the process are gone. */
  exec(thread: Thread): void {
    for (const other of this.threads.values()) {
      if (other !== thread && other.process === thread.process) this.remove(other);
    }
    if (thread.table.users > 1) {
      thread.table.users--;
      thread.table = thread.table.copy();
    }
    thread.folder = { node: thread.folder.node };
  }

  /** strace's "superseded by execve": the thread goes on under the pid of its process. */
  supersede(pid: number, by: number): void {
    const thread = this.threads.get(by);
    const leader = this.threads.get(pid);
    if (!thread || thread === leader) return;
    if (leader) this.remove(leader);
    this.threads.delete(by);
    thread.id = pid;
    this.threads.set(pid, thread);
  }

  /** Forgets a thread. True when it was the last user of its table, which the caller empties. */
  remove(thread: Thread): boolean {
    if (this.threads.get(thread.id) === thread) this.threads.delete(thread.id);
    return --thread.table.users === 0;
  }

  /** Whether another thread of the same process goes on. */
  alive(process: Process): boolean {
    for (const thread of this.threads.values()) if (thread.process === process) return true;
    return false;
  }

  handleName(pid: number, descriptor: number | string): string {
    return `${pid}:${descriptor}#${++this.handles}`;
  }
}
