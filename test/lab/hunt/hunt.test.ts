// The hunter on real threads: over words, and over whole machines with a filter that is wrong. What
// is found is confirmed by a replay and made small; what is right is left alone.
import { afterAll, describe, expect, test } from 'vitest';
import { Hunt, NotArmed, NotDeterministic } from '#src/lab/hunt/hunt.ts';
import { machineTarget, wordTarget } from '#src/lab/hunt/target.ts';
import type { HuntOptions, HuntReport } from '#src/lab/hunt/hunt.ts';
import type { Target } from '#src/lab/hunt/target.ts';

const words = import.meta.resolve('#test/atomics-sync/schedule/words.ts');
const machines = import.meta.resolve('#test/lab/hunt/scenarios.ts');
const options: HuntOptions =
  { strategy: 'portfolio', seed: 1, milliseconds: 20_000, schedules: 300 };

const running: Hunt[] = [];
afterAll(async () => {
  for (const hunt of running) await hunt.stop();
});

async function start(target: Target, more: Partial<HuntOptions> = {}): Promise<Hunt> {
  const hunt = await Hunt.start(target, { ...options, ...more });
  running.push(hunt);
  return hunt;
}

async function overWords(name: string, more: Partial<HuntOptions> = {}): Promise<HuntReport> {
  const { [name]: play } = (await import(words)) as Record<string, { name: string; threads: number }>;
  const hunt = await start(wordTarget(words, name, play!), more);
  await hunt.checkTwice();
  return hunt.search();
}

describe('a hunt over words', () => {
  test('finds, replays, and proves that fewer preemptions cannot do it', async () => {
    const { findings } = await overWords('lostUpdate', { minimise: true });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ replays: true, minimal: 'proven' });
    expect(findings[0]!.outcome.preemptions).toBe(1);
    expect(findings[0]!.signature).toBe('check: an update was lost: x is 1');
  });

  test('says who sleeps on what, by name', async () => {
    const { findings } = await overWords('deadlock');
    expect(findings[0]!.signature).toBe('deadlock: a, b');
  });

  test('says that nothing else can happen where that is so', async () => {
    const report = await overWords('updated');
    expect(report).toMatchObject({ findings: [], proven: true, residual: 0 });
    expect(report.classes).toBe(2);
  });

  test('refuses a scenario that does not do the same twice, and says where', async () => {
    await expect(overWords('dice')).rejects.toThrow(NotDeterministic);
    await expect(overWords('dice')).rejects.toThrow(/dice did something else .* at step \d+ first thread/);
  });
});

describe('the armed check', () => {
  test('lets a strategy pass that finds what is known to be there', async () => {
    const { lostUpdate: play } = (await import(words)) as Record<string, never>;
    for (const strategy of ['portfolio', 'pct:3', 'delay:1', 'dpor']) {
      const hunt = await start(wordTarget(words, 'lostUpdate', play!), { strategy });
      await hunt.checkArmed();
    }
  });

  test('stops a hunt whose strategy would find nothing', async () => {
    const { updated: play } = (await import(words)) as Record<string, never>;
    const hunt = await start(wordTarget(words, 'updated', play!), { strategy: 'round-robin' });
    await expect(hunt.checkArmed()).rejects.toThrow(/not armed: the update canary in updated/);
    await expect(hunt.checkArmed()).rejects.toThrow(NotArmed);
  });
});

describe('a hunt on a machine', () => {
  const counter = import.meta.resolve('#test/lab/hunt/filters/counter.ts');

  async function onMachine(name: string, filter: string): Promise<HuntReport> {
    const scenarios = (await import(machines)) as Record<string, never>;
    const images = [{ name: 'under-test', module: filter, altitude: '370101' }];
    const target = machineTarget(scenarios[name]!, { module: machines, export: name, images });
    const hunt = await start(target, { strategy: 'pct:3+random', schedules: 60 });
    await hunt.checkArmed();
    await hunt.checkTwice();
    return hunt.search();
  }

  test('finds a data race of a filter, with both places in its code', async () => {
    const { findings } = await onMachine('quietPair', counter);
    expect(findings[0]).toMatchObject({ replays: true, outcome: { failure: 'rule' } });
    expect(findings[0]!.outcome.text).toContain('data race on RACY_COUNTER.Writes');
    expect(findings[0]!.stacks!.map((stack) => stack.split('\n')[0])).toEqual(
      [expect.stringContaining('counter.'), expect.stringContaining('counter.')]);
  });

  test('finds nothing wrong with pass-through, which is unloaded while it works', async () => {
    const filter = new URL('../../src/minifilters/pass-through.js', new URL('.', machines)).href;
    const report = await onMachine('unloadDuringIo', filter.replace('/test/src/', '/src/'));
    expect(report.findings).toEqual([]);
    expect(report.schedules).toBe(60);
  });
});
