// What it costs that another thread completes, at which level and in which order.
//
//   2 requestors --> 1 filter --> ramfs --> storage thread --(DISPATCH_LEVEL)--> post-op
//        ^                                                                      |
//        +------------------------- special kernel APC <------------------------+
import { checkTopologies, measureTopologies } from '../topology.ts';
import type { TopologyCase } from '../case.ts';
import type { Topology } from '../topology.ts';

const ROUNDS = 3;
const SECONDS = 1;
const topologies: readonly Topology[] =
  ['inline', 'other-thread', 'dispatch', 'hostile'].map((completion) => ({
    requestors: 2, filters: 1, fileSystem: 'ramfs', completion, preset: 'win10-desktop',
  }));

export default {
  title: 'completion inline, in another thread, at DISPATCH_LEVEL, hostile',
  figures: (name) => measureTopologies(name, topologies, ROUNDS, SECONDS),
  check: () => checkTopologies(topologies),
} satisfies TopologyCase;
