// What became of every row of a recorded log: parsed, skipped, unknown or broken. Nothing that a
// parser meets disappears without a count here.
// Guarantees: a strict tally throws at the first problem; a lenient one collects problems (the
// first `MAX_PROBLEMS` in full, the rest as a number) and lets the parser go on.

/** Problems kept in full; a log broken on every row must not fill the memory. */
const MAX_PROBLEMS = 100;

/** One broken place of a log, with advice. */
export interface TraceProblem {
  /** CSV row (the header is row 1) or text line. */
  readonly line: number;
  /** Column by its header name, or the token's role in a text log. */
  readonly column: string;
  readonly message: string;
  readonly advice: string;
}

/** Thrown for a broken log: says where, what, and what to do. For the host's caller. */
export class TraceError extends Error {
  readonly problem: TraceProblem;
  constructor(source: string, problem: TraceProblem) {
    const where = problem.line > 0 ? `line ${problem.line}, ${problem.column}` : problem.column;
    super(`${source}: ${where}: ${problem.message} ${problem.advice}`);
    this.name = 'TraceError';
    this.problem = problem;
  }
}

/** The counts of one parsed log; plain data. */
export interface TraceSummary {
  source: string;
  format: 'procmon-csv' | 'strace' | 'fio-iolog' | 'unknown';
  /** Rows or lines read, without headers and blank lines. */
  rows: number;
  events: number;
  /** Events per recorder's operation word. */
  operations: Record<string, number>;
  /** Rows left out on purpose, per reason (another event class, an exit line, a signal). */
  skipped: Record<string, number>;
  /** Operation words that the parser does not know; their events arrive as kind `unknown`. */
  unknownOperations: Record<string, number>;
  /** Result words that the parser does not know. */
  unknownResults: Record<string, number>;
  /** Flag, option and control words that the parser does not know and leaves out. */
  unknownWords: Record<string, number>;
  /** Events that stood out of their order of time in the file and were sorted into it. */
  reordered: number;
  problems: TraceProblem[];
  /** All problems, including those beyond what `problems` keeps. */
  problemCount: number;
  /** Wall-clock start of the log as the recorder printed it, when it did. */
  startedAt: string | undefined;
}

export class TraceTally {
  readonly lenient: boolean;
  readonly summary: TraceSummary;

  constructor(source: string, lenient = false) {
    this.lenient = lenient;
    this.summary = {
      source, format: 'unknown', rows: 0, events: 0, operations: {}, skipped: {},
      unknownOperations: {}, unknownResults: {}, unknownWords: {}, reordered: 0,
      problems: [], problemCount: 0, startedAt: undefined,
    };
  }

  /** Counts an event that is about to be handed out. */
  event(recordedName: string): void {
    this.summary.events++;
    count(this.summary.operations, recordedName);
  }

  skip(reason: string): void {
    count(this.summary.skipped, reason);
  }

  unknownOperation(recordedName: string): void {
    count(this.summary.unknownOperations, recordedName);
  }

  unknownResult(word: string): void {
    count(this.summary.unknownResults, word);
  }

  unknownWord(word: string): void {
    count(this.summary.unknownWords, word);
  }

  /** A broken row: throws TraceError, or when lenient collects the problem and returns. */
  problem(problem: TraceProblem): void {
    const { summary } = this;
    summary.problemCount++;
    if (summary.problems.length < MAX_PROBLEMS) summary.problems.push(problem);
    if (!this.lenient) throw new TraceError(summary.source, problem);
  }
}

function count(table: Record<string, number>, key: string): void {
  table[key] = (Object.hasOwn(table, key) ? table[key] ?? 0 : 0) + 1;
}
