// Reads-from-guided fuzzing: where many threads do the same and one read has to see one write, it
// walks there; what it learns lies on the board, so the same seed gives the same schedules.
import { describe, expect, test } from 'vitest';
import { B_DIGEST, B_FAILURE, Board, FAILURE_THROWN } from '#src/atomics-sync/schedule/board.ts';
import { closeSchedule, openRun, openSchedule } from '#src/atomics-sync/schedule/campaign.ts';
import { Core } from '#src/atomics-sync/schedule/core.ts';
import { Coroutines } from '#src/atomics-sync/schedule/coroutines.ts';
import { makeStrategy } from '#src/atomics-sync/schedule/strategies/make.ts';
import { WordTable } from '#src/atomics-sync/schedule/strategies/word-table.ts';
import type { Body } from '#src/atomics-sync/schedule/coroutines.ts';

const A = 4;
const B = 8;

function* set(ops: Coroutines): Body {
  yield* ops.store(A, 1);
  yield* ops.store(B, 1);
}

/** SCTBench's reorder: fails where one word is new and the other old. */
function* look(ops: Coroutines): Body {
  const a = yield* ops.load(A);
  const b = yield* ops.load(B);
  if (a !== b) throw new Error(`a is ${a}, b is ${b}`);
}

interface Hunted {
  readonly schedules: number;
  readonly digests: readonly number[];
}

/** Schedules of so many setters and one that looks, until it sees a half; or `limit`. */
function hunt(name: string, setters: number, seed: number, limit: number): Hunted {
  const bodies = [...Array.from({ length: setters }, () => set), look];
  const board = Board.create({ threads: bodies.length, maxSteps: 400, maxResults: limit });
  const strategy = makeStrategy({ name }, board);
  const words = new Int32Array(4);
  const engine = new Coroutines(new Core(board, strategy), words);
  openRun(board, strategy, { seed, budget: limit, stopOnFailure: true, timeouts: 'late' });
  const digests: number[] = [];
  while (openSchedule(board, strategy)) {
    words.fill(0);
    engine.run(bodies);
    digests.push(board.get(B_DIGEST));
    closeSchedule(board, strategy);
    if (board.get(B_FAILURE) === FAILURE_THROWN) break;
  }
  return { schedules: digests.length, digests };
}

describe('reads-from-guided fuzzing', () => {
  test('finds a read of one write among a hundred threads, where priorities alone do not', () => {
    const limit = 200;
    const seeds = Array.from({ length: 9 }, (_, i) => i + 1);
    const middle = (name: string): number =>
      seeds.map((seed) => hunt(name, 99, seed, limit).schedules).toSorted((a, b) => a - b)[4]!;
    expect(middle('rff')).toBeLessThan(20);
    expect(middle('rff')).toBeLessThan(middle('pct:3'));
  });

  test('does the same with the same seed, and something else with another', () => {
    const first = hunt('rff', 6, 3, 60);
    expect(hunt('rff', 6, 3, 60)).toEqual(first);
    expect(hunt('rff', 6, 4, 60).digests).not.toEqual(first.digests);
  });

  test('needs room to learn, and says so', () => {
    const board = Board.create({ threads: 3, maxSteps: 16, strategyWords: 64 });
    expect(() => makeStrategy({ name: 'rff' }, board)).toThrow(/more words than the board keeps/);
  });
});

describe('a table in words', () => {
  test('keeps each key at one place, finds what is there, and gives up where it is full', () => {
    const words = new Int32Array(200);
    const table = new WordTable(words, 3, 140, 2);
    expect(table.length).toBe(128);
    const places = Array.from({ length: 40 }, (_, key) => table.reach(key * 77));
    places.forEach((at, key) => {
      if (at < 0) return;
      words[at + 1] = key + 1;
      expect(table.reach(key * 77)).toBe(at);
    });
    const kept = places.filter((at) => at >= 0);
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept.length).toBeGreaterThan(30);
    for (const [key, at] of places.entries()) {
      if (at >= 0) expect(words[table.find(key * 77) + 1]).toBe(key + 1);
    }
    for (let key = 1000; key < 1200; key++) table.reach(key);
    expect(table.find(5000)).toBe(-1);
    expect(words.subarray(131).every((word) => word === 0)).toBe(true);
    table.clear();
    expect(table.find(77)).toBe(-1);
  });
});
