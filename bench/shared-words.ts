// User memory that requestors of a bench share: fixed places near the end of the user region, which
// no file of a bench uses. Each requestor may compute them, so nobody has to be told.
import { USER } from '../src/mem/memory-map.ts';
import { CACHE_LINE } from '../src/mem/param.ts';

const PLACE = USER.start + 14 * 1024 * 1024;
const ROOM = 64 * 1024;

/** A piece of 64 KiB, on a cache line: 0 to 15. */
export const sharedPiece = (number: number): number => PLACE + number * ROOM;

/** The line of a requestor in a piece. */
export const lineOf = (piece: number, index: number): number =>
  sharedPiece(piece) + index * CACHE_LINE;
