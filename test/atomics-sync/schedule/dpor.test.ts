// Soundness: on random small programs the reduced search sees every outcome that an exhaustive
// depth-first search sees, and no other. FLTLAB_PROGRAMS=2000 makes it a long test.
import { describe, expect, test } from 'vitest';
import { explore, randomProgram } from './random-program.ts';

const programs = Number(process.env['FLTLAB_PROGRAMS'] ?? 250);
/** Programs with more schedules than this are left out: the exhaustive search is too long. */
const LIMIT = 1500;

describe('source-DPOR', () => {
  test(`sees the outcomes of the exhaustive search on ${programs} programs, in fewer ` +
    `schedules`, () => {
    let compared = 0;
    let all = 0;
    let reduced = 0;
    for (let seed = 0; compared < programs; seed++) {
      const program = randomProgram(seed);
      const exhaustive = explore(program, { name: 'dfs' }, LIMIT);
      if (!exhaustive.proven) continue;
      const dpor = explore(program, { name: 'dpor' }, LIMIT);
      const what = `program ${seed}: ${JSON.stringify(program)}`;
      expect([...dpor.outcomes].toSorted(), what).toEqual([...exhaustive.outcomes].toSorted());
      expect(dpor.proven, what).toBe(true);
      compared++;
      all += exhaustive.schedules;
      reduced += dpor.schedules;
    }
    expect(reduced).toBeLessThan(all / 20);
  });

  test('keeps the outcomes when threads swap, spin on nothing and sleep for each other', () => {
    // Programs of which earlier versions lost an outcome.
    for (const seed of [62, 1038, 1337, 1444]) {
      const program = randomProgram(seed);
      const dpor = explore(program, { name: 'dpor' }, LIMIT);
      const dfs = explore(program, { name: 'dfs' }, LIMIT);
      expect([...dpor.outcomes].toSorted()).toEqual([...dfs.outcomes].toSorted());
    }
  });
});

describe('bounded searches', () => {
  test('with a bound that is never reached see what the exhaustive search sees', () => {
    for (let seed = 0; seed < 25; seed++) {
      const program = randomProgram(seed);
      const dfs = explore(program, { name: 'dfs' }, 400);
      if (!dfs.proven) continue;
      for (const name of ['preemption:64', 'delay:64']) {
        const bounded = explore(program, { name }, 400);
        expect(bounded.proven).toBe(true);
        expect(bounded.schedules).toBe(dfs.schedules);
        expect([...bounded.outcomes].toSorted()).toEqual([...dfs.outcomes].toSorted());
      }
    }
  });

  test('with a small bound say that there may be more', () => {
    const program = randomProgram(7);
    const bounded = explore(program, { name: 'preemption:0' }, 400);
    expect(bounded.schedules).toBeLessThan(explore(program, { name: 'dfs' }, 4000).schedules);
    expect(bounded.proven).toBe(false);
  });
});

describe('every strategy', () => {
  test.each(['random', 'pct:2', 'pct:3', 'pos', 'surw', 'rff', 'delay:1', 'portfolio'])(
    '%s sees nothing that the exhaustive search does not, and most of it',
    (name) => {
      let missing = 0;
      let outcomes = 0;
      for (let seed = 0; seed < 20; seed++) {
        const program = randomProgram(seed);
        const dfs = explore(program, { name: 'dfs' }, 400);
        if (!dfs.proven) continue;
        const found = explore(program, { name }, 150, seed);
        for (const outcome of found.outcomes) expect(dfs.outcomes).toContain(outcome);
        outcomes += dfs.outcomes.size;
        missing += dfs.outcomes.size - found.outcomes.size;
      }
      expect(missing).toBeLessThan(outcomes / (name === 'delay:1' ? 2 : 4));
    },
  );
});
