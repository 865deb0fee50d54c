// Plays a sequence on one folder, as an application would: each operation is one system service of
// this thread. What the application saw (statuses, counts, the bytes that it read) is written down,
// so that the same sequence on a volume without the filter can be compared with it.
import { u8 } from '../../mem/memory.ts';
import * as c from '../../ntos/io/file-constants.ts';
import * as cls from '../../ntos/io/information/information-classes.ts';
import { fileByHandle, releaseFile } from '../../ntos/io/service/service.ts';
import { STATUS_PENDING } from '../../ntos/status-codes.ts';
import { NT_SUCCESS, statusName } from '../../ntos/status.ts';
import { User } from '../workload/user.ts';
import * as files from '../workload/user/files.ts';
import * as requests from '../workload/user/requests.ts';
import { putFullEa, putInformation, putRename } from '../workload/user/structures.ts';
import { synchronize } from '../workload/user/synchronization.ts';
import * as t from './tables.ts';
import type { NTSTATUS } from '../../ntos/status.ts';
import type { PFILE_OBJECT } from '../../ntos/io/types.ts';
import type { UserFile } from '../workload/user.ts';
import type { FuzzKind, FuzzOperation } from './sequence.ts';

const DATA_BYTES = 128 * 1024;
const PAGE_BYTES = 4096;
const LOCK_AT = 2 ** 31;
const SECURITY = c.OWNER_SECURITY_INFORMATION | c.DACL_SECURITY_INFORMATION;
/** A handle that nobody ever opened. */
const NOBODYS: UserFile = { handle: 0x7ff0, asynchronous: false };
/** A request of this thread that is still pending after so long (virtual ms) is cancelled. */
const PATIENCE_MS = 10;

/** What the application saw of each operation. */
export type Seen = readonly string[];

type Doer = (player: Player, operation: FuzzOperation) => NTSTATUS;

/** FNV-1a of what was read. */
function hashOf(at: number, bytes: number): string {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + bytes; i++) hash = Math.imul(hash ^ u8[i]!, 0x01000193);
  return (hash >>> 0).toString(16);
}

export class Player {
  readonly user = new User(0, 1);
  readonly data = this.user.arena.take(DATA_BYTES);
  readonly page = this.user.arena.take(PAGE_BYTES);
  readonly slots: (UserFile | undefined)[] = [];
  folder = '';
  /** What the last operation has to show beside its status. */
  shown = '';
  readonly reattach: () => NTSTATUS;
  /** Completes what is at the disk. */
  readonly #disk: () => void;
  readonly #held: { readonly file: UserFile; isBroken: boolean }[] = [];

  constructor(reattach: () => NTSTATUS, disk: () => void) {
    this.reattach = reattach;
    this.#disk = disk;
  }

  /** Starts a request that may go on; its end, if only the disk kept it from that. */
  started(start: (done: (status: NTSTATUS) => void) => NTSTATUS): NTSTATUS {
    let last: NTSTATUS = STATUS_PENDING;
    const status = start((end) => { last = end; });
    if (status !== STATUS_PENDING) return status;
    this.#disk();
    this.user.poll();
    return last;
  }

  fileOf(slot: number): UserFile {
    return this.slots[slot] ?? NOBODYS;
  }

  path(n: number): string {
    return `${this.folder}\\${t.entry(t.names, n)}`;
  }

  /** Fills the data buffer by a number. */
  fill(bytes: number, n: number): void {
    for (let i = 0; i < bytes; i++) u8[this.data + i] = (i * 7 + n * 31 + 1) & 0xff;
  }

  show(bytes: number): void {
    this.shown = `${bytes} bytes ${hashOf(this.data, bytes)}`;
  }

  /** Watches an oplock: when it is broken, its handle is closed before the next operation. */
  holdOplock(held: { readonly file: UserFile; isBroken: boolean }): void {
    this.#held.push(held);
  }

