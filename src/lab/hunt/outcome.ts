// What a schedule gave, read from the board while the cell's threads are parked: plain data that
// reports, replays and shrinking work on.
import { FAILURE_NONE, B_CHOICES, B_DECISIONS, B_DIGEST, B_DIVERGED, B_DONE, B_FAILED_THREAD,
  B_FAILURE, B_JUMPS,
  B_PREEMPTIONS, B_STEPS, B_SWITCHES, DECISION_WORDS, EVENT_WORDS, PREEMPTED, RECORDED,
  RESULT_WORDS,
  T_DEADLINE,
  T_WAIT, NEVER, failureNames } from '../../atomics-sync/schedule/board.ts';
import type { LoggedFinding } from '../../verifier/finding/finding-log.ts';
import type { Board } from '../../atomics-sync/schedule/board.ts';

/** What was kept of each schedule of a run. */
export interface ScheduleResult {
  readonly digest: number;
  /** A number that equivalent schedules share; 0 when none was asked for. */
  readonly class: number;
  readonly steps: number;
  readonly failure: string;
}

/** Something that a thread did. */
export interface ScheduleEvent {
  readonly thread: number;
  readonly kind: number;
  /** False for what was recorded for the rules only. */
  readonly isStep: boolean;
  /** It came in place of a step of a thread that could have gone on. */
  readonly preempts: boolean;
  readonly object: number;
  /** The word before; for a choice, among how many. */
  readonly before: number;
  /** What was stored, added, expected or chosen. */
  readonly operand: number;
}

/** A thread that slept when the schedule ended. */
export interface Sleeper {
  readonly thread: number;
  readonly object: number;
  /** The object by name; empty where the schedule did not fail. */
  readonly label: string;
  readonly limited: boolean;
}

/** One schedule in full. */
export interface Outcome {
  readonly failure: string;
  readonly failedThread: number;
  readonly text: string;
  readonly steps: number;
  readonly switches: number;
  readonly preemptions: number;
  readonly choices: number;
  readonly digest: number;
  /** Pairs of step and choice: the schedule itself. */
  readonly decisions: readonly number[];
  readonly events: readonly ScheduleEvent[];
  readonly sleepers: readonly Sleeper[];
  /** Names of the objects of the steps, where the schedule failed or left the recorded one. */
  readonly labels: Readonly<Record<number, string>>;
  /** Sleeps ended by time because nobody could run. */
  readonly jumps: number;
  /** The step at which a replay left what was recorded; -1 if it did not. */
  readonly divergedAt: number;
  /** What the verifier of the schedule's machine reported; oldest first. */
  readonly verdicts: readonly LoggedFinding[];
}

/** The results of the run that has just ended. */
export function readResults(board: Board): ScheduleResult[] {
  const w = board.words;
  return Array.from({ length: board.get(B_DONE) }, (_, i) => {
    const at = board.resultsAt + i * RESULT_WORDS;
    return {
      digest: w[at]!, class: w[at + 1]!, steps: w[at + 2]!,
      failure: failureNames[w[at + 3]!] ?? '?',
    };
  });
}

function readEvents(board: Board): ScheduleEvent[] {
  const w = board.words;
  return Array.from({ length: board.get(B_STEPS) }, (_, step) => {
    const at = board.eventsAt + step * EVENT_WORDS;
    return {
      thread: w[at]! & 255, kind: (w[at]! >>> 8) & 255,
      isStep: (w[at]! & RECORDED) === 0,
      preempts: (w[at]! & PREEMPTED) !== 0, object: w[at + 1]!, before: w[at + 2]!,
      operand: w[at + 3]!,
    };
  });
}

function readSleepers(board: Board): Sleeper[] {
  const w = board.words;
  const labels = board.labels;
  const found: Sleeper[] = [];
  for (let thread = 0; thread < board.threads; thread++) {
    const r = board.record(thread);
    // A thread that was sent home keeps the word that it slept on.
    if (w[r + T_WAIT] === 0) continue;
    const object = w[r + T_WAIT]!;
    const label = labels[object] ?? '';
    found.push({ thread, object, label, limited: w[r + T_DEADLINE] !== NEVER });
  }
  return found;
}

/** The schedule whose events are on the board. */
export function readOutcome(board: Board, verdicts: readonly LoggedFinding[] = []): Outcome {
  const failure = board.get(B_FAILURE);
  const length = board.get(B_DECISIONS) * DECISION_WORDS;
  return {
    failure: failureNames[failure] ?? '?',
    failedThread: board.get(B_FAILED_THREAD),
    text: board.text,
    steps: board.get(B_STEPS),
    switches: board.get(B_SWITCHES),
    preemptions: board.get(B_PREEMPTIONS),
    choices: board.get(B_CHOICES),
    digest: board.get(B_DIGEST),
    decisions: [...board.words.subarray(board.decisionsAt, board.decisionsAt + length)],
    events: readEvents(board),
    sleepers: readSleepers(board),
    labels: failure === FAILURE_NONE && board.get(B_DIVERGED) === 0 ? {} : board.labels,
    jumps: board.get(B_JUMPS),
    divergedAt: board.get(B_DIVERGED) - 1,
    verdicts,
  };
}

function flagsOf(event: ScheduleEvent): number {
  return (event.isStep ? 0 : RECORDED) | (event.preempts ? PREEMPTED : 0);
}

/** Puts events on the board that the next schedule has to repeat; returns how many. */
export function writeExpected(board: Board, events: readonly ScheduleEvent[]): number {
  const count = Math.min(events.length, board.maxSteps);
  events.slice(0, count).forEach((event, step) => {
    const at = board.expectedAt + step * EVENT_WORDS;
    board.words[at] = event.thread | (event.kind << 8) | flagsOf(event);
    board.words[at + 1] = event.object;
    board.words[at + 2] = event.before;
    board.words[at + 3] = event.operand;
  });
  return count;
}
