// Run by handle.test.ts on several threads: each opens handles of one object and closes handles
// that any thread may have opened, while all take references by handle.
import { exchange } from '#src/atomics-sync/atomics.ts';
import { USER } from '#src/mem/memory-map.ts';
import { i32 } from '#src/mem/memory.ts';
import { stackAlloc } from '#src/mem/stack.ts';
import { ObReferenceObjectByHandle, ObpCloseHandle, ObpCreateHandle } from '#src/ntos/ob/handle.ts';
import { OB_TYPE_EVENT, ObDereferenceObject } from '#src/ntos/ob/object.ts';
import type { Thread } from '#test/support/thread.ts';

const SLOTS = 8;

/** Returns how many references by handle this thread got. */
export function shareHandles(thread: Thread<{ rounds: number; object: number }>): number {
  const { rounds, object } = thread.args;
  const result = stackAlloc(4);
  let references = 0;
  for (let round = 0; round < rounds; round++) {
    thread.at('round', round);
    const slot = USER.start + 4 * ((round * 7 + thread.index) % SLOTS);
    const replaced = exchange(slot, ObpCreateHandle(object, 0));
    if (replaced !== 0) ObpCloseHandle(replaced);
    const handle = i32[(USER.start + 4 * (round % SLOTS)) >> 2]!;
    const status = ObReferenceObjectByHandle(handle, 0, OB_TYPE_EVENT, 0, result);
    if (status < 0) continue;
    if (i32[result >> 2] !== object) throw new Error(`handle ${handle} named another object`);
    ObDereferenceObject(object);
    references++;
  }
  for (let i = 0; i < SLOTS; i++) {
    const left = exchange(USER.start + 4 * i, 0);
    if (left !== 0) ObpCloseHandle(left);
  }
  return references;
}
