// The baton on real worker threads: findings, replay, determinism, and what happens when something
// is wrong with the scenario itself.
import { afterAll, describe, expect, test } from 'vitest';
import { Cell } from '#src/lab/hunt/cell.ts';
import { writeExpected } from '#src/lab/hunt/outcome.ts';
import type { CellOptions, RunReport } from '#src/lab/hunt/cell.ts';
import type { StrategySpec } from '#src/atomics-sync/schedule/strategies/make.ts';

const module =
  new URL('./words.js', import.meta.resolve('#test/atomics-sync/schedule/words.ts')).href;
const schedules = Number(process.env['FLTLAB_SCHEDULES'] ?? 2000);

/** Cells live until the end of the file: a test wants one in a few milliseconds. */
const cells = new Map<string, Cell>();
afterAll(async () => {
  for (const cell of cells.values()) await cell.stop();
});

async function start(scenario: string, more: Partial<CellOptions> = {}): Promise<Cell> {
  const key = scenario + JSON.stringify(more);
  const known = cells.get(key);
  if (known !== undefined) return known;
  const cell = await Cell.start({ module, scenario, threads: 2, maxResults: 10_000, ...more });
  cells.set(key, cell);
  return cell;
}

async function run(
  on: Cell,
  strategy: string | StrategySpec,
  more: { seed?: number; budget?: number; all?: boolean; timeouts?: 'late' | 'any'; expected?: number } = {},
): Promise<RunReport> {
  return on.run({
    strategy: typeof strategy === 'string' ? { name: strategy } : strategy,
    settings: {
      seed: more.seed ?? 1, budget: more.budget ?? 500, stopOnFailure: more.all !== true,
      timeouts: more.timeouts ?? 'late',
    },
    classes: true,
    expected: more.expected ?? 0,
  });
}

test('a run that is paused before its threads have begun ends with its first schedules', async () => {
  const on = await start('threeByTwenty', { threads: 3 });
  for (let seed = 1; seed <= 20; seed++) {
    on.begin({ strategy: { name: 'random' }, classes: false, expected: 0,
      settings: { seed, budget: 10_000, stopOnFailure: false, timeouts: 'late' } });
    on.pause();
    const { results } = on.end();
    expect(results.length).toBeGreaterThan(0);
    expect(results.length).toBeLessThan(1000);
  }
});

describe('a cell of real threads finds', () => {
  test('a lost update, by every strategy that can', async () => {
    const on = await start('lostUpdate');
    for (const name of ['random', 'pct:2', 'pos', 'surw', 'rff', 'delay:1', 'preemption:1', 'dfs', 'dpor',
      'portfolio']) {
      const report = await run(on, name);
      expect(report.last, name).toMatchObject({ failure: 'check' });
      expect(report.last.text, name).toContain('an update was lost: x is 1');
    }
  });

  test('nothing where nothing is wrong, and says that nothing else can happen', async () => {
    const on = await start('updated');
    const report = await run(on, 'dpor');
    expect(report).toMatchObject({ failures: 0, proven: true });
    expect(report.results).toHaveLength(2);
    expect((await run(on, 'portfolio')).proven).toBe(true);
    expect((await run(on, 'preemption:0')).proven).toBe(false);
  });

  test('a deadlock, and who waits for what', async () => {
    const report = await run(await start('deadlock'), 'dpor');
    expect(report.last.failure).toBe('deadlock');
    expect(report.last.sleepers.map((s) => s.thread)).toEqual([0, 1]);
    expect(new Set(report.last.sleepers.map((s) => s.object)).size).toBe(2);
  });

  test('a lost wake-up', async () => {
    const report = await run(await start('lostWakeUp'), 'pct:3');
    expect(report.last).toMatchObject({ failure: 'deadlock', sleepers: [{ thread: 0 }] });
  });

  test('a thread that spins for ever', async () => {
    const report = await run(await start('endless', { maxSteps: 300 }), 'random');
    expect(report.last).toMatchObject({ failure: 'endless', steps: 300 });
  });
});

