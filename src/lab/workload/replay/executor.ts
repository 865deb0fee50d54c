// Executes the steps of a replay as one requestor: on behalf of the recorded process, on the handle
// that stands for the recorded one, and tells the score what came back.
// Guarantees: each step is issued once or counted as not issued with a reason; data that is written
// describes itself, and all data read is checked.
import { fillBytes, u8 } from '../../../mem/memory.ts';
import { FSCTL_FILE_LEVEL_TRIM, FSCTL_SET_ZERO_DATA }
  from '../../../ntos/io/control-codes.ts';
import { cancelRequest } from '../user/requests.ts';
import { ProcessTable } from '../user/processes.ts';
import { CELL_BYTES, INITIAL_VERSION, fillCells } from '../content/cells.ts';
import { checkCells, newVerdict } from '../content/expectation.ts';
import { Latest } from '../content/latest.ts';
import { issueStep } from './issue.ts';
import { newScore, scoreNotIssued, scoreStep } from './scorer.ts';
import type { Expectation, Verdict } from '../content/expectation.ts';
import type { PendingRequest, User, UserFile } from '../user.ts';
import type { Step } from '../../trace/program/steps.ts';
import type { Issuer } from './issuer.ts';
import type { PlannedStep, ReplayWork } from './plan-types.ts';
import type { Slots } from './slots.ts';

/** Versions that one cell may be checked against; beyond it only the identity counts. */
const MAX_VERSIONS = 64;
const POISON = 0xee;

/** What a requestor read and how right it was. */
export interface ContentResult extends Verdict {
  reads: number;
  readonly examples: string[];
}

const MAX_EXAMPLES = 5;

export class Executor implements Issuer {
  readonly user: User;
  readonly slots: Slots;
  readonly score = newScore();
  readonly content: ContentResult = { ...newVerdict(), reads: 0, examples: [] };
  /** UsnJournalID by volume, as far as anybody asked. */
  readonly journals = new Map<string, number>();
  /** Acquisitions whose release the log lists later: already given back. */
  readonly acquired = new Set<string>();
  readonly #work: ReplayWork;
  readonly #me: number;
  readonly #processes = new ProcessTable();
  readonly #latest = new Latest();
  readonly #loose: ReadonlySet<number>;
  readonly #pending = new Map<number, { request: PendingRequest; file: UserFile }>();
  /** Directory that stands for each volume's root: '' or `\name`. */
  prefix = '';
  #round = 0;
  /** Reads that were cut because no buffer is so long. */
  clipped = 0;

  constructor(user: User, slots: Slots, work: ReplayWork, me: number) {
    this.user = user;
    this.slots = slots;
    this.#work = work;
    this.#me = me;
    this.#loose = new Set(work.content.loose);
  }

  /** Begins another round in a tree of its own. */
  beginRound(round: number, prefix: string): void {
    this.#round = round;
    this.prefix = prefix;
    this.#latest.forgetAll();
    this.#pending.clear();
    this.acquired.clear();
  }

  /** Executes one step. PASSIVE_LEVEL. */
  execute(planned: PlannedStep): void {
    const { step, cancels } = planned;
    if (cancels !== undefined) {
      this.#cancel(cancels);
      return;
    }
    const process = this.#work.processOf[step.thread] ?? 0;
    this.user.act(this.#processes.of(process), step.requestorMode === 'kernel');
    const outcome = issueStep(this, planned);
    if (typeof outcome === 'number') scoreStep(this.score, step, outcome);
    else if (outcome !== undefined) scoreNotIssued(this.score, step, outcome.notIssued);
    if ('handle' in step && step.call !== 'NtCreateFile') this.slots.requested(step.handle);
    this.user.poll();
  }

  #cancel(at: number): void {
    const found = this.#pending.get(at);
    if (found === undefined) return;
    cancelRequest(found.file, found.request);
    this.user.poll();
  }

  /** A step whose request goes on: it is scored when it ends. */
  goesOn(planned: PlannedStep, request: PendingRequest, file: UserFile): undefined {
    this.#pending.set(planned.at, { request, file });
  }

  /** Told when such a request ends, at once or later. */
  ended(step: Step, status: number): void {
    scoreStep(this.score, step, status);
  }

