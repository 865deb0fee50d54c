// @hot  Which compiled chain serves an operation. A thread compiles a chain when it has walked a
// volume's list often enough (chain-make.ts); attaching or detaching makes a new generation of the
// list, and the chain of the old one is left behind. Where rules are checked or schedules
// controlled, the interpreter walks alone.
import { i32 as words } from '../../mem/memory.ts';
import { load } from '../../atomics-sync/atomics.ts';
import { compileChain } from './chain-make.ts';
import { chainBusy, haveChains } from './instance-gate.ts';
import { FLT_VOLUME, MAJOR_SLOTS } from '../attach/object.ts';
import type { PFLT_VOLUME } from '../types.ts';
import type { Chain } from './chain-make.ts';

interface Entry {
  readonly volume: PFLT_VOLUME;
  readonly sequence: number;
  /** Operations that the interpreter has walked. */
  walked: number;
  chain: Chain | null;
}

/** Compiling takes as long as hundreds of walks. */
const WALKS_BEFORE_COMPILING = 100;
const VOLUMES = 16;
const i32 = words;
const busy = chainBusy >> 2;
const allowed = haveChains;
const { at_Sequence } = FLT_VOLUME.bound;
const entries: (Entry | undefined)[] =
  Array.from({ length: VOLUMES * MAJOR_SLOTS }, () => undefined);

/** Forgets every chain of this thread: the machine boots, and addresses mean other things. */
export function resetChains(): void {
  entries.fill(undefined);
}

/** The chain for an operation; null where the interpreter walks. Plain look at the generation. */
export function chainFor(volume: PFLT_VOLUME, slot: number): Chain | null {
  // Inside of a chain: the gate has one place only.
  if (!allowed || i32[busy] !== 0) return null;
  const entry = entries[((volume >> 6) & (VOLUMES - 1)) * MAJOR_SLOTS + slot];
  if (entry !== undefined && entry.volume === volume &&
      entry.sequence === i32[at_Sequence(volume) >> 2]) {
    if (entry.chain !== null) return entry.chain;
    if (++entry.walked < WALKS_BEFORE_COMPILING) return null;
  }
  return newEntry(volume, slot, entry);
}

function newEntry(volume: PFLT_VOLUME, slot: number, before: Entry | undefined): Chain | null {
  const sequence = load(at_Sequence(volume));
  if ((sequence & 1) !== 0) return null;
  const isHot = before !== undefined && before.volume === volume && before.sequence === sequence;
  const chain = isHot ? compileChain(volume, slot, sequence) : null;
  entries[((volume >> 6) & (VOLUMES - 1)) * MAJOR_SLOTS + slot] =
    { volume, sequence, walked: 0, chain };
  return chain;
}
