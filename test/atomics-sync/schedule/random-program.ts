// Small random programs of two or three threads over a few words: what a search is compared with an
// exhaustive one on. Every kind of operation of the door, a lock and a wait that needs a wake-up.
import { Board, B_DIGEST, B_FAILURE, B_PHASE, PHASE_LEAD }
  from '#src/atomics-sync/schedule/board.ts';
import { PROVEN, closeSchedule, openRun, openSchedule }
  from '#src/atomics-sync/schedule/campaign.ts';
import { B_EXHAUSTED } from '#src/atomics-sync/schedule/board.ts';
import { Core } from '#src/atomics-sync/schedule/core.ts';
import { Coroutines } from '#src/atomics-sync/schedule/coroutines.ts';
import { makeStrategy } from '#src/atomics-sync/schedule/strategies/make.ts';
import type { Body, Operation } from '#src/atomics-sync/schedule/coroutines.ts';
import type { StrategySpec } from '#src/atomics-sync/schedule/strategies/make.ts';

type Kind = 'load' | 'store' | 'copy' | 'add' | 'swap' | 'cas' | 'lock' | 'wait' | 'set' | 'choose';
interface Step {
  readonly kind: Kind;
  readonly word: number;
  readonly value: number;
}

/** What each thread does, in order. */
export type Program = readonly (readonly Step[])[];

// Address 0 is no object.
const LOCK = 12;
const FLAG = LOCK + 4;
const ALL_WORDS = FLAG / 4 + 1;
const kinds: readonly Kind[] =
  ['load', 'store', 'copy', 'add', 'swap', 'cas', 'cas', 'load', 'lock', 'wait', 'set', 'choose'];

/** A program drawn from a seed. */
export function randomProgram(seed: number): Program {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  const below = (n: number): number => {
    state = (Math.imul(state, 0x19660d) + 0x3c6ef35f) | 0;
    return (state >>> 9) % n;
  };
  const threads = 2 + below(2);
  const words = 1 + below(2);
  const length = threads === 2 ? 3 : 2;
  return Array.from({ length: threads }, () =>
    Array.from({ length: 1 + below(length) }, () => ({
      kind: kinds[below(kinds.length)]!, word: 4 + 4 * below(words), value: 1 + below(2),
    })));
}

function* lock(ops: Coroutines): Operation<void> {
  while ((yield* ops.compareExchange(LOCK, 0, 1)) !== 0) yield* ops.wait(LOCK, 1);
}

function* step(ops: Coroutines, s: Step, seen: number): Operation<number> {
  switch (s.kind) {
    case 'load': return seen * 8 + (yield* ops.load(s.word));
    case 'store': return yield* ops.store(s.word, s.value), seen;
    case 'copy': return yield* ops.store(s.word, seen & 7), seen;
    case 'add': return seen * 8 + (yield* ops.add(s.word, s.value));
    case 'swap': return seen * 8 + (yield* ops.exchange(s.word, s.value));
    case 'cas': return seen * 8 + (yield* ops.compareExchange(s.word, 0, s.value));
    case 'lock': {
      yield* lock(ops);
      const value = yield* ops.load(s.word);
      yield* ops.store(s.word, value + s.value);
      yield* ops.store(LOCK, 0);
      yield* ops.notify(LOCK, 1);
      return seen;
    }
    case 'wait': return seen * 8 + ((yield* ops.wait(FLAG, 0)) === 'ok' ? 1 : 2);
    case 'set': {
      yield* ops.store(FLAG, s.value);
      yield* ops.notify(FLAG, s.value);
      return seen;
    }
    case 'choose': return seen * 8 + ops.choose(2);
    default: return s.kind satisfies never;
  }
}

export interface Explored {
  /** Every outcome: what each thread saw, the words at the end, the failure. */
  readonly outcomes: ReadonlySet<string>;
  readonly schedules: number;
  /** Whether the strategy said that nothing is left. */
  readonly proven: boolean;
}

/** Runs a program with a strategy until it is exhausted, or `limit` schedules were run. */
export function explore(program: Program, spec: StrategySpec, limit: number, seed = 1): Explored {
  const board = Board.create({ threads: program.length, maxSteps: 400, maxResults: limit + 1 });
  const strategy = makeStrategy(spec, board);
  const core = new Core(board, strategy);
  const words = new Int32Array(ALL_WORDS);
  const engine = new Coroutines(core, words);
  const seen: number[] = [];
  const outcomes = new Set<string>();
  const bodies = program.map((steps, t) =>
    function* body(ops: Coroutines): Body {
      seen[t] = 0;
      for (const s of steps) seen[t] = yield* step(ops, s, seen[t]!);
    });
  openRun(board, strategy, { seed, budget: limit, stopOnFailure: false, timeouts: 'late' });
  let schedules = 0;
  while (openSchedule(board, strategy)) {
    words.fill(0);
    engine.run(bodies);
    board.set(B_PHASE, PHASE_LEAD);
    closeSchedule(board, strategy);
    schedules++;
    if (board.get(38) === 0) outcomes.add(`${seen.join()}|${words.join()}|${board.get(B_FAILURE)}`);
  }
  return { outcomes, schedules, proven: board.get(B_EXHAUSTED) === PROVEN };
}

/** The digest of the events of the last schedule of a board. */
export function digestOf(board: Board): number {
  return board.get(B_DIGEST);
}
