// What the checked machine costs.
//
//   1 requestor --> 3 filters --> ramfs, with the verifier off and on
import { checkTopologies, measureTopologies } from '../topology.ts';
import type { TopologyCase } from '../case.ts';
import type { Topology } from '../topology.ts';

const ROUNDS = 3;
const SECONDS = 1;
const topologies: readonly Topology[] = [false, true].map((verifier) => ({
  requestors: 1, filters: 3, fileSystem: 'ramfs', completion: 'inline', preset: 'win10-desktop',
  verifier,
}));

export default {
  title: 'the verifier off and on',
  figures: (name) => measureTopologies(name, topologies, ROUNDS, SECONDS),
  check: () => checkTopologies(topologies),
} satisfies TopologyCase;
