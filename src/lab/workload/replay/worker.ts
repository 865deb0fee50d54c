// The routines that run in the requestors' threads: one prepares the volume and what requestors
// share, the other replays. Named in WorkloadSpec by this module's URL.
// Guarantees: when a replay returns, every handle it opened is closed, every request it issued has
// ended or is counted as pending, and the processes it played are gone.
import { currentThread } from '../../../ntos/ke/prcb.ts';
import { User } from '../user.ts';
import { endProcesses, startProcesses } from '../user/processes.ts';
import { StopFlag } from '../stop-flag.ts';
import { TreeBuilder } from './build-tree.ts';
import { clearTree } from './clear-tree.ts';
import { Executor } from './executor.ts';
import { Slots } from './slots.ts';
import { Turn, barrier, initializeShared, isStopped, overtaken, sayStop } from './shared.ts';
import type { Counts } from '../statistics.ts';
import type { ContentResult } from './executor.ts';
import type { PlannedStep, PreparationData, ReplayWork, Rounds } from './plan-types.ts';
import type { Score } from './scorer.ts';

/** What a requestor is told beside its data. */
export interface Place {
  readonly index: number;
  readonly count: number;
}

/** What the preparation came to. */
export interface PreparationResult {
  readonly counts: Counts;
  /** Files that could not be made as inferred. */
  readonly problems: readonly string[];
}

/** What one requestor did. */
export interface ReplayerResult {
  readonly counts: Counts;
  readonly score: Score;
  readonly content: ContentResult;
  readonly rounds: number;
  readonly milliseconds: number;
  /** Requests that never ended. */
  readonly pending: number;
  readonly clipped: number;
  readonly overtaken: number;
  /** Files that a round could not make, or not delete. */
  readonly problems: readonly string[];
  readonly leftovers: number;
}

/** How long a request may stay pending after its file is closed. */
const SETTLE_MS = 2000;
/** How long a free order waits for another requestor's step. */
const FREE_LIMIT_MS = 2000;
const RECORDED_LIMIT_MS = 5000;
const MAX_PROBLEMS = 50;

/** Prepares the volume, the processes and the shared words. Run by one requestor, first. */
export function prepareVolume(data: unknown, place: Place): PreparationResult {
  const { tree, processes, requestors, slots } = data as PreparationData;
  initializeShared(requestors, slots);
  startProcesses(processes);
  const user = new User(place.index, place.count, (data as PreparationData).sharedBytes);
  const builder = new TreeBuilder(user, '', 0);
  if (tree !== undefined) {
    builder.build(tree, () => true);
    builder.finish(tree, () => true);
  }
  user.leave();
  return { counts: user.statistics.counts, problems: builder.problems };
}

/** Replays one requestor's part. */
export function replay(data: unknown, place: Place): ReplayerResult {
  return new Replayer(data as ReplayWork, place).run();
}

class Replayer {
  readonly #work: ReplayWork;
  readonly #place: Place;
  readonly #user: User;
  readonly #slots: Slots;
  readonly #executor: Executor;
  readonly #stop: StopFlag;
  readonly #problems: string[] = [];
  #leftovers = 0;

  constructor(work: ReplayWork, place: Place) {
    this.#work = work;
    this.#place = place;
    this.#user = new User(place.index, place.count, work.sharedBytes);
    const limit = work.order === 'recorded' ? RECORDED_LIMIT_MS : FREE_LIMIT_MS;
    this.#slots = new Slots(this.#user, work.slots, limit);
    this.#executor = new Executor(this.#user, this.#slots, work, place.index);
    this.#stop = new StopFlag(work.stop);
  }

  run(): ReplayerResult {
    const started = performance.now();
    const { rounds } = this.#work;
    const done = rounds === undefined ? this.#once() : this.#rounds(rounds, started);
    const pending = this.#user.pending.size;
    barrier(this.#place.count);
    if (this.#place.index === 0) endProcesses(this.#work.processes);
    this.#user.leave();
    return { counts: this.#user.statistics.counts, score: this.#executor.score,
      content: this.#executor.content, rounds: done, milliseconds: performance.now() - started,
      pending, clipped: this.#executor.clipped, overtaken: overtaken(),
      problems: this.#problems.slice(0, MAX_PROBLEMS), leftovers: this.#leftovers };
  }

  #once(): number {
    const { order, owners, patienceMs, steps } = this.#work;
    if (order === 'recorded') {
      this.#inTurn(new Turn(this.#place.index, currentThread, owners, patienceMs, this.#stop));
    } else this.#freely(steps);
    this.#close(steps);
    return 1;
  }

  /** One step of all requestors at a time, in the recorded order. */
  #inTurn(turn: Turn): void {
    for (const planned of this.#work.steps) {
      turn.take(planned.at);
      if (this.#stop.isRequested) break;
      this.#executor.execute(planned);
      turn.pass(planned.at);
    }
    turn.take(this.#work.owners.length);
  }

  #freely(steps: readonly PlannedStep[]): void {
    for (const planned of steps) {
      if (this.#stop.isRequested) break;
      this.#executor.execute(planned);
    }
  }

  /** Everybody is done with the round: what is still open is closed, what is pending ends. */
  #close(steps: readonly PlannedStep[]): void {
    barrier(this.#place.count);
    this.#slots.closeRest();
    barrier(this.#place.count);
    this.#user.settle(SETTLE_MS);
    this.#executor.giveUp(steps);
  }

  /** Round after round, each in a tree of its own that is made before and deleted after it. */
  #rounds(rounds: Rounds, started: number): number {
    let round = 0;
    for (;;) {
      this.#round(rounds, round++);
      const isOver = performance.now() - started >= rounds.durationMs || this.#stop.isRequested;
      if (this.#place.index === 0 && isOver) sayStop();
      barrier(this.#place.count);
      if (isStopped()) return round;
    }
  }

  #round({ tree }: Rounds, round: number): void {
    const { index, count } = this.#place;
    const prefix = `\\round ${round}`;
    this.#executor.beginRound(round, prefix);
    const builder = new TreeBuilder(this.#user, prefix, round * this.#work.content.classes);
    const isMine = (file: number): boolean => file % count === index;
    if (index === 0) {
      this.#slots.clear();
      builder.build({ ...tree, files: [] }, isMine);
    }
    barrier(count);
    builder.build(tree, isMine);
    barrier(count);
    builder.finish(tree, isMine);
    barrier(count);
    this.#problems.push(...builder.problems);
    this.#freely(this.#work.steps);
    this.#close(this.#work.steps);
    if (index !== 0) return;
    for (const volume of tree.volumes) this.#leftovers += clearTree(this.#user, volume + prefix);
  }
}
