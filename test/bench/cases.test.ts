// Every bench case does its work in tiny size: its checksums hold. Never its time.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { variants } from '#test/support/seeds.ts';
import { compareWith, readBaseline, saveBaseline } from '#bench/baseline.ts';
import { allCases, chooseCases } from '#bench/catalogue.ts';
import { runCase } from '#bench/child.ts';
import type { Figure } from '#bench/case.ts';

const figure = (ratio: number, ratioSpread: number): Figure => ({ case: 'micro/x', task: 'y', ns: 10,
  spread: 0.01, p99: 20, samples: 100, yardstick: 'z', ratio, ratioSpread });

describe('the cases', () => {
  const whole = allCases().filter((name) => name.startsWith('throughput/'));
  const small = allCases().filter((name) => !whole.includes(name));

  // Each whole topology boots a machine of its own.
  test.each([...small, ...variants(whole, 1)])('%s does its work', (name) => {
    expect(runCase(name, true)).toEqual({ figures: [] });
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

describe('a baseline', () => {
  let folder: string;
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'fltlab-')); });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('reports what got slower, beyond twice the measured spread', () => {
    const file = join(folder, 'a.json');
    saveBaseline(file, [figure(2, 0.1)]);
    const before = readBaseline(file);
    if ('problem' in before) throw new Error(before.problem);
    expect(compareWith(before, [figure(2.3, 0.1)]).worse).toBe(0);
    const { worse, text } = compareWith(before, [figure(2.6, 0.1)]);
    expect(worse).toBe(1);
    expect(text).toContain('2.00x -> 2.60x (slower by 30 %');
    expect(compareWith(before, [figure(1, 0.1)])).toMatchObject({ worse: 0 });
  });

  test('of another format or none at all is refused with advice', () => {
    const file = join(folder, 'b.json');
    writeFileSync(file, '{"format":99}');
    expect(readBaseline(file)).toMatchObject({ problem: expect.stringContaining('--save') });
    expect(readBaseline(join(folder, 'none.json')))
      .toMatchObject({ problem: expect.stringContaining('cannot be read') });
  });
});
