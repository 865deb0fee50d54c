// The machine's debug log: what drivers print, kept in shared memory so that the host can read it
// while the machine runs and after it crashed. A ring of records; the oldest give way to new ones,
// and the host can tell how many it missed.
//
// Written counts bytes since boot and never goes back; Oldest is where the oldest whole record
// begins. Both are changed under Lock. The host takes no lock: it copies, then looks at Oldest
// again, and forgets what was overwritten meanwhile.
import { atomic, array, UCHAR, ULONG, USHORT } from '../../mem/field.ts';
import { boot } from '../../mem/boot-options.ts';
import { fillBytes, i32 as words, u8 as bytes } from '../../mem/memory.ts';
import { KIB } from '../../mem/param.ts';
import { alignUp } from '../../mem/pointer.ts';
import { struct } from '../../mem/struct.ts';
import { systemRoot } from '../../mem/system-roots.ts';
import { load, store } from '../../atomics-sync/atomics.ts';
import { acquireKernelLock, releaseKernelLock } from './kernel-lock.ts';
import { tickCount } from './time.ts';
import type { Ptr } from '../../mem/pointer.ts';

const i32 = words;
const u8 = bytes;
/** Bytes of the ring; a power of two, so that positions may wrap around. */
export const DEBUG_LOG_BYTES = 64 * KIB;
/** The longest text of one call, as on Windows. */
export const DEBUG_TEXT_BYTES = 512;
/** DPFLTR_* components that have a filter mask. */
export const DEBUG_COMPONENTS = 256;

export const DEBUG_LOG = struct('DEBUG_LOG', {
  Lock: atomic(),
  Written: atomic('ULONG'),
  Oldest: atomic('ULONG'),
  /** Records since boot. */
  Records: atomic('ULONG'),
  /** Levels that are let through, by component (DbgPrintEx). */
  Masks: array(ULONG, DEBUG_COMPONENTS),
  Data: array(UCHAR, DEBUG_LOG_BYTES),
});

/** In front of each text; records begin at multiples of 4 and may wrap around the ring's end. */
export const DEBUG_RECORD = struct('DEBUG_RECORD', {
  /** Milliseconds since boot. */
  Tick: ULONG,
  /** Bytes of text behind this header. */
  Length: USHORT,
  Processor: UCHAR,
  Level: UCHAR,
  Component: ULONG,
});
export const DEBUG_HEADER_BYTES = 12;

export const debugLog = systemRoot('debug', DEBUG_LOG.size) as Ptr<'DEBUG_LOG'>;
const { at_Lock, at_Written, at_Oldest, at_Records, at_Masks, at_Data } = DEBUG_LOG.bound;
const data = at_Data(debugLog);
const masks = at_Masks(debugLog);

/** Empties the log. `mask` is what each component lets through at first. Phase 0 of boot. */
export function initializeDebugLog(mask: (component: number) => number): void {
  fillBytes(debugLog, 0, DEBUG_LOG.size);
  for (let c = 0; c < DEBUG_COMPONENTS; c++) i32[(masks >> 2) + c] = mask(c);
}

/** The levels that a component lets through; of a component that has no mask, those of 0. */
export function debugMask(component: number): number {
  const c = component >>> 0;
  return i32[(masks >> 2) + (c < DEBUG_COMPONENTS ? c : 0)]!;
}

/** Replaces the levels that a component lets through. */
export function setDebugMask(component: number, mask: number): void {
  if (component >>> 0 < DEBUG_COMPONENTS) i32[(masks >> 2) + component] = mask;
}

function putWord(at: number, value: number): void {
  i32[(data + (at & (DEBUG_LOG_BYTES - 1))) >> 2] = value;
}

function lengthAt(at: number): number {
  return i32[(data + ((at + 4) & (DEBUG_LOG_BYTES - 1))) >> 2]! & 0xffff;
}

function recordBytes(length: number): number {
  return DEBUG_HEADER_BYTES + alignUp(length, 4);
}

/** Appends a record; text beyond 512 bytes is cut. Any IRQL, any thread. */
export function writeDebugRecord(component: number, level: number, text: string): void {
  const encoded = new TextEncoder().encode(text).subarray(0, DEBUG_TEXT_BYTES);
  const size = recordBytes(encoded.length);
  acquireKernelLock(at_Lock(debugLog));
  const at = load(at_Written(debugLog));
  let oldest = load(at_Oldest(debugLog));
  while ((at + size - oldest) >>> 0 > DEBUG_LOG_BYTES) oldest += recordBytes(lengthAt(oldest));
  // The host must not take for whole what is about to be overwritten.
  store(at_Oldest(debugLog), oldest | 0);
  putWord(at, tickCount());
  putWord(at + 4, encoded.length | (boot.processor << 16) | (level << 24));
  putWord(at + 8, component);
  for (let i = 0; i < encoded.length; i++) {
    u8[data + ((at + DEBUG_HEADER_BYTES + i) & (DEBUG_LOG_BYTES - 1))] = encoded[i]!;
  }
  store(at_Written(debugLog), (at + size) | 0);
  store(at_Records(debugLog), load(at_Records(debugLog)) + 1);
  releaseKernelLock(at_Lock(debugLog));
}
