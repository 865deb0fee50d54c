// Profiles of several threads become one document: stacks from the root, one table of frames.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { mergeProfiles } from '#bench/profile/merge.ts';
import type { CpuProfile } from '#bench/profile/merge.ts';

const node = (id: number, functionName: string, children: number[] = []):
  CpuProfile['nodes'][number] =>
  ({ id, callFrame: { functionName, url: 'file:///a.js', lineNumber: id }, children });

test('each thread keeps its stacks; frames that two threads share are told once', () => {
  const one: CpuProfile = { nodes: [node(1, '(root)', [2]), node(2, 'walk', [3]), node(3, '')],
    samples: [3, 2, 3], timeDeltas: [10, 20, -5] };
  const { shared, profiles } = mergeProfiles({ 'thread 0': one, 'thread 1': { ...one,
    samples: [2], timeDeltas: [7] } });
  expect(shared.frames.map(({ name, line }) => `${name}:${line}`))
    .toEqual(['(root):2', 'walk:3', '(anonymous):4']);
  expect(profiles.map(({ name, samples, weights, endValue }) =>
    ({ name, samples, weights, endValue }))).toEqual([
    { name: 'thread 0', samples: [[0, 1, 2], [0, 1], [0, 1, 2]], weights: [10, 20, 0],
      endValue: 30 },
    { name: 'thread 1', samples: [[0, 1]], weights: [7], endValue: 7 },
  ]);
});

test('a profiler or a time that does not exist is refused before anything is fetched', () => {
  const clinic = fileURLToPath(new URL('../../dist/bench/profile/clinic.js', import.meta.url));
  const errorOf = (...args: string[]): string => {
    const { status, stderr } = spawnSync(process.execPath, [clinic, ...args], { encoding: 'utf8' });
    expect(status).toBe(2);
    return stderr;
  };
  expect(errorOf('xray')).toContain('there are flame, doctor, bubbleprof');
  expect(errorOf('flame', 'long')).toContain('long is no number of seconds');
});
