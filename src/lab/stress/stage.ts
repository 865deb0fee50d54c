// What a storm is played on: one application thread, its choices, a folder that all requestors
// share, and the books. A status that a storm does not account for is a finding.
import { Books } from '../workload/books.ts';
import { User } from '../workload/user.ts';
import { closeFile, openFile } from '../workload/user/files.ts';
import { cancelRequest } from '../workload/user/requests.ts';
import { PAGE_SIZE } from '../../mem/param.ts';
import type { Prng } from '../workload/prng.ts';
import type { GeneratorResult } from '../workload/generator/data.ts';
import type { OpenRequest, OpenResult } from '../workload/user/files.ts';
import type { UserFile } from '../workload/user.ts';
import type { NTSTATUS } from '../../ntos/status.ts';

/** A request that is still pending after so long, cancelled and its file closed, is lost. */
const PATIENCE_MS = 5000;

export interface StageOptions {
  readonly letter: string;
  readonly hasFaults: boolean;
  readonly isOver: () => boolean;
}

export class Stage extends Books {
  readonly user: User;
  readonly prng: Prng;
  readonly index: number;
  readonly count: number;
  /** A page for structures, a page for data. */
  readonly page: number;
  readonly data: number;
  readonly folder: string;
  readonly #options: StageOptions;

  constructor(
    prng: Prng, place: { readonly index: number; readonly count: number },
    requestor: { readonly index: number; readonly count: number }, options: StageOptions,
  ) {
    super(options.hasFaults);
    this.user = new User(place.index, place.count);
    this.prng = prng;
    this.index = requestor.index;
    this.count = requestor.count;
    this.page = this.user.arena.take(PAGE_SIZE);
    this.data = this.user.arena.take(PAGE_SIZE);
    this.folder = `${options.letter}:\\storm`;
    this.#options = options;
  }

  get isOver(): boolean {
    return this.#options.isOver();
  }

  /** Books a status; whether it is a success. `allowed`: those that the storm accounts for. */
  check(what: string, status: NTSTATUS, allowed: readonly NTSTATUS[] = []): boolean {
    return this.book(what, status, this.isFault(status) || allowed.includes(status));
  }

  /** Books a status that nobody but a filter has to account for. */
  note(status: NTSTATUS): void {
    this.book('', status, true);
  }

  /** Opens; undefined when it failed as the storm accounts for. */
  open(what: string, request: OpenRequest, allowed: readonly NTSTATUS[] = []):
    OpenResult | undefined {
    const opened = openFile(this.user, request);
    const name = `${what} ${request.path}`;
    return this.check(name, opened.status, allowed) ? opened : undefined;
  }

  close(file: UserFile): void {
    this.check('close', closeFile(this.user, file));
  }

  /** Closes a file and sees every request that its thread left pending to its end. */
  closeAndSettle(file: UserFile): void {
    this.close(file);
    if (this.user.settle(PATIENCE_MS) === 0) return;
    this.surprise(`${this.user.pending.size} requests did not end when their file was closed`);
    for (const request of this.user.pending) cancelRequest(file, request);
  }

  result(): GeneratorResult {
    const { expected, unexpected, content } = this;
    return { counts: this.user.statistics.counts, milliseconds: 0, kinds: {}, expected, unexpected,
      content };
  }
}
