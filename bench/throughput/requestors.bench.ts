// How reads scale over requestors: each has files of its own, completion is inline.
//
//   requestor 1 --+
//   requestor 2 --+--> 1 filter --> null-fs
//   ...         --+
import { checkTopologies, measureTopologies } from '../topology.ts';
import type { TopologyCase } from '../case.ts';
import type { Topology } from '../topology.ts';

const ROUNDS = 3;
const SECONDS = 1;
const topologies: readonly Topology[] = [1, 2, 4, 8].map((requestors) => ({
  requestors, filters: 1, fileSystem: 'null-fs', completion: 'inline', preset: 'read',
}));

export default {
  title: 'reads over 1 to 8 requestors',
  figures: (name) => measureTopologies(name, topologies, ROUNDS, SECONDS),
  check: () => checkTopologies(topologies),
} satisfies TopologyCase;
