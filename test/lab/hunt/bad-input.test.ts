// What a hunt says to scenarios that it cannot hunt: which thread, which call, which line; and that
// nothing is lost which was found before.
import { afterAll, describe, expect, test } from 'vitest';
import { Hunt, NotDeterministic } from '#src/lab/hunt/hunt.ts';
import { OutOfSight } from '#src/lab/hunt/cell.ts';
import { machineTarget, wordTarget } from '#src/lab/hunt/target.ts';
import type { HuntOptions } from '#src/lab/hunt/hunt.ts';
import type { Play } from '#src/atomics-sync/schedule/scenario.ts';
import type { Target } from '#src/lab/hunt/target.ts';

const bad = import.meta.resolve('#test/lab/hunt/bad-scenarios.ts');
const words = import.meta.resolve('#test/atomics-sync/schedule/words.ts');
const machines = import.meta.resolve('#test/lab/hunt/scenarios.ts');
const options: HuntOptions =
  { strategy: 'random', seed: 1, milliseconds: 20_000, schedules: 300 };

const running: Hunt[] = [];
afterAll(async () => {
  for (const hunt of running) await hunt.stop();
});

async function targetOf(module: string, name: string, patienceMs = 300): Promise<Target> {
  const { [name]: play } = (await import(module)) as Record<string, Play>;
  const target = wordTarget(module, name, play!);
  return { ...target, cell: { ...target.cell, patienceMs } };
}

async function start(target: Target, more: Partial<HuntOptions> = {}): Promise<Hunt> {
  const hunt = await Hunt.start(target, { ...options, ...more });
  running.push(hunt);
  return hunt;
}

describe('a loop that the schedule does not see', () => {
  test('is named with thread, function, file and line', async () => {
    const hunt = await start(await targetOf(bad, 'outOfSight'));
    const search = hunt.search();
    await expect(search).rejects.toThrow(OutOfSight);
    await expect(search).rejects.toThrow(
      /no step within 300 ms: thread 1 [\s\S]*thread 1 is in countForEver \(bad-scenarios\.js:\d+\)/);
  });

  test('of a filter is named with the function of the filter', async () => {
    const scenarios = (await import(machines)) as Record<string, never>;
    const module = import.meta.resolve('#test/lab/hunt/filters/spinner.ts');
    const images = [{ name: 'spinner', module, altitude: '370102' }];
    const target = machineTarget(scenarios['quietPair']!,
      { module: machines, export: 'quietPair', images });
    const hunt = await start({ ...target, cell: { ...target.cell, patienceMs: 1500 } });
    await expect(hunt.search()).rejects.toThrow(/is in waitForNobody \(spinner\.js:\d+\)\n/);
  });

  test('does not take away what was found before it', async () => {
    const hunt = await start(await targetOf(bad, 'lateLoop'), { all: true });
    const { findings, stoppedBy } = await hunt.search();
    expect(findings).toMatchObject([{ signature: 'check: an update was lost', replays: true }]);
    expect(stoppedBy?.message).toContain('countForEver');
  });
});

describe('a scenario that is not deterministic', () => {
  test('is told with the thread and what it did, by name', async () => {
    const hunt = await start(await targetOf(words, 'dice'));
    await expect(hunt.checkTwice()).rejects.toThrow(
      /dice did something else .* at step \d+ first thread 0: x\[1\] = \d+, then thread 0: x\[1\] = /);
  });

  test('only later is told by the search that repeats it', async () => {
    const hunt = await start(await targetOf(bad, 'lateChange'), { strategy: 'dfs' });
    await hunt.checkTwice();
    const search = hunt.search();
    await expect(search).rejects.toThrow(NotDeterministic);
    await expect(search).rejects.toThrow(
      /late-change is not deterministic: at step \d+, after thread \d: /);
  });
});

test('a strategy for fewer threads is refused before any thread is started', async () => {
  await expect(start(await targetOf(bad, 'crowd'), { strategy: 'dpor' }))
    .rejects.toThrow(/dpor is for at most 32 threads, here are 33; use pct or pos/);
});
