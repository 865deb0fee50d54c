// What a machine asks of V8, for the whole process.
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that V8 may put into one function; by itself it stops at 920. */
const ROOM = 4000;
/** Mebibytes of young generation that a thread starts with; by itself it begins with one. */
const YOUNG = 16;
let isGiven = false;
let isYoungGiven = false;

/**
 * Gives V8 room to put callbacks into a compiled chain: with the usual room it stops after four of
 * them, and the rest are calls (bench micro/callback-walk-8: 250 ns, with room 165). The option is
 * known to Node 20 to 26. Before anything hot is compiled; any number of times.
 */
export function giveRoomForChains(): void {
  if (isGiven) return;
  isGiven = true;
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${ROOM}`);
}

/**
 * Lets a thread load the kernel without collecting garbage on the way: a machine of five threads
 * boots and ends with a tenth less of processor time. Before its threads start; any number of
 * times.
 */
export function giveRoomForBoot(): void {
  if (isYoungGiven) return;
  isYoungGiven = true;
  setFlagsFromString(`--min-semi-space-size=${YOUNG}`);
}
