// Blocks that a driver freed are held back for a while in the checked machine, so that who still
// uses one finds nonsense, and is found, instead of another's block. First in, first out, one ring
// per thread; a block that leaves it is looked at: was it written to? Only its thread touches it.
import { atReboot } from '../../../mem/reboot.ts';
import { u8 } from '../../../mem/memory.ts';
import { SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION } from '../../ke/bug-check-codes.ts';
import { KeBugCheckEx } from '../../ke/bug-check.ts';
import { FREED } from './pool-misuse.ts';
import { trailer as fields } from './pool-trailer.ts';
import type { PPOOL_TRAILER } from './pool-trailer.ts';

interface Held {
  readonly block: number;
  readonly trailer: PPOOL_TRAILER;
  readonly giveBack: () => void;
}

/** Blocks that one thread holds back. */
const DEPTH = 128;
const held: Held[] = [];

function checkUntouched({ block, trailer }: Held): void {
  for (let at = block; at < trailer; at++) {
    if (u8[at] === FREED) continue;
    KeBugCheckEx(SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, block, at, trailer - block, 0x24,
      `pool block 0x${block.toString(16)} was written to after it was freed, at ` +
        `0x${at.toString(16)} (12.2 special pool)`);
  }
}

function release(entry: Held): void {
  checkUntouched(entry);
  entry.giveBack();
}

/** Holds a freed and painted block back; true when it was a driver's. */
export function holdBack(block: number, trailer: PPOOL_TRAILER, giveBack: () => void): boolean {
  if (fields.Image(trailer) === 0) return false;
  held.push({ block, trailer, giveBack });
  if (held.length > DEPTH) release(held.shift()!);
  return true;
}

/** Gives everything back: memory is short, the thread leaves. */
export function flushQuarantine(): void {
  for (const entry of held.splice(0)) release(entry);
}

/** Forgets what was held back in an earlier boot of the machine. */
export function forgetQuarantine(): void {
  held.length = 0;
}
atReboot(forgetQuarantine);
