// @hot  The flight recorder: each thread writes its last events into a ring of its own in the
// machine's memory, where a crash dump and the host find them, and offers each event to a sink,
// which the verifier's judge sets. `tracer` is null unless the machine is traced or checked: the
// constant folds away, and with it every emission in the kernel's rooms.
import { boot } from '../mem/boot-options.ts';
import { i32 as words, u8 as bytes } from '../mem/memory.ts';
import { VERIFIER_BLOCK, traceRing } from '../mem/memory-map.ts';
import { countQuiet } from '../atomics-sync/atomics.ts';
import { TRACE_EVENT, TRACE_RING_HEAD } from './event.ts';

const i32 = words;
const u8 = bytes;
const count = countQuiet;
const size = TRACE_EVENT.size;
const ring = traceRing(boot.processor);
const first = ring.start + TRACE_RING_HEAD.size;
/** Records that a ring holds: a power of two, so that the place of a record is a mask away. */
const capacity = 1 << Math.floor(Math.log2((ring.end - first) / size));
const written = ring.start >> 2;
const stampWord = VERIFIER_BLOCK.start;

/** Hears every event of this thread, after it was recorded. */
export type Sink = (kind: number, a: number, b: number, c: number, d: number) => void;

/** Where the words lie that every record copies; 0 while nobody said so. */
let irqlAt = 0;
let routineAt = 0;
let dataAt = 0;
let sink: Sink | null = null;

/** Tells the recorder where this thread's IRQL, driver routine and callback data are kept. */
export function describeThread(irql: number, routine: number, data: number): void {
  irqlAt = irql >> 2;
  routineAt = routine >> 2;
  dataAt = data >> 2;
}

/** Sets who hears this thread's events; null for nobody. */
export function setSink(listener: Sink | null): void {
  sink = listener;
}

/** What rooms emit through. */
export interface Tracer {
  /** Records an event; the kinds and what a to d mean are in event.ts. Any IRQL. */
  event(kind: number, a: number, b: number, c: number, d: number): void;
}

function event(kind: number, a: number, b: number, c: number, d: number): void {
  const n = i32[written]!;
  const at = (first + (n & (capacity - 1)) * size) >> 2;
  i32[at] = count(stampWord);
  i32[at + 1] = kind | ((irqlAt === 0 ? 0 : u8[irqlAt << 2]!) << 8);
  i32[at + 2] = a;
  i32[at + 3] = b;
  i32[at + 4] = c;
  i32[at + 5] = d;
  i32[at + 6] = routineAt === 0 ? 0 : i32[routineAt]!;
  i32[at + 7] = dataAt === 0 ? 0 : i32[dataAt]!;
  i32[written] = n + 1;
  i32[written + 1] = capacity;
  if (sink !== null) sink(kind, a, b, c, d);
}

/** The recorder; null when nothing is recorded. Hot files copy it into a local constant. */
export const tracer: Tracer | null = boot.tracing || boot.verifier ? { event } : null;
