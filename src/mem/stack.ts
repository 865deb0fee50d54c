// The thread's shadow stack: room in the machine's memory for locals whose address is taken
// (out parameters, a KEVENT on the stack). It belongs to one thread, so no atomics; the frame is
// given back when a routine returns, as in C. The stack pointer is a register, not state: it is
// always back at the top between two system calls.
import { fillBytes } from './memory.ts';
import { NULL, alignUp } from './pointer.ts';
import type { PVOID } from './pointer.ts';
import { MAX_PROCESSORS, STACK_SIZE } from './param.ts';
import { stackOf } from './memory-map.ts';
import { boot } from './boot-options.ts';
import { atReboot } from './reboot.ts';

const low = stackOf(boot.processor);
const high = low + STACK_SIZE;
// A member and not a variable: V8 knows that it is a small integer, and stores it in one step.
const stack = { pointer: high };
atReboot(() => {
  stack.pointer = high;
});

/** The present stack pointer; give it to `popFrame` when the routine returns. */
export function pushFrame(): number {
  return stack.pointer;
}

/** Gives back everything allocated since the matching pushFrame. */
export function popFrame(frame: number): void {
  stack.pointer = frame;
}

/**
 * Takes `bytes` of zeroed stack. Running out is the double fault a real kernel stack would give.
 */
export function stackAlloc(bytes: number): PVOID {
  const size = alignUp(bytes, 8);
  if (stack.pointer - size < low) {
    throw new RangeError(
      `kernel stack exhausted: ${STACK_SIZE} bytes; a routine recurses or keeps large locals`,
    );
  }
  stack.pointer -= size;
  fillBytes(stack.pointer, 0, size);
  return stack.pointer;
}

/** This thread's stack: the lowest address and the end. */
export const stackLimits = { low, high } as const;

/** Bytes of stack in use by this thread. */
export function stackUsed(): number {
  return high - stack.pointer;
}

/**
 * Whether an address lies on any thread's stack rather than in pool (waits by others are unsafe).
 */
export function isOnStack(address: number): boolean {
  const first = stackOf(0);
  return address !== NULL && address >= first && address < first + STACK_SIZE * MAX_PROCESSORS;
}
