// Plays a sequence on one folder, as an application would: each operation is one system service of
// this thread. What the application saw (statuses, counts, the bytes that it read) is written down,
// so that the same sequence on a volume without the filter can be compared with it.
import { u8 } from '../../mem/memory.ts';
import { NONPAGED, USER } from '../../mem/memory-map.ts';
import { fileByHandle, releaseFile } from '../../ntos/io/service/service.ts';
import { STATUS_PENDING } from '../../ntos/status-codes.ts';
import { statusName } from '../../ntos/status.ts';
import { User } from '../workload/user.ts';
import * as files from '../workload/user/files.ts';
import { acts } from './acts/acts.ts';
import { SLOTS } from './sequence.ts';
import * as t from './tables.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { UserFile } from '../workload/user.ts';
import type { FuzzOperation } from './sequence.ts';

const DATA_BYTES = 128 * 1024;
const PAGE_BYTES = 4096;
/** A handle that nobody ever opened. */
const NOBODYS: UserFile = { handle: 0x7ff0, asynchronous: false };
/** From this number on a request goes to a handle that may be none. */
const ASTRAY = 30;
/** A request of this thread that is still pending after so long (virtual ms) is cancelled. */
const PATIENCE_MS = 10;

/** What the application saw of each operation. */
export type Seen = readonly string[];

/** What the machine does for a sequence that no application can do. */
export interface Surroundings {
  /** Detaches the filters, or attaches them, or (0) both. */
  reattach(what: number): NTSTATUS;
  /** Completes what is at the disk, and runs what is queued. */
  disk(): void;
  /** Lets the allocations from number `first` on fail, `count` of them. */
  starve(first: number, count: number): void;
}

/** FNV-1a of memory. */
function hashOf(at: number, bytes: number): string {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + bytes; i++) hash = Math.imul(hash ^ u8[i]!, 0x01000193);
  return (hash >>> 0).toString(16);
}

interface Held {
  readonly file: UserFile;
  isBroken: boolean;
}

export class Player {
  readonly user = new User(0, 1);
  readonly data = this.user.arena.take(DATA_BYTES);
  readonly page = this.user.arena.take(PAGE_BYTES);
  /** Where requests put their results that may end at any time: nobody looks at it. */
  readonly aside = this.user.arena.take(DATA_BYTES);
  readonly slots: (UserFile | undefined)[] = [];
  readonly machine: Surroundings;
  folder = '';
  /** What the last operation has to show beside its status. */
  shown = '';
  /** Whether requests are under way that end sooner or later, as the disk pleases. */
  isUnderWay = false;
  readonly #held: Held[] = [];

  constructor(machine: Surroundings) {
    this.machine = machine;
  }

  /** Starts a request that may go on; its end, if only the disk kept it from that. */
  started(start: (done: (status: NTSTATUS) => void) => NTSTATUS): NTSTATUS {
    let last: NTSTATUS = STATUS_PENDING;
    const status = start((end) => { last = end; });
    if (status !== STATUS_PENDING) return status;
    this.machine.disk();
    this.user.poll();
    return last;
  }

  fileOf(slot: number): UserFile {
    return this.slots[slot] ?? NOBODYS;
  }

  /** Does something with the file object behind a handle. */
  withFile(slot: number, act: (file: PFILE_OBJECT) => NTSTATUS): NTSTATUS {
    const file = fileByHandle(this.fileOf(slot).handle, 0);
    if (file < 0) return file as NTSTATUS;
    const status = act(file as PFILE_OBJECT);
    releaseFile(file as PFILE_OBJECT);
    return status;
  }

  /** Puts what was opened into a slot, whose handle was closed before. */
  keep(slot: number, opened: UserFile): void {
    this.slots[slot] = opened;
  }

  closeSlot(slot: number): void {
    const file = this.slots[slot];
    if (file !== undefined) files.closeFile(this.user, file);
    this.slots[slot] = undefined;
  }

  path(n: number): string {
    const name = t.entry(t.names, n);
    const drive = this.folder.slice(0, 2);
    if (name === t.VOLUME) return drive;
    return name === t.ROOT ? `${drive}\\` : `${this.folder}\\${name}`;
  }

  /** The address that a request names for a buffer of its own, by a number that is mostly small. */
  address(own: number, n: number, bytes: number): number {
    switch (t.entry(t.addresses, n < 24 ? 0 : n)) {
      case 'odd': return own + 1;
      case 'null': return 0;
      case 'kernel': return NONPAGED.start + 4096;
      // A buffer that begins in user space and ends behind it.
      case 'end': return USER.end - (bytes >> 1);
      default: return own;
    }
  }

  /** Fills the data buffer by a number. */
  fill(bytes: number, n: number): void {
    for (let i = 0; i < bytes; i++) u8[this.data + i] = (i * 7 + n * 31 + 1) & 0xff;
  }

  /** Shows what was written to a place, as far as the last request says. */
  show(at: number, bytes = this.user.information): void {
    this.shown = `${bytes} bytes ${hashOf(at, bytes)}`;
  }

  /** Watches an oplock: when it is broken, its handle is closed before the next operation. */
  holdOplock(held: Held): void {
    this.#held.push(held);
  }

  /** Closes every handle whose oplock somebody broke, as a client that has nothing to write. */
  #answerBreaks(): void {
    if (this.#held.length === 0) return;
    this.user.poll();
    for (const { file, isBroken } of this.#held) {
      const slot = this.slots.indexOf(file);
      if (isBroken && slot >= 0) this.closeSlot(slot);
    }
  }

  /** A handle that is not open stands for the next one that is, but for a few odd requests. */
  #aim(operation: FuzzOperation): FuzzOperation {
    const { kind, slot, z } = operation;
    if (kind === 'open' || z >= ASTRAY || this.slots[slot] !== undefined) return operation;
    for (let n = 1; n < SLOTS; n++) {
      const other = (slot + n) % SLOTS;
      if (this.slots[other] !== undefined) return { ...operation, slot: other };
    }
    return operation;
  }

  /** Plays a sequence in a folder that exists; nothing is open at its end. */
  play(
    folder: string, sequence: readonly FuzzOperation[],
    each: (operation: FuzzOperation, status: NTSTATUS) => void = () => undefined,
  ): Seen {
    this.folder = folder;
    this.slots.length = 0;
    this.isUnderWay = false;
    const seen = sequence.map((operation) => {
      this.shown = '';
      // What another operation left there would make two runs of one sequence differ.
      u8.fill(0, this.page, this.page + PAGE_BYTES);
      const status = acts[operation.kind](this, this.#aim(operation));
      each(operation, status);
      this.#answerBreaks();
      return `${statusName(status)} ${this.shown}`.trimEnd();
    });
    this.end();
    return seen;
  }

  /** Gives up what is pending and closes what is open. */
  end(): void {
    this.#held.length = 0;
    for (const file of this.slots) if (file !== undefined) files.closeFile(this.user, file);
    this.slots.length = 0;
    this.user.settle(PATIENCE_MS);
  }
}
