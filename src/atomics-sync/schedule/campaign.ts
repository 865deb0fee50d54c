// Schedule after schedule: the book-keeping that every engine does between two of them. Whoever
// holds the board calls `openSchedule`, lets the engine run, and calls `closeSchedule`.
import { B_BUDGET, B_CUT, B_DIGEST, B_DONE, B_EXHAUSTED, B_FAILURE, B_FAILURES, B_FIRST_MODE,
  B_LABELS_LENGTH,
  B_LONGEST,
  B_ORDINAL, B_PAUSE, B_SEED, B_STEPS, B_STOP_ON_FAILURE, B_TEXT_LENGTH, B_TIME_POLICY,
  FAILURE_NONE, RESULT_WORDS, TIME_ANY, TIME_LATE } from './board.ts';
import type { Board } from './board.ts';
import type { Order } from './order.ts';
import type { Strategy } from './strategy.ts';

/** What a run of schedules is told. */
export interface RunSettings {
  readonly seed: number;
  /** Schedules it may have. */
  readonly budget: number;
  readonly stopOnFailure: boolean;
  /** Whether limited sleeps may end at any time, or only when nobody can run. */
  readonly timeouts: 'late' | 'any';
  /** MODE_* bits that each schedule begins with; 0 if left out: every point is a step. */
  readonly mode?: number;
}

/** B_EXHAUSTED: the strategy has nothing left; or even every schedule is known. */
export const EXHAUSTED = 1;
export const PROVEN = 2;

/**
 * Sets the board up for a run. The threads' daemon flags are the engine's; that it shall pause is
 * whoever's began it, who may have said so before this thread came to run.
 */
export function openRun(board: Board, strategy: Strategy, settings: RunSettings): void {
  board.set(B_SEED, settings.seed | 0);
  board.set(B_BUDGET, settings.budget);
  board.set(B_STOP_ON_FAILURE, settings.stopOnFailure ? 1 : 0);
  board.set(B_TIME_POLICY, settings.timeouts === 'any' ? TIME_ANY : TIME_LATE);
  board.set(B_FIRST_MODE, settings.mode ?? 0);
  for (const word of [B_DONE, B_FAILURES, B_EXHAUSTED, B_ORDINAL, B_LONGEST]) {
    board.set(word, 0);
  }
  strategy.reset();
}

/** Goes on with a run that had stopped, for some more schedules. */
export function extendRun(board: Board, budget: number): void {
  board.set(B_BUDGET, budget);
  board.set(B_DONE, 0);
  board.set(B_FAILURES, 0);
}

/** Whether another schedule is to be run; the strategy is ready for it then. */
export function openSchedule(board: Board, strategy: Strategy): boolean {
  const done = board.get(B_DONE);
  if (done >= board.get(B_BUDGET) || done >= board.maxResults) return false;
  if (done > 0 && board.get(B_PAUSE) !== 0) return false;
  if (board.get(B_STOP_ON_FAILURE) !== 0 && board.get(B_FAILURES) !== 0) return false;
  if (!strategy.begin()) {
    board.set(B_EXHAUSTED, strategy.proves ? PROVEN : EXHAUSTED);
    return false;
  }
  board.set(B_TEXT_LENGTH, 0);
  board.set(B_LABELS_LENGTH, 0);
  return true;
}

/** Enters the result of a schedule that has ended. `order` gives it its class, if wanted. */
export function closeSchedule(board: Board, strategy: Strategy, order?: Order): void {
  strategy.end();
  board.set(B_ORDINAL, board.get(B_ORDINAL) + 1);
  // A schedule that was cut short is no schedule: others are known to show the same.
  if (board.get(B_CUT) !== 0 && board.get(B_FAILURE) === FAILURE_NONE) return;
  const done = board.get(B_DONE);
  const at = board.resultsAt + done * RESULT_WORDS;
  if (order !== undefined) order.run(board);
  board.set(at, board.get(B_DIGEST));
  board.set(at + 1, order === undefined ? 0 : order.hash(board));
  board.set(at + 2, board.get(B_STEPS));
  board.set(at + 3, board.get(B_FAILURE));
  board.set(B_DONE, done + 1);
  if (board.get(B_FAILURE) !== FAILURE_NONE) board.set(B_FAILURES, board.get(B_FAILURES) + 1);
}