  /** Closes every handle whose oplock somebody broke, as a client that has nothing to write. */
  #answerBreaks(): void {
    if (this.#held.length === 0) return;
    this.user.poll();
    for (const { file, isBroken } of this.#held) {
      const slot = this.slots.indexOf(file);
      if (!isBroken || slot < 0) continue;
      files.closeFile(this.user, file);
      this.slots[slot] = undefined;
    }
  }

  /** Plays a sequence in a folder that exists; nothing is open at its end. */
  play(folder: string, sequence: readonly FuzzOperation[]): Seen {
    this.folder = folder;
    this.slots.length = 0;
    const seen = sequence.map((operation) => {
      this.shown = '';
      // What another operation left there would make two runs of one sequence differ.
      u8.fill(0, this.page, this.page + PAGE_BYTES);
      const status = doers[operation.kind](this, operation);
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

function open(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const old = p.slots[slot];
  if (old !== undefined) files.closeFile(p.user, old);
  p.slots[slot] = undefined;
  const [DesiredAccess, CreateDisposition, CreateOptions] = t.entry(t.opens, y);
  const opened = files.openFile(p.user, { path: p.path(x), DesiredAccess, CreateDisposition,
    CreateOptions: CreateOptions | c.FILE_COMPLETE_IF_OPLOCKED,
    ShareAccess: t.entry(t.shares, z) });
  if (NT_SUCCESS(opened.status)) p.slots[slot] = opened;
  p.shown = NT_SUCCESS(opened.status) ? String(opened.information) : '';
  return opened.status;
}

function close(p: Player, { slot }: FuzzOperation): NTSTATUS {
  const status = files.closeFile(p.user, p.fileOf(slot));
  p.slots[slot] = undefined;
  return status;
}

function read(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const length = t.entry(t.lengths, y);
  u8.fill(0xee, p.data, p.data + length);
  const status =
    files.readFile(p.user, p.fileOf(slot), p.data, length, t.entry(t.offsets, x));
  if (NT_SUCCESS(status)) p.show(p.user.information);
  return status;
}

function write(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  const length = t.entry(t.lengths, y);
  p.fill(length, z);
  const status =
    files.writeFile(p.user, p.fileOf(slot), p.data, length, t.entry(t.offsets, x));
  p.shown = String(p.user.information);
  return status;
}

function setSize(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const which = t.entry([cls.FileEndOfFileInformation, cls.FileAllocationInformation,
    cls.FileValidDataLengthInformation, cls.FilePositionInformation], y);
  const size = t.entry(t.sizes, x);
  const bytes = putInformation(p.page, which, { EndOfFile: size, AllocationSize: size,
    ValidDataLength: size, CurrentByteOffset: size });
  return files.setFile(p.user, p.fileOf(slot), which, p.page, bytes);
}

function rename(p: Player, { slot, x, y }: FuzzOperation): NTSTATUS {
  const which = y % 4 < 2 ? cls.FileRenameInformation : cls.FileLinkInformation;
  const bytes = putRename(p.page, p.path(x), y % 2);
  return files.setFile(p.user, p.fileOf(slot), which, p.page, bytes);
}

function dispose(p: Player, { slot, x }: FuzzOperation): NTSTATUS {
  const bytes = putInformation(p.page, cls.FileDispositionInformation, { DeleteFile: x % 2 === 0 });
  return files.setFile(p.user, p.fileOf(slot), cls.FileDispositionInformation, p.page, bytes);
}

function list(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  return requests.queryDirectory(p.user, p.fileOf(slot), {
    FileInformationClass: t.entry(t.directoryClasses, y), FileName: t.entry(t.patterns, x),
    RestartScan: z % 2 === 1, ReturnSingleEntry: z % 4 >= 2 }, p.page, t.entry(t.buffers, z));
}

function lock(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  return requests.lockFile(p.user, p.fileOf(slot), { ByteOffset: LOCK_AT * (z % 2) + x,
    Length: t.entry(t.lengths, y), Key: z, FailImmediately: true, ExclusiveLock: x % 2 === 0 });
}

function control(p: Player, { slot, x, y, z }: FuzzOperation): NTSTATUS {
  u8.fill(z, p.page, p.page + PAGE_BYTES);
  return requests.control(p.user, p.fileOf(slot), { code: t.entry(t.controls, x), input: p.page,
    inputLength: t.entry(t.buffers, y), output: p.data, outputLength: t.entry(t.buffers, z) });
}

/** May go on until another operation breaks the oplock. Opens do not wait for that. */
function oplock(p: Player, { slot, x }: FuzzOperation): NTSTATUS {
  const held = { file: p.fileOf(slot), isBroken: false };
  const status = p.started((done) => requests.startControl(p.user, held.file, {
    code: t.entry(t.oplocks, x), input: 0, inputLength: 0, output: 0, outputLength: 0 }, [],
  (end) => {
    held.isBroken = true;
    done(end);
  }).status);
  if (status === STATUS_PENDING) p.holdOplock(held);
  return status;
}

function section(p: Player, { slot, x }: FuzzOperation): NTSTATUS {
  const file = fileByHandle(p.fileOf(slot).handle, 0);
  if (file < 0) return file as NTSTATUS;
  const kind = t.entry(['section', 'mod-write', 'cc-flush'] as const, x);
  const status = synchronize(p.user, file as PFILE_OBJECT, kind, 1, 2);
  releaseFile(file as PFILE_OBJECT);
  return status;
}

function watch(p: Player, { slot, x }: FuzzOperation): NTSTATUS {
  const buffer = p.user.arena.take(512);
  return p.started((done) => requests.startNotify(p.user, p.fileOf(slot), {
    CompletionFilter: 1 + x, WatchTree: x % 2 === 1, buffer, length: 512 }, done).status);
}

/** Gives up every request that is pending. */
function cancel(p: Player, { slot }: FuzzOperation): NTSTATUS {
  let last = 0 as NTSTATUS;
  for (const request of p.user.pending) last = requests.cancelRequest(p.fileOf(slot), request);
  p.user.settle(1);
  return last;
}

const doers: Readonly<Record<FuzzKind, Doer>> = {
  open, close, read, write, resize: setSize, rename, dispose, list, lock, control, oplock, section,
  watch, cancel,
  query: (p, { slot, x, y }) => files.queryFile(p.user, p.fileOf(slot), t.entry(t.classes, x),
    p.page, t.entry(t.buffers, y)),
  set: (p, { slot, x, y, z }) => {
    u8.fill(z, p.page, p.page + 128);
    return files.setFile(p.user, p.fileOf(slot), t.entry(t.classes, x), p.page,
      t.entry(t.buffers, y) % 128);
  },
  flush: (p, { slot }) => files.flushFile(p.user, p.fileOf(slot)),
  unlock: (p, { slot, x, y, z }) => files.unlockFile(p.user, p.fileOf(slot),
    LOCK_AT * (z % 2) + x, t.entry(t.lengths, y), z),
  volume: (p, { slot, x, y }) => files.queryVolume(p.user, p.fileOf(slot),
    t.entry(t.volumeClasses, x), p.page, t.entry(t.buffers, y)),
  security: (p, { slot, x, y }) => {
    const file = p.fileOf(slot);
    const bytes = t.entry(t.buffers, y);
    if (x % 2 === 0) return files.querySecurity(p.user, file, SECURITY, p.page, bytes);
    // What the file has, or nothing that makes sense.
    if (y % 2 === 0) files.querySecurity(p.user, file, SECURITY, p.page, PAGE_BYTES);
    return files.setSecurity(p.user, file, SECURITY, p.page);
  },
  attribute: (p, { slot, x, y }) => {
    if (x % 2 === 0) return requests.queryEa(p.user, p.fileOf(slot), '', p.page,
      t.entry(t.buffers, y));
    const bytes = putFullEa(p.page, 'FUZZ', y);
    return requests.setEa(p.user, p.fileOf(slot), p.page, bytes);
  },
  reattach: (p) => p.reattach(),
};
