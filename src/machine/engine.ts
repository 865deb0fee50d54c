// What a machine that is measured asks of V8, for the whole process.
import { setFlagsFromString } from 'node:v8';

/** Bytes of bytecode that V8 may put into one function; by itself it stops at 920. */
const ROOM = 4000;
let isGiven = false;

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
