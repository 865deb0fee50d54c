// Oplocks granted and broken: a storm of writers that hold R on one file and break each other's, and
// opens that break the RW oplock of a holder, who gives it up. The yardstick is the same open and
// close of a file that nobody holds.
//
//   requestor 1 --R, write--+                    owner --RW--> file <--open-- the same thread
//   requestor 2 --R, write--+--> one file           ^------break------'
import { benchFilters } from '../threads/machine.ts';
import { checkSteps, measureSteps } from '../threads/measure.ts';
import type { Kind } from '../threads/measure.ts';
import type { TopologyCase } from '../case.ts';

const calm = 'open and close';
const kinds: readonly Kind[] = [1, 2].flatMap((active) => {
  const title = (task: string): string =>
    `${task}, ${active} requestor${active === 1 ? '' : 's'}`;
  return [calm, 'RW broken by an open, given up', 'R broken by writes'].map((task): Kind => ({
    title: title(task), step: { task, active, milliseconds: 100, warm: 100 },
    ...(task !== calm && { yardstick: title(calm) }) }));
});
const run = { work: 'oplocks',
  options: { requestors: 2, completion: 'inline' as const, images: benchFilters(1) } };

export default {
  title: 'oplock breaks through one filter',
  figures: async (name) => measureSteps(name, run, kinds, 7),
  check: async () => checkSteps(run, kinds),
} satisfies TopologyCase;
