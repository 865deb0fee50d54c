// What each filter adds when operations come from two threads.
//
//   2 requestors --> 0, 1, 3 or 8 filters --> null-fs or ramfs
import { checkTopologies, measureTopologies } from '../topology.ts';
import type { TopologyCase } from '../case.ts';
import type { Topology } from '../topology.ts';

const ROUNDS = 3;
const SECONDS = 1;
const topologies: readonly Topology[] = (['null-fs', 'ramfs'] as const).flatMap((fileSystem) =>
  [0, 1, 3, 8].map((filters) => ({
    requestors: 2, filters, fileSystem, completion: 'inline', preset: 'read',
  })));

export default {
  title: 'reads through 0 to 8 filters, on null-fs and ramfs',
  figures: (name) => measureTopologies(name, topologies, ROUNDS, SECONDS),
  check: () => checkTopologies(topologies),
} satisfies TopologyCase;
