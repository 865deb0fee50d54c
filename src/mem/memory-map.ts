// The drawing of the machine's memory: which region lies where. One table, asserted not to
// overlap. The same places as a C image sees them (design: c-drivers.md, "Memory map").
//
//   0         64K        16M          32M          40M          72M      …            end
//   | unmapped | user     | images     | per thread | nonpaged   | paged | page frames |
//   | (NULL)   | space    | 16 x 1 MiB | KPRCB,stack| pool       | pool  | file data   |
//
// "Paged memory touched at DISPATCH_LEVEL" and "a user address in kernel mode" are thereby plain
// compares of an address.
import { KIB, MAX_IMAGES, MAX_PROCESSORS, MIB, PAGE_SIZE, STACK_SIZE } from './param.ts';
import { memorySize } from './memory.ts';

export interface Region {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly holds: string;
}

const USER_START = 64 * KIB;
const IMAGE_START = 16 * MIB;
const IMAGE_SIZE = MIB;
const THREAD_START = IMAGE_START + MAX_IMAGES * IMAGE_SIZE;
/** Per-processor block: KPRCB, KTHREAD, trace ring head. */
const PROCESSOR_BLOCK = 64 * KIB;
const SYSTEM_BLOCK = MIB;
const STACKS_START = THREAD_START + SYSTEM_BLOCK + MAX_PROCESSORS * PROCESSOR_BLOCK;
const THREAD_END = 40 * MIB;
/** The end of the thread region: owners of locks, and words for users of atomics-sync alone. */
const SYNC_BLOCK = 64 * KIB;
/** Where in a processor's block its ring of trace events begins; it goes on to the block's end. */
const TRACE_RING = 16 * KIB;

/** Splits what is left after the fixed part: a quarter each for the pools, half for file data. */
export function memoryMap(size: number): readonly Region[] {
  const rest = size - THREAD_END;
  const pool = Math.floor(rest / 4 / MIB) * MIB;
  const nonpagedEnd = THREAD_END + pool;
  const pagedEnd = nonpagedEnd + pool;
  return [
    { name: 'null', start: 0, end: USER_START, holds: 'never mapped: the NULL page' },
    { name: 'user', start: USER_START, end: IMAGE_START, holds: 'buffers of the applications' },
    { name: 'images', start: IMAGE_START, end: THREAD_START, holds: 'driver globals and tables' },
    { name: 'threads', start: THREAD_START, end: THREAD_END, holds: 'roots, KPRCBs, stacks, sync' },
    { name: 'nonpaged', start: THREAD_END, end: nonpagedEnd, holds: 'nonpaged pool' },
    { name: 'paged', start: nonpagedEnd, end: pagedEnd, holds: 'paged pool' },
    { name: 'frames', start: pagedEnd, end: size, holds: 'page frames: contents of files' },
  ];
}

/** This machine's regions. */
export const regions = memoryMap(memorySize);

function region(name: string): Region {
  const found = regions.find((r) => r.name === name);
  if (found === undefined) throw new Error(`no region is called ${name}`);
  return found;
}

export const NONPAGED = region('nonpaged');
export const PAGED = region('paged');
export const FRAMES = region('frames');
export const USER = region('user');
/** The end of user space: buffers of the host's clients of communication ports. */
export const HOST_BUFFERS = { start: USER.end - MIB, end: USER.end } as const;
/** The user memory of the workloads' applications. */
export const APPLICATIONS = { start: USER.start, end: HOST_BUFFERS.start } as const;
/** MmUserProbeAddress: user addresses lie below it, kernel addresses at or above. */
export const MmUserProbeAddress = USER.end;
/** The machine's own words (state, crash block, list heads): see ke/system-block.ts. */
export const SYSTEM_BLOCK_START = THREAD_START;
export const SYSTEM_BLOCK_END = THREAD_START + SYSTEM_BLOCK;
/** Which owners of locks live (atomics-sync/owner.ts), then words that a user may allocate. */
export const SYNC_WORDS = { start: THREAD_END - SYNC_BLOCK, end: THREAD_END } as const;

/** What a checked machine keeps beside the machine: the verifier's tables, its findings. */
export const VERIFIER_BLOCK = {
  start: STACKS_START + MAX_PROCESSORS * STACK_SIZE,
  end: SYNC_WORDS.start,
} as const;

/** The flight recorder's ring of one processor. */
export function traceRing(processor: number): { start: number; end: number } {
  const block = processorBlock(processor);
  return { start: block + TRACE_RING, end: block + PROCESSOR_BLOCK };
}

/** The processor block (KPRCB and KTHREAD) of one processor. */
export function processorBlock(processor: number): number {
  return THREAD_START + SYSTEM_BLOCK + processor * PROCESSOR_BLOCK;
}

/** The low end of one processor's shadow stack. */
export function stackOf(processor: number): number {
  return STACKS_START + processor * STACK_SIZE;
}

/** Whether an address lies on the shadow stack of some thread. */
export function isOnStack(address: number): boolean {
  return address >= STACKS_START && address < stackOf(MAX_PROCESSORS);
}

/** The slot of one driver image: its globals and constant tables. */
export function imageSlot(index: number): { start: number; end: number } {
  const start = IMAGE_START + index * IMAGE_SIZE;
  return { start, end: start + IMAGE_SIZE };
}

/** Whether an address lies in paged pool: touching it at DISPATCH_LEVEL is a bug check. */
export function isPaged(address: number): boolean {
  return address >= PAGED.start && address < PAGED.end;
}

/** Whether an address may be an application's. */
export function isUser(address: number): boolean {
  return address >= USER.start && address < USER.end;
}

/** Fails when two regions overlap or leave a gap, or when one is not page aligned. */
export function assertMemoryMap(map: readonly Region[], size: number): void {
  let at = 0;
  for (const r of map) {
    if (r.start !== at || r.end <= r.start || r.start % PAGE_SIZE !== 0) {
      throw new Error(`region ${r.name} starts at ${r.start}, expected ${at}`);
    }
    at = r.end;
  }
  if (at !== size) throw new Error(`the memory map ends at ${at}, the memory at ${size}`);
  if (VERIFIER_BLOCK.end - VERIFIER_BLOCK.start < 2 * MIB) {
    throw new Error('thread stacks leave no room for the verifier');
  }
}
assertMemoryMap(regions, memorySize);
