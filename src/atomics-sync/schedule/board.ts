// The board: the words that a controlled schedule keeps, in a shared memory of its own, so that a
// reboot of the machine does not touch them. Whoever holds the baton reads and writes them plainly;
// only the hand-over itself is atomic (baton.ts). The same board serves an engine that runs all
// threads as coroutines of one.
//
//   header | a record per thread | runnable ids | events | expected events | decisions |
//   results, one per schedule | words of the strategy | text
export const BOARD_VERSION = 1;

// Header words.
export const B_VERSION = 0;
export const B_THREADS = 1;
export const B_PHASE = 2;
/** Events recorded in this schedule: also the number of the next one. */
export const B_STEPS = 3;
export const B_SWITCHES = 4;
export const B_PREEMPTIONS = 5;
/** How many ids the list of runnable threads holds. */
export const B_RUNNABLE = 6;
/** Threads that must end before the schedule is over: all but the daemons. */
export const B_LIVE = 7;
/** Runnable threads that wait for another to do something. */
export const B_YIELDED = 8;
/** The next place in the queue of sleepers. */
export const B_STAMP = 9;
/** Virtual milliseconds. */
export const B_NOW = 10;
export const B_DIGEST = 11;
/** Entries in the list of decisions. */
export const B_DECISIONS = 12;
export const B_FAILURE = 13;
export const B_FAILED_THREAD = 14;
export const B_MAX_STEPS = 15;
export const B_TIME_POLICY = 16;
/** Which campaign the threads are in; they read its settings when it changes. */
export const B_RUN = 17;
/** Schedules of this run so far, and how many it may have. */
export const B_DONE = 18;
export const B_BUDGET = 19;
/** Set by the host when it wants the schedule to be its own again. */
export const B_PAUSE = 20;
/** The host's bell: 1 when the threads have stopped for it. */
export const B_HOST = 21;
export const B_SEED = 22;
export const B_STOP_ON_FAILURE = 23;
/** The step at which a replay left what was recorded, plus 1; 0 while it has not. */
export const B_DIVERGED = 24;
/** Expected events a replay is compared with. */
export const B_EXPECTED = 25;
export const B_ENDED = 26;
/** 1 when the strategy has nothing left to try. */
export const B_EXHAUSTED = 27;
export const B_TEXT_LENGTH = 28;
export const B_MAX_RESULTS = 29;
export const B_STRATEGY_WORDS = 30;
/** Whether a schedule goes on when a thread fails: exhaustive searches want to see the rest. */
export const B_GO_ON = 31;
/** Failed schedules in this run. */
export const B_FAILURES = 32;
/** Yields so far in this schedule: a complete search is complete for fair schedules only. */
export const B_YIELDS = 33;
/** Sleeps ended by time when nothing else could run, since something else ran. */
export const B_IDLE_JUMPS = 34;
/** The most choices among threads that a schedule of this run had. */
export const B_LONGEST = 35;
/** Choices among several threads in this schedule. */
export const B_CHOICES = 36;
/** Which schedule of the strategy this is, counted from 0: seeds are mixed from it. */
export const B_ORDINAL = 37;
/** Why the strategy ended the schedule early; 0 if it did not. */
export const B_CUT = 38;
/** Sleeps that time ended because nobody could run, in this schedule. */
export const B_JUMPS = 39;
export const B_ORDERS_LENGTH = 40;
/** MODE_* bits of this moment, and those a schedule begins with. */
export const B_MODE = 41;
export const B_FIRST_MODE = 42;
/** How many words' plain accesses are steps; their addresses follow at WATCHED_AT. */
export const B_WATCHED = 43;
/** Two steps, plus 1, at which the thread's stack is kept; 0 for none. */
export const B_CAPTURE = 44;
export const B_CAPTURED_LENGTH = 46;
export const B_LABELS_LENGTH = 48;
/** PREEMPTED, when the next step has to carry it. */
export const B_NEXT_FLAGS = 49;
const WATCHED_AT = 64;
const MAX_WATCHED = 60;
export const HEADER_WORDS = 128;

