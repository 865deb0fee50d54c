// The host's side of a cell: starts its threads once, gives them runs of schedules, and reads what
// they found from the board. The host waits without blocking; a watchdog sees when a thread has
// left the schedule's sight (an endless loop without a single point).
import { Worker } from 'node:worker_threads';
import { viewsOf } from '../../mem/memory.ts';
import { loggedFindings } from '../../verifier/finding/finding-log.ts';
import { bootOptions, createMemory } from '../../mem/boot-options.ts';
import { rawDoor, waitForWord } from '../../atomics-sync/atomics.ts';
import { B_FAILURE, FAILURE_NONE, B_DONE, B_EXHAUSTED, B_FAILURES, B_HOST, B_PAUSE, B_PHASE,
  B_RUN, B_STEPS, Board,
  HEADER_WORDS, PHASE_HOST, PHASE_LEAD, PHASE_STOP, THREAD_WORDS, T_DAEMON, T_PARKED, T_TOKEN }
  from '../../atomics-sync/schedule/board.ts';
import { pinNewThreads, systemThreads } from './pin.ts';
import { whereIs } from '../../machine/where.ts';
import { readOutcome, readResults } from './outcome.ts';
import type { BootOptions } from '../../mem/boot-options.ts';
import type { CellOrders } from '../../atomics-sync/schedule/cell.ts';
import type { CellReady, CellTold } from '../../../workers/cell.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
import type { Views } from '../../mem/memory.ts';
import type { Outcome, ScheduleResult } from './outcome.ts';

/** What a cell is made of. */
export interface CellOptions {
  /** File URL of the built module of the scenario, and which of its exports it is. */
  readonly module: string;
  readonly scenario: string;
  readonly threads: number;
  /** Given to the export when it is a function that makes the play. */
  readonly data?: unknown;
  /** Threads that a schedule does not wait for. */
  readonly daemons?: readonly number[];
  /** What every thread is told at birth beside its memory and its schedule. */
  readonly boot?: Partial<BootOptions>;
  /** Events a schedule may have. */
  readonly maxSteps?: number;
  /** Schedules of one run at most. */
  readonly maxResults?: number;
  /** Whether plain accesses of drivers to shared memory are recorded. */
  readonly watch?: boolean;
  /** Looks for the baton before a thread parks; pays only while threads are fewer than cores. */
  readonly spins?: number;
  /** The size of the memory that the threads share. */
  readonly memoryBytes?: number;
  /** The core that its threads are to stay on, where the system can do that. */
  readonly core?: number;
  /** Milliseconds without a single step after which the schedule counts as lost. */
  readonly patienceMs?: number;
}

/** What a run of schedules gave. */
export interface RunReport {
  readonly results: readonly ScheduleResult[];
  readonly failures: number;
  /** The last schedule of the run: the failing one when the run stopped for it. */
  readonly last: Outcome;
  readonly exhausted: boolean;
  /** Every schedule is known: nothing else can happen. */
  readonly proven: boolean;
}

const entry = new URL('../../../workers/cell.js', import.meta.url);
const PROVEN = 2;

/** A thread runs on without a point of the schedule: this cell is of no more use. */
export class OutOfSight extends Error {
  override readonly name = 'OutOfSight';
}

/** A cell's threads and its board. */
export class Cell {
  readonly board: Board;
  /** Names of routines by number. */
  routines: ReadonlyMap<number, string> = new Map();
  readonly #workers: Worker[] = [];
  readonly #views: Views;
  readonly #options: CellOptions;
  #lost: Error | undefined;

  private constructor(options: CellOptions, memory: WebAssembly.Memory) {
    this.#options = options;
    this.#views = viewsOf(memory);
    const { threads, maxSteps = 4096, maxResults = 1024 } = options;
    const strategyWords = Math.min(128 * maxSteps, 1 << 20);
    this.board = Board.create({ threads, maxSteps, maxResults, strategyWords });
    for (const t of options.daemons ?? []) this.board.words[this.board.record(t) + T_DAEMON] = 1;
  }

  /** Starts the threads and waits until each has loaded the scenario. */
  static async start(options: CellOptions): Promise<Cell> {
    const memory = createMemory(options.memoryBytes);
    const cell = new Cell(options, memory);
    const before = systemThreads();
    const there = Array.from({ length: options.threads }, (_, thread) =>
      cell.#startThread(memory, thread));
    try {
      await Promise.all(there);
      if (options.core !== undefined) pinNewThreads(before, options.core);
    } catch (error) {
      await cell.stop();
      throw error;
    }
    return cell;
  }

  #startThread(memory: WebAssembly.Memory, thread: number): Promise<void> {
    const { module, scenario, threads, data, spins = 0, watch = false } = this.#options;
    const boot = bootOptions({
      ...this.#options.boot,
      memory, processor: thread, processors: threads,
      schedule: { policy: 'controlled', thread, board: this.board.buffer, spins, watch },
    });
    const told: CellTold = { boot, module, scenario, data };
    const worker = new Worker(entry, { workerData: told, execArgv: [] });
    this.#workers.push(worker);
    return new Promise((resolve, reject) => {
      const lose = (error: Error): void => {
        this.#lost = error;
        reject(error);
        this.#ring();
      };
      worker.on('message', (ready: CellReady) => {
        if (ready.ok) {
          this.routines = new Map(ready.routines);
          resolve();
        } else lose(new Error(`thread ${thread} of ${scenario}: ${ready.message}`));
      });
      worker.once('error', lose);
      worker.once('exit', () => reject(new Error(`thread ${thread} of ${scenario} ended early`)));
    });
  }

