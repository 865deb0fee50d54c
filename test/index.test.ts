// The host's API in use: a log through a filter, as a program of its own would do it.
import { describe, expect, test } from 'vitest';
import { Progress, Stop, planGenerator, presets, runSession } from '#src/index.ts';
import type { RunSettings } from '#src/index.ts';

const settings: RunSettings = { workload: 'preset build', fileSystem: 'ramfs', requestors: 2,
  systemWorkers: 1, storageThreads: 1, completion: 'hostile', seed: 3,
  memoryBytes: 128 * 1024 * 1024, verifier: false };

describe('the host\'s API', () => {
  test('runs a preset through a filter from boot to shutdown', async () => {
    const said: string[] = [];
    const progress = new Progress({ write: (text: string) => said.push(text) });
    const module = new URL('../dist/src/minifilters/pass-through.js', import.meta.url).href;
    const report = await runSession(
      { ...planGenerator('build', { requestors: 2, seed: 3, operations: 600 }), settings,
        images: [{ name: 'pass-through', module, altitude: '370030' }] },
      { progress, stop: new Stop(), watchdogSeconds: 20 });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ complete: true, left: [] });
    expect(report.issued).toBeGreaterThanOrEqual(600);
    expect(report.filters[0]?.pre[0]).toBeGreaterThan(0);
  });

  test('names its presets', () => {
    expect(Object.keys(presets)).toEqual(expect.arrayContaining(['win10-desktop', 'stress']));
  });
});