// Phases.
/** The threads are parked and the host may look. */
export const PHASE_HOST = 0;
/** One thread prepares or judges a schedule: nothing is controlled. */
export const PHASE_LEAD = 1;
export const PHASE_RUN = 2;
/** The schedule is over before its threads are: each throws until it has ended. */
export const PHASE_ABORT = 3;
export const PHASE_STOP = 4;

// Modes.
/** Nothing is explored or recorded: each thread runs until it sleeps, then the next in turn. */
export const MODE_QUIET = 1;
/** Only calls of drivers, sleeps and yields are steps, not every access through the door. */
export const MODE_COARSE = 2;
/** What passes the door between two steps is recorded, for the rules. */
export const MODE_RECORD = 4;
/** Every plain access of a driver to shared memory is a step. */
export const MODE_ACCESS = 8;

// A thread's record: two cache lines of its own.
export const THREAD_WORDS = 32;
/** 1 while the thread has the baton or is given it; it sleeps on this word. */
export const T_TOKEN = 0;
export const T_STATE = 1;
/** What it is about to do. */
export const T_KIND = 2;
export const T_OBJECT = 3;
/** The word it sleeps on. */
export const T_WAIT = 4;
/** Its place in the queue of sleepers. */
export const T_STAMP = 5;
/** When its sleep ends by itself, in virtual milliseconds. */
export const T_DEADLINE = 6;
/** Events of this thread in this schedule. */
export const T_EVENTS = 7;
export const T_YIELDED = 8;
/** Why its sleep ended. */
export const T_REASON = 9;
/** 1 for a thread that the schedule does not wait for. */
export const T_DAEMON = 10;
/** What it looks at again and again, what it saw there, and how often. */
export const T_SPIN_OBJECT = 11;
export const T_SPIN_VALUE = 12;
export const T_SPINS = 13;
/** Events of this thread since it changed anything. */
export const T_IDLE = 14;
/** 1 while it sleeps on T_TOKEN and has to be notified. */
export const T_PARKED = 15;
/** The step that woke it. */
export const T_WAKER = 16;

// Thread states.
export const STATE_RUNNABLE = 1;
export const STATE_BLOCKED = 2;
export const STATE_ENDED = 3;

// Why a sleep ended.
export const REASON_WOKEN = 1;
export const REASON_TIME = 2;

// Failures, the first of a schedule.
export const FAILURE_NONE = 0;
/** Nobody can run and somebody must. */
export const FAILURE_DEADLOCK = 1;
/** The schedule did not end within its steps. */
export const FAILURE_ENDLESS = 2;
/** A thread threw. */
export const FAILURE_THROWN = 3;
/** The check after the schedule found something. */
export const FAILURE_CHECK = 4;
/** The strategy met another choice than in the schedule it repeats. */
export const FAILURE_NONDETERMINISM = 5;
/** A rule found something in the events: a data race. */
export const FAILURE_RULE = 6;
export const failureNames: readonly string[] = ['none', 'deadlock', 'endless', 'thrown', 'check',
  'nondeterminism', 'rule'];

// Time policies.
/** Time passes when nobody can run: the earliest sleep ends. */
export const TIME_LATE = 0;
/** A limited sleep may end whenever the strategy likes. */
export const TIME_ANY = 1;

/** Never, as a deadline. */
export const NEVER = 0x7fffffff;
/** Set in an event that was recorded for the rules only: no step of the schedule. */
export const RECORDED = 1 << 16;
/** Set in a step that came in place of one of a thread that could have gone on. */
export const PREEMPTED = 1 << 17;
/** Words of an event: thread | kind << 8 | RECORDED | PREEMPTED, object, word before, operand. */
export const EVENT_WORDS = 4;
/** Words of a decision: the step it came before, what was chosen. */
export const DECISION_WORDS = 2;
/** Words of a result: digest of the events, class, steps, failure. */
export const RESULT_WORDS = 4;
const TEXT_BYTES = 16 * 1024;
const ORDERS_BYTES = 256 * 1024;
const STACK_BYTES = 4 * 1024;
const LABEL_BYTES = 64 * 1024;
const LABELS_AT = TEXT_BYTES + ORDERS_BYTES + 2 * STACK_BYTES;
const BYTES = LABELS_AT + LABEL_BYTES;
export const MAX_THREADS = 128;

