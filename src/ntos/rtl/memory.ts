// RtlCopyMemory and its family: block moves inside the machine's memory. IRQL: any, as long as
// both blocks are resident.
import { copyBytes, fillBytes, i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { MEMORY_TOUCHED } from '../../trace/event.ts';
import { tracer } from '../../trace/tracer.ts';
import type { OutPtr } from '../../mem/pointer.ts';

const i32 = words;
const u8 = bytes;
const copy = copyBytes;
const fill = fillBytes;
const trace = tracer;

function touch(from: number, to: number, length: number): void {
  if (from !== 0) trace?.event(MEMORY_TOUCHED, from, length, 0, 0);
  if (to !== 0) trace?.event(MEMORY_TOUCHED, to, length, 1, 0);
}

/** Copies `Length` bytes. Blocks that overlap, which the WDK forbids here, are copied right too. */
export function RtlCopyMemory(Destination: OutPtr, Source: OutPtr, Length: number): void {
  if (trace !== null) touch(Source, Destination, Length);
  copy(Destination, Source, Length);
}

/** Copies `Length` bytes between blocks that may overlap. */
export function RtlMoveMemory(Destination: OutPtr, Source: OutPtr, Length: number): void {
  if (trace !== null) touch(Source, Destination, Length);
  copy(Destination, Source, Length);
}

/** Zeroes `Length` bytes. */
export function RtlZeroMemory(Destination: OutPtr, Length: number): void {
  if (trace !== null) touch(0, Destination, Length);
  fill(Destination, 0, Length);
}

/** Fills `Length` bytes with one value. */
export function RtlFillMemory(Destination: OutPtr, Length: number, Fill: number): void {
  if (trace !== null) touch(0, Destination, Length);
  fill(Destination, Fill & 0xff, Length);
}

/** How many leading bytes of two blocks are equal; `Length` when all are. */
export function RtlCompareMemory(Source1: OutPtr, Source2: OutPtr, Length: number): number {
  if (trace !== null) {
    touch(Source1, 0, Length);
    touch(Source2, 0, Length);
  }
  let i = 0;
  if (((Source1 | Source2) & 3) === 0) {
    while (i + 4 <= Length && i32[(Source1 + i) >> 2] === i32[(Source2 + i) >> 2]) i += 4;
  }
  while (i < Length && u8[Source1 + i] === u8[Source2 + i]) i++;
  return i;
}

/** Whether two blocks are equal. */
export function RtlEqualMemory(Source1: OutPtr, Source2: OutPtr, Length: number): boolean {
  return RtlCompareMemory(Source1, Source2, Length) === Length;
}
