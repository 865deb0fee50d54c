// What the object manager's tests share: a fresh manager, counted deletions, and the code of a
// bug check.
import { i32 } from '#src/mem/memory.ts';
import { kernelRoutine } from '#src/mem/routine.ts';
import { stackAlloc } from '#src/mem/stack.ts';
import { initializePool } from '#src/ntos/ex/pool/pool.ts';
import { BugCheck, MACHINE_BOOTING, setMachineState } from '#src/ntos/ke/bug-check.ts';
import { initializeObjects } from '#src/ntos/ob/initialize.ts';
import { OB_TYPE_EVENT, ObpRegisterType } from '#src/ntos/ob/object.ts';

/** Words whose address is taken. */
export const out = stackAlloc(16);

/** The word an out parameter was written to. */
export function outWord(index = 0): number {
  return i32[(out >> 2) + index]!;
}

/** What happened to EVENT objects: [what, object, handles left]. */
export const events: (readonly [string, number, number?])[] = [];

let onDelete: () => void = () => undefined;

/** Runs while an EVENT object is deleted; until the next fresh manager. */
export function whenDeleted(action: () => void): void {
  onDelete = action;
}

ObpRegisterType(OB_TYPE_EVENT, {
  close: kernelRoutine('TestCloseEvent', (object, left) =>
    events.push(['close', object ?? 0, left ?? -1]),
  ),
  delete: kernelRoutine('TestDeleteEvent', (object) => {
    events.push(['delete', object ?? 0]);
    onDelete();
    return 0;
  }),
});

/** A machine with pools and an object manager. */
export function freshObjects(): void {
  setMachineState(MACHINE_BOOTING);
  initializePool();
  initializeObjects();
  events.length = 0;
  onDelete = () => undefined;
}

/** The code and the first two parameters of the bug check that `action` ends in. */
export function bugCheckOf(action: () => unknown): number[] {
  try {
    action();
  } catch (error) {
    if (error instanceof BugCheck) return [error.code, ...error.parameters.slice(0, 2)];
    throw error;
  }
  return [];
}
