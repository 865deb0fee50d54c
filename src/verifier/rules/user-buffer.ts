// A user address means something in the context of the request only: a system worker, the clock and
// a completing disk run in no process, or in any. What a driver wants to touch there it has mapped
// from the request's MDL before (BUF-2). The machine has one address space, in which a mapping is
// where the pages are, so the mappings that drivers made are remembered here.
import { boot } from '../../mem/boot-options.ts';
import { i32, views } from '../../mem/memory.ts';
import { USER } from '../../mem/memory-map.ts';
import { routineName } from '../../mem/routine.ts';
import { MDL } from '../../ntos/io/types.ts';
import { KPRCB, prcbOf } from '../../ntos/ke/prcb.ts';
import { ROLE_CLOCK, ROLE_STORAGE, ROLE_SYSTEM_WORKER } from '../../ntos/ke/thread.ts';
import { ROUTINE_CALLED, ROUTINE_RETURNED } from '../../trace/event.ts';
import { verifierArea } from '../area.ts';
import { currentFrame } from '../driver-frames.ts';
import { underJudge } from '../lock/judge-lock.ts';
import { report } from '../finding/report.ts';
import { textOf } from '../finding/text-pool.ts';
import type { Rule } from '../rule.ts';

const { Role } = KPRCB.bound;
const { MappedSystemVa, ByteCount } = MDL.bind(views);
type Mdl = Parameters<typeof ByteCount>[0];

/** Words: how many were noted, then the MDLs, the oldest of which are forgotten first. */
const area = verifierArea('mappings');
const KEPT = 512;
const first = (area.start >> 2) + 1;

const maps = /^Mm(GetSystemAddressForMdl|GetSystemAddressForMdlSafe|MapLockedPages\w*)$/;
/** The MDL that this thread is about to map. */
let mapping = 0;

function noteMapping(mdl: number): void {
  underJudge(() => {
    const n = i32[area.start >> 2]!;
    i32[first + (n % KEPT)] = mdl;
    i32[area.start >> 2] = n + 1;
  });
}

/** Whether an address lies in a buffer that a driver has mapped, and that is still mapped. */
function isMapped(address: number): boolean {
  const count = Math.min(i32[area.start >> 2]!, KEPT);
  for (let n = 0; n < count; n++) {
    const mdl = i32[first + n] as Mdl;
    const start = MappedSystemVa(mdl);
    if (address >= start && address < start + ByteCount(mdl)) return true;
  }
  return false;
}

function isArbitrary(): boolean {
  const role = Role(prcbOf(boot.processor));
  return role === ROLE_SYSTEM_WORKER || role === ROLE_STORAGE || role === ROLE_CLOCK;
}

/** Judges an access of a driver to the user region; memory-access.ts says when there is one. */
export function judgeUserAddress(address: number, write: boolean): void {
  const frame = currentFrame();
  if (address >= USER.end || frame === undefined || !isArbitrary() || isMapped(address)) return;
  report({
    rule: 'buffer.foreign-context', parameters: [address, write ? 1 : 0, frame.routine, 0],
    cause: `the user address 0x${address.toString(16)} is ${write ? 'written' : 'read'} by ` +
      `${routineName(frame.routine)} in a system thread, where it belongs to another process`,
  });
}

export const userBuffer: Rule = {
  name: 'user-buffer',
  on: {
    [ROUTINE_CALLED]: (name, mdl) => {
      mapping = maps.test(textOf(name)) ? mdl : 0;
    },
    [ROUTINE_RETURNED]: (_name, address) => {
      if (mapping !== 0 && address > 0 && address < USER.end) noteMapping(mapping);
      mapping = 0;
    },
  },
};