  /** Requests that never ended count as what they are. */
  giveUp(steps: readonly PlannedStep[]): void {
    const open = new Set(this.user.pending);
    for (const { at, step } of steps) {
      const found = this.#pending.get(at);
      if (found !== undefined && open.has(found.request)) scoreStep(this.score, step, undefined);
    }
  }

  /** Where a recorded path lies in this round. */
  place(volume: string, volumePath: string): string {
    if (volumePath === '') return volume;
    if (volumePath === '\\') return volume + (this.prefix === '' ? '\\' : this.prefix);
    return volume + this.prefix + volumePath;
  }

  /** Takes a buffer for a transfer; a length that no buffer has is cut. */
  buffer(length: number): { at: number; length: number } {
    const cut = Math.min(length, this.user.arena.largest);
    if (cut < length) this.clipped++;
    return { at: this.user.arena.take(Math.max(CELL_BYTES, cut)), length: cut };
  }

  /** What a buffer holds before a read: bytes that the read leaves out are noticed by it. */
  poison(buffer: number, length: number): void {
    fillBytes(buffer, POISON, length);
  }

  #file(content: number): number {
    return content + this.#round * this.#work.content.classes;
  }

  /** Fills a buffer with what a step writes. */
  fill(planned: PlannedStep, buffer: number, offset: number, length: number): void {
    // An append does not know where it will lie; zeros are right anywhere.
    if (offset < 0) u8.fill(0, buffer, buffer + length);
    else fillCells(buffer, length, this.#file(planned.content), offset, planned.at + 1);
  }

  /** Remembers a write that succeeded. */
  wrote({ content, at }: PlannedStep, offset: number, length: number): void {
    if (this.#work.content.owners[content] !== this.#me) return;
    if (offset < 0) this.#latest.forget(content);
    else this.#latest.wrote(content, offset, length, at + 1);
  }

  /** Something may have shortened or replaced the file. */
  changed(content: number): void {
    this.#latest.forget(content);
  }

  /** A control went through: some of them change data. */
  changedByControl({ content }: PlannedStep, code: number): void {
    if (code === FSCTL_SET_ZERO_DATA || code === FSCTL_FILE_LEVEL_TRIM) this.changed(content);
  }

  /** Checks what a step read. */
  check(planned: PlannedStep, buffer: number, offset: number, length: number): void {
    const { content, step } = planned;
    if (content === 0 || offset < 0 || length === 0) return;
    this.content.reads++;
    const faults = this.content.wrong + this.content.stale;
    this.content.firstAt = -1;
    this.content.first = '';
    checkCells(buffer, offset, length, this.#expectation(content), this.content);
    if (this.content.wrong + this.content.stale === faults) return;
    if (this.content.examples.length >= MAX_EXAMPLES) return;
    this.content.examples.push(`line ${step.line}: ${step.path} at ${this.content.firstAt}: ` +
      this.content.first);
  }

  #expectation(content: number): Expectation {
    const isOwn = this.#work.content.owners[content] === this.#me;
    return {
      file: this.#file(content),
      versions: (cell) => this.#versions(content, cell),
      latest: (cell) => (isOwn ? this.#latest.of(content, cell) : undefined),
      isSolid: (cell) => this.#isSolid(content, cell),
    };
  }

  /** Ranges are few, sorted, and made of whole cells but for the end of the file. */
  #isSolid(content: number, cell: number): boolean {
    for (const [from, to] of this.#work.content.solid[content] ?? []) {
      if (cell * CELL_BYTES >= from && (cell + 1) * CELL_BYTES <= to) return true;
    }
    return false;
  }

  /** Writes of the program that touch a cell, and what was there before. */
  #versions(content: number, cell: number): readonly number[] | undefined {
    if (this.#loose.has(content)) return undefined;
    const writes = this.#work.content.writes[content] ?? [];
    const versions = [INITIAL_VERSION];
    for (let i = 0; i < writes.length; i += 3) {
      const isHere =
        (writes[i] ?? 0) < (cell + 1) * CELL_BYTES && cell * CELL_BYTES < (writes[i + 1] ?? 0);
      if (isHere) versions.push(writes[i + 2] ?? 0);
    }
    return versions.length > MAX_VERSIONS ? undefined : versions;
  }
}
