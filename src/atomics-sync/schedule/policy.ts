// How the threads of a machine are scheduled.
//
//   free        as the host likes; the hook is null and folds away
//   fuzzed      as the host likes, but threads are held up at points by chance (fuzz.ts)
//   controlled  one at a time, as a strategy says (baton.ts)
//
// `settleSchedule` is called by a worker's entry, after settleBoot and before anything else of the
// machine is loaded.
import { Baton } from './baton.ts';
import { Board } from './board.ts';
import { Core } from './core.ts';
import { Fuzz } from './fuzz.ts';
import { RoundRobin } from './strategies/round-robin.ts';
import { settleHook } from './point.ts';
import type { ScheduleBoot } from '../../mem/boot-options.ts';

export type SchedulePolicy = ScheduleBoot['policy'];

/** Settles the hook of this thread; returns the baton of a controlled one. */
export function settleSchedule(boot: ScheduleBoot): Baton | undefined {
  if (boot.policy === 'free') return undefined;
  if (boot.policy === 'fuzzed') {
    settleHook(new Fuzz(boot.seed ?? 1, boot.thread));
    return undefined;
  }
  if (boot.board === undefined) throw new Error('a controlled schedule needs a board');
  const board = new Board(boot.board);
  const room = { board, at: board.strategyAt, length: board.strategyWords };
  const baton = new Baton(new Core(board, new RoundRobin(room)), boot.thread, boot.spins ?? 0);
  settleHook(baton);
  return baton;
}
