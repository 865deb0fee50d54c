// Every bench case does its work in tiny size: its checksums hold. Never its time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variants } from '#test/support/seeds.ts';
import { compareWith, readBaseline, saveBaseline, saveShelves, shelfFiles }
  from '#bench/baseline.ts';
import { allCases, chooseCases } from '#bench/catalogue.ts';
import { checkCases } from '#bench/child.ts';
import { endPool } from '#bench/peers/pools.ts';
import { aims, judge, verdictOf } from '#bench/aims.ts';
import type { Figure } from '#bench/case.ts';

const figure = (ratio: number, ratioSpread: number): Figure => ({ case: 'micro/x', task: 'y', ns: 10,
  spread: 0.01, p99: 20, samples: 100, yardstick: 'z', ratio, ratioSpread });

describe('the cases', () => {
  const whole = allCases().filter((name) => name.startsWith('throughput/'));
  const micro = allCases().filter((name) => name.startsWith('micro/'));
  const others = allCases().filter((name) => !whole.includes(name) && !micro.includes(name));
  // A process has numbers for the callbacks of some cases, not of all.
  const some = Array.from({ length: Math.ceil(micro.length / 4) },
    (_, i) => micro.slice(i * 4, i * 4 + 4));

  // Each whole topology boots a machine of its own; one of few threads stands for them.
  const usual = 'throughput/pended';
  const rest = whole.filter((name) => name !== usual);
  test.each([...some, ...[...others, ...variants([usual, ...rest], 1)].map((name) => [name])])(
    '%s does its work', (...names) => {
      expect(checkCases(names)).toEqual({ figures: [] });
    });

  test('are found by name and by shelf; a wrong name lists what is near it', () => {
    const all = allCases();
    expect(chooseCases(all, ['micro/locks']).cases).toEqual(['micro/locks']);
    expect(chooseCases(all, ['micro/']).cases.length).toBeGreaterThan(5);
    expect(chooseCases(all, ['micro/walk']).problem).toContain('micro/callback-walk-3');
    const runner = fileURLToPath(new URL('../../dist/bench/run.js', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [runner, 'nothing'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('there is no case nothing');
  });
});

test('a pool that never tells its end keeps nobody', async () => {
  await endPool({ end: async () => new Promise(() => undefined) }, 10);
  let hasEnded = false;
  await endPool({ end: async () => { hasEnded = true; return Promise.resolve(); } });
  expect(hasEnded).toBe(true);
});

describe('the aims', () => {
  const walk = aims.find((aim) => aim.case === 'micro/callback-walk-3')!;
  const pools = aims.find((aim) => aim.what === 'work item, 64 in flight')!;
  const row = (task: string, ratio: number, ratioSpread = 0.01): Figure =>
    ({ ...figure(ratio, ratioSpread), task });

  test('name cases that exist', () => {
    const all = allCases();
    for (const aim of aims) expect(all).toContain(aim.case);
  });

  test('are reached, missed, and missed when there is no figure', () => {
    const reached = judge(walk, [row('3 filters', 2.9)]);
    const missed = judge(walk, [row('3 filters', 3.1)]);
    expect([reached.reached, missed.reached, judge(walk, []).reached]).toEqual([true, false, false]);
    expect(verdictOf([reached, missed])).toEqual({ text: 'aims: 1 of 2', isMissed: true });
    expect(verdictOf([reached])).toEqual({ text: 'aims: 1 of 1', isMissed: false });
  });

  test('hold the work item against the best of the pools, and claim nothing of noise', () => {
    const own = row('work item, 64 in flight', 1);
    const others = [row('tinypool, 64 in flight', 90), row('poolifier, 64 in flight', 40),
      row('bare postMessage, 64 in flight', 9)];
    expect(judge(pools, [own, ...others])).toMatchObject({ value: 40, reached: true });
    const noisy = row('work item, 64 in flight', 1, 3);
    expect(judge(pools, [noisy, ...others]).reached).toBe(false);
    const few = { ...row('3 filters', 1), samples: 2 };
    expect(judge(walk, [few])).toMatchObject({ reached: false,
      problem: expect.stringContaining('2 samples are too few for a claim') });
  });
});

describe('a baseline', () => {
  let folder: string;
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'fltlab-')); });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reports what got slower, beyond twice the measured spread', () => {
    const file = join(folder, 'a.json');
    saveBaseline(file, [figure(2, 0.1)]);
    const before = readBaseline(file);
    if ('problem' in before) throw new Error(before.problem);
    expect(compareWith([before], [figure(2.3, 0.1)]).worse).toBe(0);
    const { worse, text } = compareWith([before], [figure(2.6, 0.1)]);
    expect(worse).toBe(1);
    expect(text).toContain('2.00x -> 2.60x (slower by 30 %');
    expect(compareWith([before], [figure(1, 0.1)])).toMatchObject({ worse: 0 });
  });

  test('from another machine or version is compared with a warning', () => {
    const file = join(folder, 'strange.json');
    saveBaseline(file, [figure(2, 0.1)]);
    const own = readBaseline(file);
    if ('problem' in own) throw new Error(own.problem);
    expect(compareWith([own], [figure(2, 0.1)]).text).toBe('compared 1 figures: 0 slower');
    for (const strange of [{ ...own, machine: '1 x Abacus' }, { ...own, node: 'v1.0.0' }]) {
      const { text, worse } = compareWith([strange], [figure(4, 0.1)]);
      expect(text).toContain(`warning: the baseline was measured with ${strange.node} on ` +
        `${strange.machine}`);
      expect(worse).toBe(1);
    }
  });

  test('says what it lacks, and claims nothing of too few samples', () => {
    const file = join(folder, 'few.json');
    saveBaseline(file, [figure(2, 0.1)]);
    const before = readBaseline(file);
    if ('problem' in before) throw new Error(before.problem);
    const { text, worse } = compareWith([before],
      [{ ...figure(9, 0.1), samples: 2 }, { ...figure(9, 0.1), task: 'new' }]);
    expect(text).toContain('2 samples are too few for a claim');
    expect(text).toContain('micro/x: new: the baseline lacks it');
    expect(worse).toBe(0);
  });

  test('of each shelf has a file of its own', () => {
    const figures = [figure(2, 0.1), { ...figure(3, 0.1), case: 'peers/x' }];
    const files = saveShelves(join(folder, 'shelves'), figures);
    expect(files.map((file) => file.split(/[/\\]/).pop())).toEqual(['micro.json', 'peers.json']);
    expect(shelfFiles(join(folder, 'shelves'), ['peers/x', 'throughput/y'])).toEqual([files[1]]);
    const both = files.map(readBaseline).flatMap((one) => ('problem' in one ? [] : [one]));
    expect(compareWith(both, figures).text).toBe('compared 2 figures: 0 slower');
    // Other cases of the shelf are kept, tasks that the case no longer has are not.
    saveShelves(join(folder, 'shelves'), [{ ...figure(4, 0.1), case: 'micro/z' }]);
    saveShelves(join(folder, 'shelves'), [{ ...figure(5, 0.1), task: 'w' }]);
    const micro = readBaseline(files[0]!);
    expect('problem' in micro ? micro : Object.keys(micro.ratios).toSorted())
      .toEqual(['micro/x: w', 'micro/z: y']);
  });

  test('of another format or none at all is refused with advice', () => {
    const file = join(folder, 'b.json');
    writeFileSync(file, '{"format":99}');
    expect(readBaseline(file)).toMatchObject({ problem: expect.stringContaining('--save') });
    expect(readBaseline(join(folder, 'none.json')))
      .toMatchObject({ problem: expect.stringContaining('cannot be read') });
  });
});
