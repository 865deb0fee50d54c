// Profiles of several threads become one document: stacks from the root, one table of frames.
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
