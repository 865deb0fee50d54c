// What it costs that a filter pends a read and a system worker goes on with it, before and after the
// file system; with one requestor and with two.
//
//   requestor --read--> filter: FLT_PREOP_PENDING --> system worker --> ramfs --> requestor
//   requestor --read--> ramfs --> filter: MORE_PROCESSING_REQUIRED --> system worker --> requestor
import { checkSteps, measureSteps } from '../threads/measure.ts';
import type { ImageSpec } from '../../src/image/js-image.ts';
import type { Kind } from '../threads/measure.ts';
import type { TopologyCase } from '../case.ts';

const filter: ImageSpec = { name: 'bench-pending', altitude: '370050',
  module: new URL('../pending-filter.js', import.meta.url).href };
const kinds: readonly Kind[] = [1, 2].flatMap((active) => {
  const title = (task: string): string =>
    `${task}, ${active} requestor${active === 1 ? '' : 's'}`;
  return ['passed on', 'pre-operation pended', 'post-operation pended'].map((task): Kind => ({
    title: title(task), step: { task, active, milliseconds: 100, warm: 100 },
    ...(task !== 'passed on' && { yardstick: title('passed on') }) }));
});
const run = { work: 'pended',
  options: { requestors: 2, completion: 'inline' as const, images: [filter] } };

export default {
  title: 'reads that a filter pends to a system worker',
  figures: async (name) => measureSteps(name, run, kinds, 7),
  check: async () => checkSteps(run, kinds),
} satisfies TopologyCase;
