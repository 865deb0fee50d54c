// Names for addresses of a machine, for reports of schedules: whose wait word, which lock, which
// region of memory.
import { SYNC_WORDS, regions } from '../../../mem/memory-map.ts';
import { rootRange } from '../../../mem/system-roots.ts';
import { allGlobals } from '../../../image/globals.ts';
import { KTHREAD, threadOf } from '../../../ntos/ke/prcb.ts';
import { KI_SYSTEM, kiSystem } from '../../../ntos/ke/bug-check.ts';
import type { RootName } from '../../../mem/system-roots.ts';
import type { Cast } from './scenario.ts';

/** Where the threads of a scenario meet; see play.ts. */
const gates = ['the boot', 'the start signal', 'the end of the applications', 'the fault budget'];
const rooms: readonly RootName[] =
  ['storage', 'workQueue', 'timer', 'fltmgr', 'fltContext', 'io', 'fsrtl', 'ramfs', 'ob', 'pool'];

/** What lies at an address, in words. */
export function labelAddress(address: number, cast: Cast): string {
  for (const [n, name] of cast.names.entries()) {
    const offset = address - threadOf(n);
    if (offset < 0 || offset >= KTHREAD.size) continue;
    return `${memberAt(KTHREAD.offsets, offset)} of ${name}`;
  }
  const system = address - kiSystem;
  if (system >= 0 && system < KI_SYSTEM.size) return memberAt(KI_SYSTEM.offsets, system);
  for (const globals of allGlobals()) {
    const inside = address - globals.at;
    if (inside < 0 || inside >= globals.size) continue;
    return `${globals.name}.${memberAt(globals.offsets, inside)}`;
  }
  const gate = address - (SYNC_WORDS.end - 64);
  if (gate >= 0 && gate < gates.length * 4) return gates[gate >> 2]!;
  for (const name of rooms) {
    const { start, end } = rootRange(name);
    if (address >= start && address < end) return `${name}+0x${(address - start).toString(16)}`;
  }
  const region = regions.find((r) => address >= r.start && address < r.end);
  return `${region?.name ?? '?'}:0x${address.toString(16)}`;
}

function memberAt(offsets: Readonly<Record<string, number>>, offset: number): string {
  let best = '';
  let at = -1;
  for (const [name, where] of Object.entries(offsets)) {
    if (where <= offset && where > at) {
      best = name;
      at = where;
    }
  }
  return best;
}
