// The op mixes of real machines, through one filter with hostile completion.
//
//   2 requestors --> 1 filter --> ramfs --> hostile storage
import { checkTopologies, measureTopologies } from '../topology.ts';
import type { TopologyCase } from '../case.ts';
import type { Topology } from '../topology.ts';

const ROUNDS = 3;
const SECONDS = 1;
const topologies: readonly Topology[] =
  ['win10-desktop', 'fileserver', 'webserver', 'build', 'stress'].map((preset) => ({
    requestors: 2, filters: 1, fileSystem: 'ramfs', completion: 'hostile', preset,
  }));

export default {
  title: 'the op mixes',
  figures: (name) => measureTopologies(name, topologies, ROUNDS, SECONDS),
  check: () => checkTopologies(topologies),
} satisfies TopologyCase;
