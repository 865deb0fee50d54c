// Where a controlled schedule sees a driver: its calls of kernel routines and the kernel's calls of
// its routines are steps, and while its own code runs, its plain accesses to shared memory are
// recorded. Faults, too, ask on whose behalf the kernel works. In a free run without them nothing
// is wrapped.
import { boot } from '../mem/boot-options.ts';
import { i32 } from '../mem/memory.ts';
import { onAccess } from '../mem/watch.ts';
import { atReboot } from '../mem/reboot.ts';
import { isOnStack } from '../mem/stack.ts';
import { kernelRoutineNumber } from '../mem/routine.ts';
import { schedule } from '../atomics-sync/schedule/hook.ts';
import { POINT_DATA_READ, POINT_DATA_WRITE } from '../atomics-sync/schedule/point.ts';
import { FLT_RELATED_OBJECTS } from '../fltmgr/types.ts';
import { ROLE_POST, ROLE_PRE } from '../trace/event.ts';
import type { Routine } from '../mem/routine.ts';

type AnyRoutine = (...args: never[]) => unknown;
type Loose = (...args: unknown[]) => unknown;

const hook = boot.schedule?.policy === 'controlled' ? schedule : null;
const follows = hook !== null || boot.faults !== undefined;
const instanceAt = FLT_RELATED_OBJECTS.offsets['Instance'] ?? 0;

/** Whether the code that runs now is a driver's own. */
let driving = false;
/** Whether the kernel works for a driver that called it. */
let called = false;
atReboot(() => {
  driving = false;
  called = false;
});

/** Whether what the kernel does now a driver asked for. */
export function isForDriver(): boolean {
  return called;
}

if (hook !== null && boot.schedule?.watch === true) {
  onAccess((address, write) => {
    if (!driving || isOnStack(address)) return;
    hook.access(write ? POINT_DATA_WRITE : POINT_DATA_READ, address);
  });
}

/** Routines of the kernel that other threads cannot see the effect or the moment of. */
const local = new RegExp('^(Rtl|KeGetCurrent|KeRaise|KeLower|KfRaise|KfLower|NT_|Ps|Dbg|FLT_|Mm|' +
  'Probe|FltGetIrpName|Io(Get|Set)(Current|Next)|IoCopy|IoSkip)');

/** A routine of the kernel, as drivers call it: under a schedule each call is a step. */
export function conducted<F extends AnyRoutine>(name: string, routine: F): F {
  if (!follows || local.test(name)) return routine;
  const call = routine as unknown as Loose;
  const id = kernelRoutineNumber(name);
  const wrapped = (...args: unknown[]): unknown => {
    hook?.call(id, typeof args[0] === 'number' ? args[0] : 0);
    const outer = driving;
    const outerCall = called;
    driving = false;
    called = outer;
    try {
      return call(...args);
    } finally {
      driving = outer;
      called = outerCall;
    }
  };
  return wrapped as unknown as F;
}

/**
 * What a driver's routine is called about: the instance of an operation, else its first argument.
 */
function objectOf(role: number, numbers: readonly number[]): number {
  if (role !== ROLE_PRE && role !== ROLE_POST) return numbers[0] ?? 0;
  return i32[((numbers[1] ?? 0) + instanceAt) >> 2] ?? 0;
}

/** A driver's routine, as the kernel calls it: under a schedule to enter it is a step. */
export function driven(role: number, id: number, routine: Routine): Routine {
  if (!follows) return routine;
  return (...numbers) => {
    hook?.call(id, objectOf(role, numbers));
    const outer = driving;
    const outerCall = called;
    driving = true;
    called = false;
    try {
      return routine(...numbers);
    } finally {
      driving = outer;
      called = outerCall;
    }
  };
}