  /** Runs schedules until the budget is used up, something is found or nothing is left. */
  async run(orders: CellOrders): Promise<RunReport> {
    this.begin(orders);
    await this.#whenBack();
    return this.#report();
  }

  /** Begins a run; `end` waits for it. For measuring: the thread that waits can do nothing else. */
  begin(orders: CellOrders): void {
    const { board } = this;
    if (orders.settings.budget < 1) throw new RangeError('a run of no schedules finds nothing');
    board.setOrders(JSON.stringify(orders));
    board.set(B_RUN, board.get(B_RUN) + 1);
    board.set(B_HOST, 0);
    // Not the threads' to undo: a pause that comes before they have begun holds as well.
    board.set(B_PAUSE, 0);
    board.set(B_PHASE, PHASE_LEAD);
    this.#passTo(0);
  }

  /** Waits, without letting the event loop turn, until the run that was begun is over. */
  end(): RunReport {
    const { words } = this.board;
    while (rawDoor.load(words, B_HOST) === 0) rawDoor.wait(words, B_HOST, 0, 1000);
    return this.#report();
  }

  #report(): RunReport {
    const { board } = this;
    return {
      results: readResults(board),
      failures: board.get(B_FAILURES),
      last: readOutcome(board, this.#verdicts()),
      exhausted: board.get(B_EXHAUSTED) !== 0,
      proven: board.get(B_EXHAUSTED) === PROVEN,
    };
  }

  /** Findings in the machine's memory, which lies there until the next schedule boots it. */
  #verdicts(): readonly LoggedFinding[] {
    const isChecked = this.#options.boot?.verifier === true;
    const failed = this.board.get(B_FAILURE) !== FAILURE_NONE;
    return isChecked && failed ? loggedFindings(this.#views) : [];
  }

  /** Asks a run that was begun to stop after the present schedule, or its first. */
  pause(): void {
    this.board.set(B_PAUSE, 1);
  }

  /** Wakes the host's side of a run that will not end by itself. */
  #ring(): void {
    rawDoor.store(this.board.words, B_HOST, 1);
    rawDoor.notify(this.board.words, B_HOST, 1);
  }

  #passTo(thread: number): void {
    const { words } = this.board;
    const record = HEADER_WORDS + thread * THREAD_WORDS;
    rawDoor.store(words, record + T_TOKEN, 1);
    if (rawDoor.load(words, record + T_PARKED) !== 0) rawDoor.notify(words, record + T_TOKEN, 1);
  }

  async #whenBack(): Promise<void> {
    const { words } = this.board;
    const patience = this.#options.patienceMs ?? 10_000;
    let seen = -1;
    while (rawDoor.load(words, B_HOST) === 0) {
      const how = await waitForWord(words, B_HOST, 0, patience);
      if (this.#lost !== undefined) throw this.#lost;
      if (how !== 'timed-out') continue;
      const now = words[B_STEPS]! + 0x10000 * words[B_DONE]!;
      if (now === seen) throw new OutOfSight(await this.#whoIsLost());
      seen = now;
    }
    if (this.#lost !== undefined) throw this.#lost;
    if (words[B_PHASE] !== PHASE_HOST) throw new Error('the cell came back in the middle of a run');
  }

  async #whoIsLost(): Promise<string> {
    const { board } = this;
    const parked = (t: number): boolean => board.words[board.record(t) + T_PARKED] !== 0;
    const threads = Array.from({ length: board.threads }, (_, t) => t).filter((t) => !parked(t));
    const places = await Promise.all(threads.map(async (t) => {
      const stack = await whereIs(this.#workers[t]!.threadId);
      return stack === undefined ? '' : `\n  thread ${t} is in ${stack.replaceAll('\n', '\n    ')}`;
    }));
    const patience = this.#options.patienceMs ?? 10_000;
    return `no step within ${patience} ms: thread ${threads.join(', ')} ` +
      'runs where the schedule does not see it, in a loop without a single access to shared ' +
      `state${places.join('')}`;
  }

  /** Ends the threads. */
  async stop(): Promise<void> {
    this.board.set(B_PHASE, PHASE_STOP);
    this.#workers.forEach((_, t) => this.#passTo(t));
    await Promise.all(this.#workers.map(async (worker) => worker.terminate()));
  }
}
