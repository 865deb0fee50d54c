// `fltlab bench` measures a real machine: every kind of work of one stack, told in full.
import { expect, test } from 'vitest';
import { measureStacks } from '#src/lab/bench/measure.ts';
import { workKinds } from '#src/lab/bench/types.ts';

test('a filter that looks at everything is measured, whatever the kind of work', async () => {
  const module = new URL('../../../dist/src/minifilters/pass-through.js', import.meta.url).href;
  const images = [{ name: 'pass-through', module, altitude: '370030' }];
  const told: string[] = [];
  const [figure] = await measureStacks([{ name: 'mine', images }],
    { fileSystem: 'ramfs', completion: 'hostile', requestors: [1, 2], rounds: 1, milliseconds: 5,
      latencies: 20 }, (what) => told.push(what));
  expect(told).toEqual(['round 1 of 1: mine']);
  expect(figure?.work.map(({ kind }) => kind)).toEqual([...workKinds]);
  for (const one of figure?.work ?? []) {
    expect([one.kind, one.ns > 0, Number(one.percentiles['99']) > 0])
      .toEqual([one.kind, true, true]);
  }
  expect(figure?.scaling.map(({ requestors, perSecond }) => [requestors, perSecond > 0]))
    .toEqual([[1, true], [2, true]]);
  expect(figure?.work[0]?.poolAllocations).toBeGreaterThan(0);
});
