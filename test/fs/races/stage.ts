// Where the threads of a race meet: words in the machine's memory. Each player has a block with its
// orders, each operation of the script a slot with what became of it, each handle a word.
import { load, store } from '#src/atomics-sync/atomics.ts';
import { HOST_BUFFERS } from '#src/mem/memory-map.ts';
import { LONG, POINTER, ULONG, array, atomic } from '#src/mem/field.ts';
import { struct } from '#src/mem/struct.ts';
import { KEVENT } from '#src/ntos/ke/types.ts';
import { REQUEST_OPLOCK_INPUT_BUFFER, REQUEST_OPLOCK_OUTPUT_BUFFER }
  from '#src/ntos/io/control-types.ts';
import { IO_STATUS_BLOCK } from '#src/ntos/io/types.ts';
import type { Ptr } from '#src/mem/pointer.ts';
import type { Step, Vector } from '#src/lab/oplock-vectors/vector.ts';

export const RACE_STAGE = struct('RACE_STAGE', {
  /** How many players stand at the line, and the race that may begin. */
  AtTheLine: atomic(),
  Go: atomic(),
  /** The script that is played, and the address of the OPLOCK of F. */
  Script: ULONG,
  Oplock: POINTER,
  /** The seed of the round. */
  Seed: ULONG,
  /** Never changes: whoever wants to wait a little waits for it. */
  Nothing: atomic(),
});

export const RACE_PLAYER = struct('RACE_PLAYER', {
  Thread: POINTER,
  Busy: atomic(),
  /** The step, the branch, and the race whose start is waited for; 0 for none. */
  Step: ULONG,
  Branch: ULONG,
  Race: ULONG,
  Wake: KEVENT,
});
export type PRACE_PLAYER = Ptr<'RACE_PLAYER'>;

export const RACE_SLOT = struct('RACE_SLOT', {
  Began: atomic(),
  /** The service has returned, with Status. */
  Returned: atomic(),
  /** The KTHREAD that issued the operation. */
  Thread: POINTER,
  Status: LONG,
  Information: ULONG,
  Iosb: IO_STATUS_BLOCK,
  /** A lock's length is reached behind its status block while it waits. */
  Length: array(ULONG, 2),
  Event: KEVENT,
  Input: REQUEST_OPLOCK_INPUT_BUFFER,
  Output: REQUEST_OPLOCK_OUTPUT_BUFFER,
  Scratch: array(ULONG, 16),
});
export type PRACE_SLOT = Ptr<'RACE_SLOT'>;

/** The step number that ends a player. */
export const CURTAIN = -1;
export const MAX_SLOTS = 32;
const LINE = 256;
const base = HOST_BUFFERS.start - (1 << 18);

export const stage = base as Ptr<'RACE_STAGE'>;

export function playerAt(index: number): PRACE_PLAYER {
  return (base + LINE * (1 + index)) as PRACE_PLAYER;
}

export function slotAt(index: number): PRACE_SLOT {
  return (base + (1 << 14) + LINE * index) as PRACE_SLOT;
}

/** A script with its operations in one row. */
export interface Scene {
  readonly vector: Vector;
  /** Each with its full number: 3, or "4.2.1" for the first of branch 2 of step 4. */
  readonly parts: readonly Step[];
  /** Of each step its branches, as indices of parts. */
  readonly steps: readonly (readonly (readonly number[])[])[];
  readonly handles: readonly string[];
}

/** Puts the operations of a script in a row; every thread does it alike. */
export function sceneOf(vector: Vector): Scene {
  const parts: Step[] = [];
  const add = (step: Step): number => parts.push(step) - 1;
  const steps = vector.setup.map((step) => {
    if (step.op !== 'par') return [[add(step)]];
    const branches = step['branches'] as Step[][];
    return branches.map((items, b) =>
      items.map((item, i) => add({ ...item, n: `${step.n}.${b + 1}.${i + 1}` })));
  });
  if (parts.length > MAX_SLOTS) throw new Error(`${vector.id} has too many operations`);
  const names = parts.map((step) => step.h).filter((h) => h !== undefined);
  return { vector, parts, steps, handles: [...new Set(names)] };
}

/** The word of a handle; 0 while it is closed. */
export function handleWord(scene: Scene, name: string): number {
  const index = scene.handles.indexOf(name);
  if (index < 0) throw new Error(`${scene.vector.id} has no handle ${name}`);
  return base + (1 << 13) + 8 * index;
}

export function handleOf(scene: Scene, name: string): number {
  return load(handleWord(scene, name));
}

export function setHandle(scene: Scene, name: string, handle: number): void {
  store(handleWord(scene, name), handle);
}