/** How large a board is. */
export interface BoardSize {
  readonly threads: number;
  /** Events a schedule may have; one that has more is reported as endless. */
  readonly maxSteps?: number;
  /** Results kept between two looks of the host. */
  readonly maxResults?: number;
  /** Words for the strategy's own state. */
  readonly strategyWords?: number;
}

/** Words over a schedule's shared memory. */
export class Board {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly buffer: SharedArrayBuffer;
  readonly threads: number;
  readonly maxSteps: number;
  readonly maxResults: number;
  readonly runnableAt: number;
  readonly eventsAt: number;
  readonly expectedAt: number;
  readonly decisionsAt: number;
  readonly resultsAt: number;
  readonly strategyAt: number;
  readonly strategyWords: number;
  readonly textAt: number;

  /** A view of a board that exists. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    const w = this.words;
    if (w[B_VERSION] !== BOARD_VERSION) {
      throw new Error(`a board of version ${w[B_VERSION]}, this is version ${BOARD_VERSION}`);
    }
    this.threads = w[B_THREADS]!;
    this.maxSteps = w[B_MAX_STEPS]!;
    this.maxResults = w[B_MAX_RESULTS]!;
    this.strategyWords = w[B_STRATEGY_WORDS]!;
    const places = layout(this.threads, this.maxSteps, this.maxResults, this.strategyWords);
    this.runnableAt = places.runnable;
    this.eventsAt = places.events;
    this.expectedAt = places.expected;
    this.decisionsAt = places.decisions;
    this.resultsAt = places.results;
    this.strategyAt = places.strategy;
    this.textAt = places.text;
    this.bytes = new Uint8Array(buffer, 4 * places.text, BYTES);
  }

  /** Makes a board. */
  static create(size: BoardSize): Board {
    const { threads, maxSteps = 4096, maxResults = 1024 } = size;
    if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS) {
      throw new RangeError(`a schedule of ${threads} threads; 1 to ${MAX_THREADS} are possible`);
    }
    const strategyWords = size.strategyWords ?? 8 * maxSteps + 4096;
    const places = layout(threads, maxSteps, maxResults, strategyWords);
    const buffer = new SharedArrayBuffer(4 * places.text + BYTES);
    const w = new Int32Array(buffer);
    w[B_VERSION] = BOARD_VERSION;
    w[B_THREADS] = threads;
    w[B_MAX_STEPS] = maxSteps;
    w[B_MAX_RESULTS] = maxResults;
    w[B_STRATEGY_WORDS] = strategyWords;
    return new Board(buffer);
  }

  /** Where thread t's record begins. */
  record(thread: number): number {
    return HEADER_WORDS + thread * THREAD_WORDS;
  }

  /** The kind of what thread t is about to do. */
  kind(thread: number): number {
    return this.words[HEADER_WORDS + thread * THREAD_WORDS + T_KIND]!;
  }

  /** The object of what thread t is about to do; 0 if it touches none. */
  object(thread: number): number {
    return this.words[HEADER_WORDS + thread * THREAD_WORDS + T_OBJECT]!;
  }

  /** A word of the header. */
  get(word: number): number {
    return this.words[word]!;
  }

  set(word: number, value: number): void {
    this.words[word] = value;
  }

  /** Leaves a text for whoever holds the board next. */
  setText(text: string): void {
    const bytes = new TextEncoder().encode(text).subarray(0, TEXT_BYTES);
    this.bytes.set(bytes);
    this.words[B_TEXT_LENGTH] = bytes.length;
  }

  get text(): string {
    // Copied first: the decoder does not read shared memory.
    return new TextDecoder().decode(this.bytes.slice(0, this.words[B_TEXT_LENGTH]));
  }

  /** What the host told the threads, as JSON. */
  get orders(): string {
    const length = this.words[B_ORDERS_LENGTH]!;
    return new TextDecoder().decode(this.bytes.slice(TEXT_BYTES, TEXT_BYTES + length));
  }

  setOrders(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > ORDERS_BYTES) {
      throw new Error(`orders of ${bytes.length} bytes are longer than the board keeps`);
    }
    this.bytes.set(bytes, TEXT_BYTES);
    this.words[B_ORDERS_LENGTH] = bytes.length;
  }

  /** Keeps where the thread is, for one of the two steps that somebody asked about. */
  keepStack(which: number, stack: string): void {
    const bytes = new TextEncoder().encode(stack).subarray(0, STACK_BYTES);
    this.bytes.set(bytes, TEXT_BYTES + ORDERS_BYTES + which * STACK_BYTES);
    this.words[B_CAPTURED_LENGTH + which] = bytes.length;
  }

  /** The stacks that were asked for; empty texts where the step was not reached. */
  get stacks(): readonly [string, string] {
    const read = (which: number): string => {
      const at = TEXT_BYTES + ORDERS_BYTES + which * STACK_BYTES;
      return new TextDecoder()
        .decode(this.bytes.slice(at, at + this.words[B_CAPTURED_LENGTH + which]!));
    };
    return [read(0), read(1)];
  }

  /** Asks for the stacks at two steps of the following schedule; -1 for none. */
  askStacks(first: number, second: number): void {
    this.words[B_CAPTURE] = first + 1;
    this.words[B_CAPTURE + 1] = second + 1;
    this.words[B_CAPTURED_LENGTH] = this.words[B_CAPTURED_LENGTH + 1] = 0;
  }

  /** Makes plain accesses to a word steps of the following schedules. */
  watch(address: number): void {
    const w = this.words;
    const count = w[B_WATCHED]!;
    if (count >= MAX_WATCHED || this.isWatched(address)) return;
    w[WATCHED_AT + count] = address & ~3;
    w[B_WATCHED] = count + 1;
  }

  isWatched(address: number): boolean {
    const w = this.words;
    const count = w[B_WATCHED]!;
    for (let i = 0; i < count; i++) if (w[WATCHED_AT + i] === (address & ~3)) return true;
    return false;
  }

  unwatchAll(): void {
    this.words[B_WATCHED] = 0;
  }

  /** Leaves names of addresses for the host, which cannot ask the machine. */
  setLabels(labels: Readonly<Record<number, string>>): void {
    const bytes = new TextEncoder().encode(JSON.stringify(labels));
    const fits = bytes.length <= LABEL_BYTES;
    if (fits) this.bytes.set(bytes, LABELS_AT);
    this.words[B_LABELS_LENGTH] = fits ? bytes.length : 0;
  }

  get labels(): Readonly<Record<number, string>> {
    const length = this.words[B_LABELS_LENGTH]!;
    if (length === 0) return {};
    const text = new TextDecoder().decode(this.bytes.slice(LABELS_AT, LABELS_AT + length));
    return JSON.parse(text) as Record<number, string>;
  }

  /** Whether the strategy ended the schedule early. */
  get isCut(): boolean {
    return this.words[B_CUT] !== 0;
  }
}

interface Places {
  readonly runnable: number;
  readonly events: number;
  readonly expected: number;
  readonly decisions: number;
  readonly results: number;
  readonly strategy: number;
  readonly text: number;
}

function layout(threads: number, steps: number, results: number, strategy: number): Places {
  const runnable = HEADER_WORDS + threads * THREAD_WORDS;
  const events = runnable + ((threads + 15) & ~15);
  const expected = events + steps * EVENT_WORDS;
  const decisions = expected + steps * EVENT_WORDS;
  const resultsAt = decisions + steps * DECISION_WORDS;
  const strategyAt = resultsAt + results * RESULT_WORDS;
  return {
    runnable, events, expected, decisions, results: resultsAt, strategy: strategyAt,
    text: strategyAt + strategy,
  };
}
