// One requestor's run of a generator: its application thread, its files, its open handles, and the
// books about what came back.
// Guarantees: a status that the mix does not account for is counted as unexpected and the first few
// are told in words; handles are shared with everybody, so nobody's open keeps out another's.
import { Books } from '../books.ts';
import { User } from '../user.ts';
import { closeFile, openFile } from '../user/files.ts';
import { Prng } from '../prng.ts';
import { Weighted } from '../zipf.ts';
import { PAGE_SIZE } from '../../../mem/param.ts';
import { FILE_SYNCHRONOUS_IO_NONALERT } from '../../../ntos/io/file-constants.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_NO_SUCH_FILE }
  from '../../../ntos/status-codes.ts';
import { Tree, INITIAL_WRITE } from './tree.ts';
import type { NTSTATUS } from '../../../ntos/status.ts';
import type { OpenRequest } from '../user/files.ts';
import type { UserFile } from '../user.ts';
import type { OperationKind, Preset, Table } from '../presets.ts';
import type { GeneratorData, GeneratorResult } from './data.ts';
import type { LabFile } from './tree.ts';

/** A transfer may start at any byte of a cell, and the buffer with it. */
const CELL_SLACK = 16;
/** Bytes; less where a requestor's slice of user memory is small. */
const MAX_TRANSFER = 1 << 20;

/** What a null volume answers to what it does not have. */
const NULL_REFUSALS: readonly NTSTATUS[] = [STATUS_INVALID_DEVICE_REQUEST, STATUS_NO_SUCH_FILE];

/** What a handle was opened for. */
export type HandleUse = 'attributes' | 'data' | 'directory';

/** An open handle. */
export interface OpenHandle extends UserFile {
  readonly use: HandleUse;
  /** Undefined for directories. */
  readonly file: LabFile | undefined;
  /** Where the next sequential transfer begins. */
  position: number;
}

/** A table as something to choose from. */
class Choice {
  readonly #values: readonly number[];
  readonly #weights: Weighted;
  constructor(table: Table) {
    this.#values = table.map(([value]) => value);
    this.#weights = new Weighted(table.map(([, weight]) => weight));
  }

  of(prng: Prng): number {
    return this.#values[this.#weights.choose(prng)]!;
  }
}

export class Run extends Books {
  readonly user: User;
  readonly prng: Prng;
  readonly preset: Preset;
  readonly tree: Tree;
  readonly index: number;
  /** Nothing is kept by the file system: only statuses are checked. */
  readonly isNull: boolean;
  readonly open: OpenHandle[] = [];
  readonly kinds: Partial<Record<OperationKind, number>> = {};
  readonly choices: Readonly<Record<'read' | 'write' | 'query' | 'volume' | 'control', Choice>>;
  /** For transfers. */
  readonly buffer: number;
  readonly maxTransfer: number;
  /** One did, since the files were last mended: what it left behind is not known. */
  isFaulted = false;
  /** A page for structures. */
  readonly page: number;
  #writes = INITIAL_WRITE;

  /**
   * @param index whose choices and files these are.
   * @param place whose slice of user memory is used.
   */
  constructor(
    preset: Preset, data: GeneratorData, index: number,
    place: { readonly index: number; readonly count: number },
  ) {
    super(data.hasFaults === true);
    this.user = new User(place.index, place.count);
    this.prng = Prng.of(data.seed, index);
    this.preset = preset;
    this.index = index;
    this.isNull = data.fileSystem === 'null-fs';
    this.tree = new Tree(preset, data, index);
    const bytes = Math.min(MAX_TRANSFER, this.user.arena.largest);
    this.buffer = this.user.arena.take(bytes);
    this.maxTransfer = bytes - CELL_SLACK;
    this.page = this.user.arena.take(PAGE_SIZE);
    this.choices = {
      read: new Choice(preset.readBytes), write: new Choice(preset.writeBytes),
      query: new Choice(preset.queries), volume: new Choice(preset.volumeQueries),
      control: new Choice(preset.controls),
    };
  }

  /** The number of the next write of this requestor; never 0. */
  nextWrite(): number {
    this.#writes = (this.#writes + 1) >>> 0 || INITIAL_WRITE + 1;
    return this.#writes;
  }

  /**
   * Books a status. `allowed` lists those beside STATUS_SUCCESS that belong to the mix.
   * @returns whether it is a success.
   */
  check(what: string, status: NTSTATUS, ...allowed: readonly NTSTATUS[]): boolean {
    const isFault = this.isFault(status);
    if (isFault) this.isFaulted = true;
    return this.book(what, status, isFault || allowed.includes(status) ||
      (this.isNull && NULL_REFUSALS.includes(status)));
  }

  /** What the run came to. */
  result(milliseconds: number): GeneratorResult {
    const { kinds, expected, unexpected, content } = this;
    return { counts: this.user.statistics.counts, milliseconds, kinds, expected, unexpected,
      content };
  }

  /** Opens synchronously for one story, outside of the handles that stay open. */
  openFor(what: string, request: OpenRequest): UserFile | undefined {
    const options = (request.CreateOptions ?? 0) | FILE_SYNCHRONOUS_IO_NONALERT;
    const opened = openFile(this.user, { ...request, CreateOptions: options });
    return this.check(`${what} ${request.path}`, opened.status) ? opened : undefined;
  }

  /** Closes a handle of a story. */
  close(file: UserFile): void {
    this.check('close', closeFile(this.user, file));
  }

  /** Keeps a handle open; one of the others makes room. */
  keep(handle: OpenHandle): OpenHandle {
    while (this.open.length >= this.preset.handles) this.closeAt(this.prng.below(this.open.length));
    this.open.push(handle);
    return handle;
  }

  /** Closes one of the kept handles. */
  closeAt(place: number): void {
    const [handle] = this.open.splice(place, 1);
    if (handle !== undefined) this.close(handle);
  }

  /** Closes the kept handles of a file, or all of them. */
  closeAll(file?: LabFile): void {
    for (let i = this.open.length - 1; i >= 0; i--) {
      if (file === undefined || this.open[i]?.file === file) this.closeAt(i);
    }
  }

  /** One of the kept handles that fits; undefined when there is none. */
  findHandle(fits: (handle: OpenHandle) => boolean): OpenHandle | undefined {
    const first = this.prng.below(Math.max(1, this.open.length));
    for (let i = 0; i < this.open.length; i++) {
      const handle = this.open[(first + i) % this.open.length]!;
      if (!fits(handle)) continue;
      if (handle.file !== undefined) this.tree.touch(handle.file);
      return handle;
    }
    return undefined;
  }
}
