// RTL_BITMAP: a map of bits over the caller's ULONGs. Not synchronised: the caller's lock guards
// both the header and the words. IRQL: any when both are resident, else <= APC_LEVEL.
// Searches walk bit by bit within a word and skip words that cannot contain what is looked for.
import { RTL_BITMAP } from './types.ts';
import { u32 as unsigned } from '../../mem/memory.ts';
import type { PRTL_BITMAP } from './types.ts';

const u32 = unsigned;
const { SizeOfBitMap, set_SizeOfBitMap, Buffer, set_Buffer } = RTL_BITMAP.bound;
const NONE = 0xffff_ffff;

/** Puts a header over the words at `BitMapBuffer`, which it leaves as they are. */
export function RtlInitializeBitMap(
  BitMapHeader: PRTL_BITMAP,
  BitMapBuffer: number,
  SizeInBits: number,
): void {
  set_SizeOfBitMap(BitMapHeader, SizeInBits);
  set_Buffer(BitMapHeader, BitMapBuffer as ReturnType<typeof Buffer>);
}

/** Whether bit `BitNumber` is set; a bit beyond the map reads as clear. */
export function RtlTestBit(BitMapHeader: PRTL_BITMAP, BitNumber: number): boolean {
  if (BitNumber >= SizeOfBitMap(BitMapHeader)) return false;
  const word = u32[(Buffer(BitMapHeader) >> 2) + (BitNumber >>> 5)]!;
  return ((word >>> (BitNumber & 31)) & 1) !== 0;
}

/** Sets one bit. */
export function RtlSetBit(BitMapHeader: PRTL_BITMAP, BitNumber: number): void {
  const at = (Buffer(BitMapHeader) >> 2) + (BitNumber >>> 5);
  u32[at] = u32[at]! | (1 << (BitNumber & 31));
}

/** Clears one bit. */
export function RtlClearBit(BitMapHeader: PRTL_BITMAP, BitNumber: number): void {
  const at = (Buffer(BitMapHeader) >> 2) + (BitNumber >>> 5);
  u32[at] = u32[at]! & ~(1 << (BitNumber & 31));
}

function write(map: PRTL_BITMAP, start: number, count: number, value: boolean): void {
  const end = Math.min(start + count, SizeOfBitMap(map));
  for (let i = start; i < end; i++) {
    if (value) RtlSetBit(map, i);
    else RtlClearBit(map, i);
  }
}

/** Sets `NumberToSet` bits from `StartingIndex` on. */
export function RtlSetBits(
  BitMapHeader: PRTL_BITMAP,
  StartingIndex: number,
  NumberToSet: number,
): void {
  write(BitMapHeader, StartingIndex, NumberToSet, true);
}

/** Clears `NumberToClear` bits from `StartingIndex` on. */
export function RtlClearBits(
  BitMapHeader: PRTL_BITMAP,
  StartingIndex: number,
  NumberToClear: number,
): void {
  write(BitMapHeader, StartingIndex, NumberToClear, false);
}

/** Sets every bit. */
export function RtlSetAllBits(BitMapHeader: PRTL_BITMAP): void {
  write(BitMapHeader, 0, SizeOfBitMap(BitMapHeader), true);
}

/** Clears every bit. */
export function RtlClearAllBits(BitMapHeader: PRTL_BITMAP): void {
  write(BitMapHeader, 0, SizeOfBitMap(BitMapHeader), false);
}

/** The length of the run of bits equal to `value` at `start`, at most `limit`. */
function run(map: PRTL_BITMAP, start: number, limit: number, value: boolean): number {
  const end = Math.min(SizeOfBitMap(map), start + limit);
  let i = start;
  while (i < end && RtlTestBit(map, i) === value) i++;
  return i - start;
}

/** Whether `Length` bits from `StartingIndex` on are all set; a run beyond the map is not. */
export function RtlAreBitsSet(
  BitMapHeader: PRTL_BITMAP,
  StartingIndex: number,
  Length: number,
): boolean {
  return Length > 0 && run(BitMapHeader, StartingIndex, Length, true) === Length;
}

/** Whether `Length` bits from `StartingIndex` on are all clear. */
export function RtlAreBitsClear(
  BitMapHeader: PRTL_BITMAP,
  StartingIndex: number,
  Length: number,
): boolean {
  return Length > 0 && run(BitMapHeader, StartingIndex, Length, false) === Length;
}

function findIn(
  map: PRTL_BITMAP,
  count: number,
  from: number,
  to: number,
  value: boolean,
): number {
  const useless = value ? 0 : NONE;
  let i = from;
  while (i < to) {
    if ((i & 31) === 0 && u32[(Buffer(map) >> 2) + (i >>> 5)] === useless) {
      i += 32;
      continue;
    }
    const length = run(map, i, count, value);
    if (length === count) return i;
    i += length + 1;
  }
  return NONE;
}

/** A run that starts at the hint or after it, else one from the front; 0xffffffff when none. */
function find(map: PRTL_BITMAP, count: number, hint: number, value: boolean): number {
  const size = SizeOfBitMap(map);
  const start = hint < size ? hint : 0;
  if (count === 0) return start & ~7;
  if (count > size) return NONE;
  const found = findIn(map, count, start, size, value);
  return found !== NONE || start === 0 ? found : findIn(map, count, 0, start, value);
}

/**
 * Finds a run of clear bits, looking from the hint on and then from the front.
 * @returns the index of its first bit, or 0xffffffff when there is no such run.
 */
export function RtlFindClearBits(
  BitMapHeader: PRTL_BITMAP,
  NumberToFind: number,
  HintIndex: number,
): number {
  return find(BitMapHeader, NumberToFind, HintIndex, false);
}

/** Finds a run of set bits; otherwise as RtlFindClearBits. */
export function RtlFindSetBits(
  BitMapHeader: PRTL_BITMAP,
  NumberToFind: number,
  HintIndex: number,
): number {
  return find(BitMapHeader, NumberToFind, HintIndex, true);
}

/** RtlFindClearBits, and sets what it found. */
export function RtlFindClearBitsAndSet(
  BitMapHeader: PRTL_BITMAP,
  NumberToFind: number,
  HintIndex: number,
): number {
  const at = RtlFindClearBits(BitMapHeader, NumberToFind, HintIndex);
  if (at !== NONE) RtlSetBits(BitMapHeader, at, NumberToFind);
  return at;
}

/** RtlFindSetBits, and clears what it found. */
export function RtlFindSetBitsAndClear(
  BitMapHeader: PRTL_BITMAP,
  NumberToFind: number,
  HintIndex: number,
): number {
  const at = RtlFindSetBits(BitMapHeader, NumberToFind, HintIndex);
  if (at !== NONE) RtlClearBits(BitMapHeader, at, NumberToFind);
  return at;
}

/** How many bits are set. */
export function RtlNumberOfSetBits(BitMapHeader: PRTL_BITMAP): number {
  const size = SizeOfBitMap(BitMapHeader);
  let count = 0;
  for (let i = 0; i < size; i++) if (RtlTestBit(BitMapHeader, i)) count++;
  return count;
}

/** How many bits are clear. */
export function RtlNumberOfClearBits(BitMapHeader: PRTL_BITMAP): number {
  return SizeOfBitMap(BitMapHeader) - RtlNumberOfSetBits(BitMapHeader);
}
