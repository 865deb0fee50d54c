// A cell: a few worker threads that live as long as the campaign and run one schedule after the
// other, with nothing between two of them but a reset in place. The thread that ends last judges
// the schedule, opens the next and hands the baton to whoever begins; the host is only called when
// the run is over, when something was found, or when it asked (B_PAUSE).
import { B_DIVERGED, B_EXPECTED, B_FAILURE, B_HOST, B_PHASE, B_RUN, B_STEPS, EVENT_WORDS,
  RECORDED, T_WAIT, FAILURE_CHECK, FAILURE_NONE, FAILURE_RULE, PHASE_HOST,
  PHASE_LEAD, PHASE_RUN, PHASE_STOP } from './board.ts';
import { POINT_DATA_READ } from './point.ts';
import { ScheduleOver } from './over.ts';
import { shortStack } from './stack.ts';
import { Core, NOBODY } from './core.ts';
import { Order } from './order.ts';
import { closeSchedule, extendRun, openRun, openSchedule } from './campaign.ts';
import { makeStrategy } from './strategies/make.ts';
import { canaryBody, checkCanary, prepareCanary } from './canary.ts';
import type { Baton } from './baton.ts';
import type { Canary } from './canary.ts';
import type { Play } from './scenario.ts';
import type { RunSettings } from './campaign.ts';
import type { StrategySpec } from './strategies/make.ts';

/** What a host writes on the board before it wakes the cell. */
export interface CellOrders {
  readonly strategy: StrategySpec;
  readonly settings: RunSettings;
  /** Whether each schedule is given its class of equivalent ones: costs some microseconds. */
  readonly classes: boolean;
  /** Events on the board that this run has to repeat; 0 for none. */
  readonly expected: number;
  /** The armed check: run this instead of the scenario. */
  readonly canary?: Canary;
  /** Go on with the strategy as it is, for more schedules. */
  readonly more?: boolean;
}

/** What was thrown, with where: the message first. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' ? '' : `${error.name}: `;
  const where = shortStack(error.stack ?? '').split('\n').map((line) => `\n    at ${line}`);
  return `${name}${error.message}${where.join('')}`;
}

/** One thread of a cell. */
export class CellThread {
  readonly #baton: Baton;
  readonly #play: Play;
  #run = -1;
  #classes = false;
  #canary: Canary | undefined;
  #order: Order;

  constructor(baton: Baton, play: Play) {
    this.#baton = baton;
    this.#play = play;
    this.#order = new Order(baton.core.board.threads);
    baton.onDeadlock = () => this.#explain();
  }

  /** Plays until the host says that it is over. */
  live(): void {
    const baton = this.#baton;
    for (;;) {
      const phase = baton.await();
      if (phase === PHASE_STOP) return;
      this.#readOrders();
      if (phase === PHASE_LEAD) this.#lead();
      else if (this.#perform(phase)) this.#finish();
    }
  }

  /** A strategy of its own for each run; its state is on the board. */
  #readOrders(): void {
    const board = this.#baton.core.board;
    const run = board.get(B_RUN);
    if (run === this.#run) return;
    this.#run = run;
    const orders = JSON.parse(board.orders) as CellOrders;
    this.#classes = orders.classes;
    this.#canary = orders.canary;
    if (orders.more === true) return;
    this.#baton.core = new Core(board, makeStrategy(orders.strategy, board));
  }

  /** Begins a run: this thread has been given the board by the host. */
  #lead(): void {
    const { board, strategy } = this.#baton.core;
    const orders = JSON.parse(board.orders) as CellOrders;
    if (orders.more === true) extendRun(board, orders.settings.budget);
    else openRun(board, strategy, orders.settings);
    board.set(B_EXPECTED, orders.expected);
    this.#open();
  }

  /** This thread's part of a schedule. True when it was the last to end. */
  #perform(phase: number): boolean {
    const baton = this.#baton;
    if (phase === PHASE_RUN) {
      try {
        baton.start();
        if (this.#canary === undefined) this.#play.body(baton.me);
        else canaryBody(this.#canary, baton.me, baton.core.board.threads);
      } catch (error) {
        if (!(error instanceof ScheduleOver)) baton.failed(describeError(error));
      }
    }
    return baton.leave();
  }

  #finish(): void {
    const { board, strategy } = this.#baton.core;
    board.set(B_PHASE, PHASE_LEAD);
    if (board.get(B_FAILURE) === FAILURE_NONE && !board.isCut) this.#judge();
    if (board.get(B_FAILURE) !== FAILURE_NONE || board.get(B_DIVERGED) !== 0) this.#label();
    closeSchedule(board, strategy, this.#classes ? this.#order : undefined);
    this.#open();
  }

  /** The play may know more of a deadlock than who sleeps on what. */
  #explain(): void {
    if (this.#canary !== undefined) return;
    const why = this.#play.deadlock?.();
    if (why !== undefined) this.#baton.core.board.setText(why);
  }

  /** Names the objects of a schedule that failed. */
  #label(): void {
    const board = this.#baton.core.board;
    const labels: Record<number, string> = {};
    const name = (address: number): void => {
      if (address !== 0) labels[address] ??= this.#play.label(address);
    };
    for (let step = 0; step < board.get(B_STEPS); step++) {
      const at = board.eventsAt + step * EVENT_WORDS;
      const isPlain = ((board.words[at]! >>> 8) & 255) >= POINT_DATA_READ;
      if (isPlain || (board.words[at]! & RECORDED) === 0) name(board.words[at + 1]!);
    }
    for (let t = 0; t < board.threads; t++) name(board.words[board.record(t) + T_WAIT]!);
    board.setLabels(labels);
  }

  #judge(): void {
    const board = this.#baton.core.board;
    try {
      if (this.#canary === undefined) this.#play.check();
      else checkCanary(this.#canary);
      const broken = this.#play.rule?.(board);
      if (broken === undefined) return;
      board.setText(broken);
      board.set(B_FAILURE, FAILURE_RULE);
    } catch (error) {
      board.setText(describeError(error));
      board.set(B_FAILURE, FAILURE_CHECK);
    }
  }

  #open(): void {
    const baton = this.#baton;
    const core = baton.core;
    if (!openSchedule(core.board, core.strategy)) {
      core.board.set(B_PHASE, PHASE_HOST);
      baton.raw.store(core.words, B_HOST, 1);
      baton.raw.notify(core.words, B_HOST, 1);
      return;
    }
    if (this.#canary === undefined) this.#play.prepare();
    else prepareCanary();
    core.begin();
    const first = core.decide(-1);
    if (first === NOBODY) throw new Error('no thread can begin');
    baton.pass(first);
  }
}