describe('time', () => {
  test('passes when nobody can run, and the earliest sleep ends first', async () => {
    const on = await start('sleepers');
    expect(await run(on, 'random', { budget: 200 })).toMatchObject({ failures: 0 });
  });

  test('may be a choice of the schedule instead', async () => {
    const on = await start('sleepers');
    const report = await run(on, 'random', { budget: 200, timeouts: 'any' });
    expect(report.last.text).toContain('time ran backwards');
  });
});

describe('spinning threads', () => {
  test.each(['random', 'pct:3', 'pos', 'dpor', 'delay:2', 'preemption:2'])(
    '%s lets others run, so that the spin ends', async (name) => {
      const report = await run(await start('spinner'), name, { budget: 200, all: true });
      expect(report.failures).toBe(0);
      expect(Math.max(...report.results.map((r) => r.steps))).toBeLessThan(60);
    });
});

describe('F-229: replay', () => {
  test(`gives the same events for ${schedules} schedules`, async () => {
    const on = await start('threeByTwenty', { threads: 3 });
    const settings = { seed: 7, budget: schedules, all: true };
    const first = await run(on, 'pct:3', settings);
    const second = await run(on, 'pct:3', settings);
    expect(second.results).toEqual(first.results);
    expect(new Set(first.results.map((r) => r.digest)).size).toBeGreaterThan(schedules / 2);
  });

  test('repeats one schedule from its decisions, event by event', async () => {
    const on = await start('threeByTwenty', { threads: 3 });
    for (let seed = 1; seed <= 40; seed++) {
      const { last } = await run(on, 'random', { seed, budget: 1 });
      const expected = writeExpected(on.board, last.events);
      const again = await run(on, { name: 'replay', decisions: last.decisions }, { expected });
      expect(again.last).toEqual({ ...last, divergedAt: -1 });
    }
  });

  test('in another cell gives the same events', async () => {
    const one = await start('lostUpdate');
    const found = await run(one, 'random');
    const other = await start('lostUpdate', { spins: 100 });
    const again = await run(other, { name: 'replay', decisions: found.last.decisions });
    expect(again.last).toEqual(found.last);
  });

  test('says at which step it leaves the schedule that was recorded', async () => {
    const on = await start('lostUpdate');
    const { last } = await run(on, 'random');
    const events = last.events.map((e, step) => (step === 3 ? { ...e, before: e.before + 1 } : e));
    const expected = writeExpected(on.board, events);
    const again = await run(on, { name: 'replay', decisions: last.decisions }, { expected });
    expect(again.last.divergedAt).toBe(3);
    const wrong = await run(on, { name: 'replay', decisions: [2, 7] });
    expect(wrong.last).toMatchObject({ failure: 'nondeterminism', divergedAt: 2 });
  });

  test('a scenario with choices of its own is called non-deterministic by a search', async () => {
    const report = await run(await start('dice'), 'dfs', { budget: 400 });
    expect(report.last.failure).toBe('nondeterminism');
  });
});

describe('a scenario that is wrong', () => {
  test('without a single point in a loop is noticed, with the thread', async () => {
    const on = await start('hidden', { threads: 1, patienceMs: 300 });
    await expect(run(on, 'random')).rejects.toThrow(/no step within 300 ms: thread 0/);
  });

  test('that is not exported is named', async () => {
    await expect(Cell.start({ module, scenario: 'nothing', threads: 2 }))
      .rejects.toThrow(/exports no nothing/);
  });

  test('with an unknown strategy lists those that there are', async () => {
    const { makeStrategy } = await import('#src/atomics-sync/schedule/strategies/make.ts');
    const { Board } = await import('#src/atomics-sync/schedule/board.ts');
    const board = Board.create({ threads: 2 });
    expect(() => makeStrategy({ name: 'luck' }, board)).toThrow(/no strategy is called luck.*pct:DEPTH/);
    expect(() => makeStrategy({ name: 'pct:x' }, board)).toThrow(/whole number/);
  });

  test('with a budget of nothing is refused', async () => {
    await expect(run(await start('updated'), 'random', { budget: 0 })).rejects.toThrow(/no schedules/);
  });
});
